"""The bytes of NDTiff.index: which frame lies where, also while the index is being written."""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from livecare.errors import UsageError

INDEX: Final = "NDTiff.index"
"""Name of the index in the folder of a data set."""

_FULL_RESOLUTION: Final = "Full resolution"
"""Folder that version 2 puts the frames into."""

STORED: Final = {0: "uint8", 1: "uint16", 3: "uint16", 4: "uint16", 5: "uint16", 6: "uint16"}
"""NDTiff's pixel types: 8-bit, 16-bit, and 10, 12, 14, 11 bits in 16; 2 would be colour."""

_NUMBERS: Final = struct.Struct("<IiiiiIii")
"""Offset of the pixels, width, rows, pixel type, compression; offset, length, compression of the
frame's JSON."""

_AXES: Final = ("time", "channel", "z")
"""Axes of Micro-Manager that are our t, c and z; all others (position, row, column …) are our p."""

_LENGTH: Final = struct.Struct("<I")
"""Length of a text, bytes; it stands before it."""

_TEXT_MAX: Final = 1 << 14
"""Bytes of each of an entry's texts, at most; axes and file names take some hundred."""

_READ_BYTES: Final = 1 << 16
"""Read at a time: above the largest entry, and little where only zeros follow."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one frame is.

    Attributes
    ----------
    axes : mapping
        Index or name per axis.
    file : str
        The TIFF, relative to the index.
    offset, rows, width, sort, compression : int
        Where its pixels start, bytes; its size, pixels; NDTiff's numbers of type and compression.
    text_offset, text_bytes : int
        Where its own metadata is, bytes.
    listed_at : int
        Where its entry is in the index, bytes; -1 if it was not found there.
    """

    axes: Mapping[str, int | str]
    file: str
    offset: int
    rows: int
    width: int
    sort: int
    compression: int
    text_offset: int
    text_bytes: int
    listed_at: int = -1

    @property
    def readable(self) -> bool:
        """True if its pixels are grey and uncompressed."""
        return self.sort in STORED and not self.compression

    @property
    def bare(self) -> bool:
        """True if it has no pixels or no text, as one that is half written."""
        return not (self.rows and self.width and self.text_bytes)

    @property
    def frame_bytes(self) -> int:
        """Bytes of the pixels, of a readable frame."""
        return self.rows * self.width * np.dtype(STORED[self.sort]).itemsize

    @property
    def key(self) -> tuple[int | str, int | str, int | str, str]:
        """Index or name along time, channel, z; and all other axes together, which is a place."""
        others = sorted(each for each in self.axes.items() if each[0] not in _AXES)
        t, c, z = (self.axes.get(axis, 0) for axis in _AXES)
        return t, c, z, ", ".join(f"{axis} {value}" for axis, value in others)

    @property
    def end(self) -> int:
        """Where the frame's last byte in its file is followed by the next: the text comes last."""
        return self.text_offset + self.text_bytes


def find_index(folder: Path) -> Path | None:
    """Return the index of an NDTiff data set, None if the folder is none."""
    for found in (folder / INDEX, folder / _FULL_RESOLUTION / INDEX):
        if found.is_file():
            return found
    return None


def read_index(index: Path) -> Iterator[Entry]:
    """Yield the entries; one that is being written at the end is left out.

    Raises
    ------
    UsageError
        It is damaged, and names the place; or it cannot be read.
    """
    try:
        content = index.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{index} cannot be read ({error.strerror or error}); get the right to read it, or "
            "copy the data set again"
        ) from error
    at = 0
    try:
        while (parsed := _parse(content, at)) is not None:
            entry, at = parsed
            if not (entry.bare and _is_padding(content, at)):
                yield entry
    except _UnwrittenError as error:
        if not _is_padding(content, error.at):
            raise _damaged(index, at, error) from error
    except ValueError as error:
        raise _damaged(index, at, error) from error


class _UnwrittenError(ValueError):
    """Zeros where text should be: the writer has got no further.

    Parameters
    ----------
    at : int
        Where the first of them is.
    """

    def __init__(self, at: int) -> None:
        super().__init__("zeros in a text")
        self.at = at


class IndexTail:
    """An index that grows: gives each entry once, as soon as it is whole.

    Micro-Manager fills the file with zeros beforehand and cuts it at the end; Python's writers
    append to it, in lumps that may end within an entry.

    Parameters
    ----------
    index : Path
        The file; it need not exist yet.
    """

    def __init__(self, index: Path) -> None:
        self._index = index
        self._offset = 0
        self._padded = False

    @property
    def padded(self) -> bool:
        """True while the last reading met zeros behind the last entry: it is being written."""
        return self._padded

    def read(self) -> list[Entry]:
        """Return the entries that are new.

        Raises
        ------
        UsageError
            It is damaged; names the place.
        OSError
            It cannot be read now.
        """
        with self._index.open("rb") as stream:
            entries: list[Entry] = []
            while True:
                stream.seek(self._offset)
                content = stream.read(_READ_BYTES)
                before = self._offset
                entries += self._take(content)
                if len(content) < _READ_BYTES or self._offset == before:
                    return entries

    def go_back(self, entry: Entry) -> None:
        """Read an entry anew that was perhaps half written, and all that follow."""
        self._offset = entry.listed_at

    def _take(self, content: bytes) -> list[Entry]:
        entries = []
        at = 0
        self._padded = True  # an entry that is half written has zeros behind it
        try:
            while (parsed := _parse(content, at, self._offset)) is not None:
                entry, at = parsed
                entries.append(entry)
        except _UnwrittenError:
            self._offset += at
            return entries
        except ValueError as error:
            raise _damaged(self._index, self._offset + at, error) from error
        self._padded = content[at : at + _LENGTH.size] == bytes(_LENGTH.size)
        self._offset += at
        return entries


def _parse(content: bytes, at: int, before: int = 0) -> tuple[Entry, int] | None:
    """Return the entry at an offset and the next offset; None where no whole one is yet."""
    listed_at = before + at
    texts = []
    for _ in range(2):
        if at + _LENGTH.size > len(content):
            return None
        (size,) = _LENGTH.unpack_from(content, at)
        if size == 0:
            return None
        if size > _TEXT_MAX:
            raise ValueError(f"a text of {size} bytes")
        at += _LENGTH.size
        texts.append(content[at : at + size])
        if b"\0" in texts[-1]:
            raise _UnwrittenError(at + texts[-1].index(0))
        at += size
    if at + _NUMBERS.size > len(content):
        return None
    axes = json.loads(texts[0].decode())
    if not isinstance(axes, dict) or not all(isinstance(each, int | str) for each in axes.values()):
        raise ValueError("axes that are no numbers or names")
    file = texts[1].decode()
    offset, width, rows, sort, compression, text_offset, text_bytes, _ = _NUMBERS.unpack_from(
        content, at
    )
    if min(width, rows, text_bytes) < 0:
        raise ValueError(f"a frame of {rows} × {width} pixels")
    place = (offset, rows, width, sort, compression, text_offset, text_bytes)
    return Entry(axes, file, *place, listed_at), at + _NUMBERS.size


def _is_padding(content: bytes, at: int) -> bool:
    """Tell whether zeros follow, and nothing else, as while an index is being written."""
    return at < len(content) and not content[at:].strip(b"\0")


def _damaged(index: Path, at: int, error: ValueError) -> UsageError:
    return UsageError(f"{index} is damaged near byte {at} ({error}); copy the data set again")
