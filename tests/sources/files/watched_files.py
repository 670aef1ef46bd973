"""TIFF files for a folder that is watched."""

from collections.abc import Callable, Sequence
from pathlib import Path

import tifffile
from ndtiff_writers import frame

from livecare.frame import StreamInfo
from livecare.sources.folder_watch import FolderWatchSource

Watch = Callable[..., tuple[FolderWatchSource, StreamInfo]]


def save(path: Path, number: int, size: tuple[int, int] = (24, 32), dtype: str = "uint16") -> bytes:
    """Write a file in place, of which nothing says that it is whole; return its bytes."""
    tifffile.imwrite(path, frame(number, size, dtype))
    return path.read_bytes()


def put(folder: Path, name: str, number: int, **how: object) -> None:
    """Write a file under another name and rename it."""
    save(folder / "part", number, **how)
    (folder / "part").rename(folder / name)


def put_part(folder: Path, name: str, t: int, names: Sequence[str]) -> None:
    """Put a time point of an OME-TIFF recording that has files of these names."""
    blocks = "".join(
        f'<TiffData FirstT="{at}" IFD="0" PlaneCount="1"><UUID FileName="{each}">urn:uuid:{at}'
        "</UUID></TiffData>"
        for at, each in enumerate(names)
    )
    xml = (
        f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{t}">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" '
        f'SizeX="32" SizeY="24" SizeC="1" SizeZ="1" SizeT="{len(names)}">'
        f'<Channel ID="Channel:0:0"/>{blocks}</Pixels></Image></OME>'
    )
    tifffile.imwrite(folder / "part", frame(t), description=xml, metadata=None)
    (folder / "part").rename(folder / name)
