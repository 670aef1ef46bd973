"""Which format a path is."""

from pathlib import Path
from typing import Final

from livecare.errors import UsageError
from livecare.images.file import ImageFile
from livecare.images.layout import Frames
from livecare.images.ndtiff import NDTiffFrames
from livecare.images.ndtiff_index import find_index
from livecare.images.ome_zarr import OmeZarrFrames, is_zarr
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
        It is missing, of no format that is read, damaged, or its images cannot be laid out along
        the axes t, c, z, y, x; names the file and the cure.
    MissingExtraError
        It is an OME-Zarr of others and the extra `zarr` is missing.
    """
    path = Path(path)
    return ImageFile(path, _open(path, lane))


def is_recording(path: Path) -> bool:
    """Tell whether a path is one recording; a plain folder is none, whatever it holds."""
    if path.is_dir():
        return is_store(path) or is_zarr(path) or find_index(path) is not None
    return is_tiff(path)


def _open(path: Path, lane: LaneName) -> Frames:
    if not path.exists():
        raise UsageError(f"{path} does not exist; give a file or folder of images")
    if path.is_dir():
        return _open_folder(path, lane)
    if is_tiff(path):
        index = find_index(path.parent)
        return TiffFrames(path) if index is None else NDTiffFrames(index)
    raise UsageError(
        f"{path} is no TIFF; livecare reads {FORMATS}. "
        "Convert other formats to OME-TIFF, with Fiji's Bio-Formats for example"
    )


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
