"""NDTiff, the format of Micro-Manager: an index of frames beside the TIFF files that hold them."""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from livecare.errors import UsageError
from livecare.frame import Pixels, Position
from livecare.images.layout import Layout, channel_names, position_names
from livecare.images.tiff_spacing import micrometres, seconds

INDEX = "NDTiff.index"
_FULL_RESOLUTION = "Full resolution"
"""Folder that version 2 puts the frames into."""

_STORED = {0: "uint8", 1: "uint16", 3: "uint16", 4: "uint16", 5: "uint16", 6: "uint16"}
"""NDTiff's pixel types: 8-bit, 16-bit, and 10, 12, 14, 11 bits in 16; 2 would be colour."""

_NUMBERS = struct.Struct("<IiiiiIii")
"""Offset of the pixels, width, rows, pixel type, compression; offset, length, compression of the
frame's JSON."""

_LENGTH = struct.Struct("<I")

_AXES = ("time", "channel", "z")
"""Axes of Micro-Manager that are our t, c and z; all others (position, row, column …) are our p."""


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


def find_index(folder: Path) -> Path | None:
    """Return the index of an NDTiff data set, None if the folder is none."""
    for found in (folder / INDEX, folder / _FULL_RESOLUTION / INDEX):
        if found.is_file():
            return found
    return None


class NDTiffFrames:
    """An NDTiff data set, read at the places that its index names.

    Parameters
    ----------
    index : Path
        Its NDTiff.index.

    Raises
    ------
    UsageError
        The index is damaged, or the frames are not of equal size and grey.
    """

    def __init__(self, index: Path) -> None:
        self._index = index
        entries = list(_read_index(index))
        if not entries:
            raise UsageError(f"{index} lists no frame; nothing was recorded there")
        self._first = entries[0]
        self._check_alike(entries)
        keys = [_key(entry) for entry in entries]
        places = [_places(values) for values in zip(*keys, strict=True)]
        self._entries = {
            Position(*(axis[value] for axis, value in zip(places, key, strict=True))): entry
            for key, entry in zip(keys, entries, strict=True)
        }
        self.layout = self._describe(places)

    def find(self, at: Position) -> Pixels | None:
        """Return a frame, None where Micro-Manager took none; see `Frames.find`."""
        entry = self._entries.get(at)
        if entry is None:
            return None
        stored = np.dtype(_STORED[entry.sort]).newbyteorder("<")
        content = self._bytes(entry, entry.offset, entry.rows * entry.width * stored.itemsize)
        return np.frombuffer(content, stored).reshape(entry.rows, entry.width)

    def close(self) -> None:
        """Nothing is held open between frames."""

    def _bytes(self, entry: Entry, offset: int, size: int) -> bytes:
        path = self._index.parent / entry.file
        try:
            with path.open("rb") as stream:
                stream.seek(offset)
                content = stream.read(size)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be read ({error.strerror}), but {self._index} says that frame "
                f"{dict(entry.axes)} is in it; put all files of the data set into one folder"
            ) from error
        if len(content) < size:
            raise UsageError(
                f"{path} is cut short: frame {dict(entry.axes)} is not whole; copy it again"
            )
        return content

    def _check_alike(self, entries: list[Entry]) -> None:
        first = self._first
        for entry in entries:
            if entry.sort not in _STORED or entry.compression:
                raise UsageError(
                    f"{self._index}: frame {dict(entry.axes)} is in colour or compressed; livecare "
                    "reads grey, uncompressed frames: export the data set as OME-TIFF"
                )
            alike = (entry.rows, entry.width, _STORED[entry.sort])
            if alike != (first.rows, first.width, _STORED[first.sort]):
                raise UsageError(
                    f"{self._index}: frame {dict(entry.axes)} has {entry.rows} × {entry.width} "
                    f"pixels of {_STORED[entry.sort]}, the first has {first.rows} × {first.width} "
                    f"of {_STORED[first.sort]}; save each kind as a data set of its own"
                )

    def _describe(self, places: list[dict[int | str, int]]) -> Layout:
        sizes = [len(axis) for axis in places]
        detail = self._detail()
        return Layout(
            shape=(sizes[0], sizes[1], sizes[2], self._first.rows, self._first.width),
            stored=np.dtype(_STORED[self._first.sort]),
            positions=position_names(tuple(map(str, places[3])), sizes[3]),
            channels=channel_names(
                tuple(name for name in places[1] if isinstance(name, str)), sizes[1]
            ),
            pixel_size_um=micrometres(detail.get("PixelSizeUm", detail.get("PixelSize_um"))),
            z_step_um=micrometres(detail.get("z-step_um", detail.get("ZStepUm"))),
            interval_s=seconds(detail.get("Interval_ms"), "ms"),
            metadata={"format": "ndtiff", "camera": detail.get("Camera")},
        )

    def _detail(self) -> Mapping[str, Any]:
        """Return the first frame's own metadata; {} where it is damaged, as pixels matter more."""
        first = self._first
        try:
            found = json.loads(self._bytes(first, first.text_offset, first.text_bytes))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def _read_index(index: Path) -> Iterator[Entry]:
    """Yield the entries; one that is being written at the end is left out."""
    content = index.read_bytes()
    at = 0
    while at + _LENGTH.size <= len(content):
        try:
            axes_json, at = _text(content, at)
            file, at = _text(content, at)
            numbers = _NUMBERS.unpack_from(content, at)
            axes = json.loads(axes_json)
        except struct.error:
            return
        except ValueError as error:
            raise UsageError(
                f"{index} is damaged near byte {at} ({error}); copy the data set again"
            ) from error
        at += _NUMBERS.size
        offset, width, rows, sort, compression, text_offset, text_bytes, _ = numbers
        yield Entry(axes, file, offset, rows, width, sort, compression, text_offset, text_bytes)


def _text(content: bytes, at: int) -> tuple[str, int]:
    (size,) = _LENGTH.unpack_from(content, at)
    end = at + _LENGTH.size + size
    if end > len(content):
        raise struct.error("cut short")
    return content[at + _LENGTH.size : end].decode(), end


def _key(entry: Entry) -> tuple[int | str, ...]:
    """Return a frame's index or name along t, c, z and p."""
    others = [f"{axis} {value}" for axis, value in entry.axes.items() if axis not in _AXES]
    return (*(entry.axes.get(axis, 0) for axis in _AXES), ", ".join(others))


def _places(values: Sequence[int | str]) -> dict[int | str, int]:
    """Number the values along an axis: numbers by size, gaps counted; names as they first came."""
    found = list(dict.fromkeys(values))
    numbers = [value for value in found if isinstance(value, int)]
    ordered = found if len(numbers) < len(found) else range(min(numbers), max(numbers) + 1)
    return {value: place for place, value in enumerate(ordered)}
