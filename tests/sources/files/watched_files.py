"""TIFF files for a folder that is watched."""

from collections.abc import Callable
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
