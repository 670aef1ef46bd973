"""Which recordings a path holds."""

import re
from pathlib import Path
from typing import Final

import tifffile

from livecare.errors import UsageError
from livecare.images.opening import FORMATS, is_recording
from livecare.images.tiff import UNREADABLE

_OME_NAME: Final = re.compile(r"\.ome\.tiff?$", re.IGNORECASE)
"""How the names of OME-TIFF files end."""
_REFERENCE: Final = re.compile(r'FileName="([^"]+)"')
"""How OME-XML names the other files of a recording."""


def list_recordings(path: Path | str) -> list[Path]:
    """Return the recordings at a path, sorted as people count: t2 before t10.

    Parameters
    ----------
    path : Path or str
        One recording, or a folder of them; sub-folders that are none are not searched. Of a
        recording in several OME-TIFF files only the first file is named.

    Raises
    ------
    UsageError
        The path does not exist, or no recording is there.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(f"{path} does not exist; give a file or folder of images")
    if not path.is_dir() or is_recording(path):
        return [path]
    found = sorted(filter(_is_visible_recording, path.iterdir()), key=natural_key)
    if not found:
        raise UsageError(f"{path} holds no recording; livecare reads {FORMATS}")
    return _first_files(found)


def natural_key(path: Path) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts names with numbers as people do."""
    parts = re.split(r"(\d+)", path.name.lower())
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)


def _is_visible_recording(path: Path) -> bool:
    return not path.name.startswith(".") and is_recording(path)


def _first_files(paths: list[Path]) -> list[Path]:
    """Leave out files that belong to a recording whose first file is there."""
    others: set[str] = set()
    kept = []
    for path in paths:
        if path.name in others:
            continue
        kept.append(path)
        if path.is_file() and _OME_NAME.search(path.name):
            others |= _named_files(path)
    return kept


def _named_files(path: Path) -> set[str]:
    try:
        with tifffile.TiffFile(path) as tiff:
            return set(_REFERENCE.findall(tiff.ome_metadata or ""))
    except UNREADABLE:
        return set()  # opening it will say what is wrong with it
