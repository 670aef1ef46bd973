"""Which format a path is."""

from pathlib import Path
from typing import Final

from livecare.errors import UsageError
from livecare.images.file import ImageFile
from livecare.images.layout import Frames
from livecare.images.ndtiff import NDTiffFrames
from livecare.images.ndtiff_index import find_index, read_index
from livecare.images.ome_zarr import OmeZarrFrames, find_mark, is_zarr
from livecare.images.store import StoreFrames, is_store
from livecare.images.tiff import TiffFrames, is_tiff
from livecare.sinks.layout import LaneName

FORMATS: Final = "TIFF, OME-TIFF, ImageJ, NDTiff, OME-Zarr and livecare's own recordings"
"""What can be opened, for people."""


def open_images(path: Path | str, lane: LaneName = "raw") -> ImageFile:
    """Open one recording.

    Parameters
    ----------
    path : Path or str
        A TIFF of any kind, the folder of an NDTiff data set, of an OME-Zarr image or of a
        recording of livecare.
    lane : {"raw", "restored"}
        Which frames of a recording of livecare; other formats have only one kind.

    Raises
    ------
    UsageError
        It is missing, may not be read, is of no format that is read, damaged, or its images
        cannot be laid out along the axes t, c, z, y, x; names the file and the cure.
    MissingExtraError
        It is an OME-Zarr of others and the extra `zarr` is missing.
    """
    path = Path(path)
    try:
        frames = _open(path, lane)
    except OSError as error:
        raise unreadable(path, error) from error
    return ImageFile(path, frames)


def is_recording(path: Path) -> bool:
    """Tell whether a path is one recording; a plain folder is none, whatever it holds."""
    if path.is_dir():
        return is_store(path) or is_zarr(path) or find_index(path) is not None
    return is_tiff(path)


def describing_file(path: Path) -> Path:
    """Return the file that says what a recording is: of a folder its index or Zarr metadata."""
    return (find_mark(path) or find_index(path) or path) if path.is_dir() else path


def unreadable(path: Path, error: OSError) -> UsageError:
    """Return what is said of a path that may not be read."""
    return UsageError(
        f"{path} cannot be read ({error.strerror or error}); get the right to read it and what is "
        "in it, or give another file or folder of images"
    )


def _open(path: Path, lane: LaneName) -> Frames:
    if not path.exists():
        raise UsageError(f"{path} does not exist; give a file or folder of images")
    if path.is_dir():
        return _open_folder(path, lane)
    if is_tiff(path):
        index = find_index(path.parent)
        return NDTiffFrames(index) if index and _is_listed(path, index) else TiffFrames(path)
    raise UsageError(
        f"{path} is no TIFF; livecare reads {FORMATS}. "
        "Convert other formats to OME-TIFF, with Fiji's Bio-Formats for example"
    )


def _is_listed(path: Path, index: Path) -> bool:
    """Tell whether a TIFF holds frames of an NDTiff data set; others may lie beside its index."""
    return any(index.parent / entry.file == path for entry in read_index(index))


def _open_folder(path: Path, lane: LaneName) -> Frames:
    if is_store(path):
        return StoreFrames(path, lane)
    if is_zarr(path):
        return OmeZarrFrames(path)
    index = find_index(path)
    if index is not None:
        return NDTiffFrames(index)
    raise UsageError(
        f"{path} is a folder, but no recording; livecare reads {FORMATS}. "
        "If it holds recordings, give one of them"
    )
