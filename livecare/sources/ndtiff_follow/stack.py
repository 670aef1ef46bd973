"""Knows when a frame lies whole in a file that is being written, and reads it from there."""

import io
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from livecare.errors import SourceError
from livecare.frame import Pixels
from livecare.images.ndtiff_index import STORED, Entry

_TEXT_MAX: Final = 1 << 24
"""Bytes of a frame's text, at most; they take some kB."""

_TAGS_MAX: Final = 32
"""Tags of a page, at most; the writers write 13."""

_TAG: Final = struct.Struct("<HHII")
"""A tag of a page: its code, its type, how many values, and the value or where it is."""
_WIDTH, _ROWS, _BITS, _PIXELS, _SAMPLES, _TEXT = 256, 257, 258, 273, 277, 51123
"""Tags that say where a page's frame is; the text's count is its length."""

_NEEDED: Final = {_WIDTH, _ROWS, _BITS, _PIXELS, _TEXT}
"""Tags without which a page is no frame."""
_SORTS: Final = {8: 0, 16: 1}
"""NDTiff's number of a pixel type by its bits."""


class StackFiles:
    """The TIFF files of a data set; one is open at a time.

    Both writers write a frame's page, its pixels and its text in this order, and Java's and
    Python's files are as long as they may become until they are finished: so a frame is whole
    when its text is, not when the file is long enough.

    Parameters
    ----------
    folder : Path
        Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = ""
        self._stream: io.FileIO | None = None

    def size(self, name: str) -> int:
        """Return how long a file is now, bytes. Raises OSError."""
        return (self._folder / name).stat().st_size

    def first(self) -> str | None:
        """Return the file that a data set begins with, None while that is not clear."""
        paths = sorted(self._folder.glob("*.tif"), key=lambda path: len(path.name))
        if not paths or not all(path.stem.startswith(f"{paths[0].stem}_") for path in paths[1:]):
            return None
        return paths[0].name

    def after(self, name: str, files: int) -> str | None:
        """Return the file that follows the last of so many, None if there is none."""
        base = Path(name).stem.removesuffix(f"_{files - 1}") if files > 1 else Path(name).stem
        follower = f"{base}_{files}.tif"
        return follower if (self._folder / follower).exists() else None

    def text(self, entry: Entry) -> bytes | None:
        """Return a frame's text, None unless the whole frame is in the file. Raises OSError."""
        in_order = entry.text_offset >= entry.offset + entry.frame_bytes
        if not in_order or entry.text_bytes > _TEXT_MAX or self.size(entry.file) < entry.end:
            return None
        text = self._read(entry.file, entry.text_offset, entry.text_bytes)
        cut = text.startswith(b"{") and not text.endswith(b"}")
        return None if cut or b"\0" in text or len(text) < entry.text_bytes else text

    def read_into(self, entry: Entry, pixels: Pixels) -> None:
        """Copy a frame that is whole.

        Raises
        ------
        SourceError
            The file is shorter than it was.
        OSError
            It cannot be read.
        """
        stored = np.dtype(STORED[entry.sort]).newbyteorder("<")
        content = self._read(entry.file, entry.offset, entry.frame_bytes)
        if len(content) < entry.frame_bytes:
            raise SourceError(
                f"ndtiff-follow: {self._folder / entry.file} is cut short: frame "
                f"{dict(entry.axes)} is gone; find out what else writes into that folder"
            )
        pixels[...] = np.frombuffer(content, stored).reshape(entry.rows, entry.width)

    def page(self, name: str, at: int | None) -> Entry | None:
        """Return the frame of a page, None unless it is whole and its text names its axes.

        Parameters
        ----------
        name : str
            The file.
        at : int or None
            Where the page starts, bytes; None for the first.

        Raises
        ------
        OSError
            The file cannot be read.
        """
        if at is None:
            head = self._read(name, 0, 8)
            at = struct.unpack("<I", head[4:])[0] if len(head) == 8 and head[:2] == b"II" else 0  # noqa: PLR2004 the header of a TIFF
        tags = self._tags(name, at) if at else {}
        if not tags.keys() >= _NEEDED or tags.get(_SAMPLES, (1, 1))[1] != 1:
            return None
        sort = _SORTS.get(tags[_BITS][1])
        if sort is None:
            return None
        text_bytes, text_offset = tags[_TEXT]
        numbers = (tags[_PIXELS][1], tags[_ROWS][1], tags[_WIDTH][1], sort, 0)
        entry = Entry({}, name, *numbers, text_offset, text_bytes)
        text = self.text(entry)
        axes = _axes(text) if text else None
        return None if axes is None else Entry(axes, name, *numbers, text_offset, text_bytes)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _tags(self, name: str, at: int) -> dict[int, tuple[int, int]]:
        """Return count and value of each tag of a page; {} where there is none."""
        content = self._read(name, at, 2 + _TAGS_MAX * _TAG.size)
        count = struct.unpack_from("<H", content)[0] if len(content) > 1 else 0
        if not 0 < count <= _TAGS_MAX or len(content) < 2 + count * _TAG.size:
            return {}
        found = (_TAG.unpack_from(content, 2 + number * _TAG.size) for number in range(count))
        return {code: (size, value) for code, _, size, value in found}

    def _read(self, name: str, offset: int, size: int) -> bytes:
        if self._stream is None or self._name != name:
            self.close()
            self._stream = io.FileIO(self._folder / name)  # unbuffered: what was read gets old
            self._name = name
        self._stream.seek(offset)
        parts = []
        while size > 0 and (part := self._stream.read(size)):
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _axes(text: bytes) -> Mapping[str, int | str] | None:
    """Return the axes that a frame's text names, None if it names none."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    axes = found.get("Axes") if isinstance(found, dict) else None
    if not isinstance(axes, dict) or not all(isinstance(each, int | str) for each in axes.values()):
        return None
    return axes
