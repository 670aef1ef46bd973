"""Which recordings a path holds."""

import re
from pathlib import Path
from typing import Final
from xml.sax.saxutils import unescape

import tifffile

from livecare.errors import UsageError
from livecare.images.opening import FORMATS, is_recording, unreadable
from livecare.images.tiff import UNREADABLE

_OME_NAME: Final = re.compile(r"\.ome\.tiff?$", re.IGNORECASE)
"""How the names of OME-TIFF files end."""
_REFERENCE: Final = re.compile(r'FileName="([^"]+)"(?:[^<>]*>\s*([^<\s]+))?')
"""How OME-XML names the files of a recording, each with its identifier."""
_IDENTIFIER: Final = re.compile(r'<(?:\w+:)?OME\b[^<>]*\sUUID="([^"]+)"')
"""How OME-XML gives the identifier of the file that it is in."""


def list_recordings(path: Path | str) -> list[Path]:
    """Return the recordings at a path, sorted as people count: t2 before t10.

    Parameters
    ----------
    path : Path or str
        One recording, or a folder of them; sub-folders that are none are not searched, and what
        may not be read is left out. Of a recording in several OME-TIFF files only the first file
        is named.

    Raises
    ------
    UsageError
        The path does not exist or may not be read, or no recording is there.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise UsageError(f"{path} does not exist; give a file or folder of images")
        if not path.is_dir() or is_recording(path):
            return [path]
        found = sorted(filter(_is_visible_recording, path.iterdir()), key=natural_key)
    except OSError as error:
        raise unreadable(path, error) from error
    if not found:
        raise UsageError(f"{path} holds no recording; livecare reads {FORMATS}")
    return _first_files(found)


def natural_key(path: Path) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts names with numbers as people do."""
    parts = re.split(r"(\d+)", path.name.lower())
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)


def _is_visible_recording(path: Path) -> bool:
    try:
        return not path.name.startswith(".") and is_recording(path)
    except OSError:
        return False  # what may not be read, as lost+found, is nobody's recording


def _first_files(paths: list[Path]) -> list[Path]:
    """Leave out files that belong to a recording whose first file is there."""
    others: set[str] = set()
    kept = []
    for path in paths:
        if path.name in others:
            continue
        kept.append(path)
        others |= other_files(path)
    return kept


def other_files(path: Path) -> set[str]:
    """Return the names of the other files of a recording in several OME-TIFF files.

    A file that was renamed still has its old name in its OME-XML, but is no other.
    """
    if not _OME_NAME.search(path.name) or not path.is_file():
        return set()
    try:
        with tifffile.TiffFile(path) as tiff:
            said = tiff.ome_metadata or ""
    except UNREADABLE:
        return set()  # opening it will say what is wrong with it
    found = _IDENTIFIER.search(said)
    own = found[1] if found else None
    named = {unescape(name) for name, uuid in _REFERENCE.findall(said) if not own or uuid != own}
    return named - {path.name}
