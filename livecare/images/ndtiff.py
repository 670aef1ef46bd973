"""NDTiff, the format of Micro-Manager: an index of frames beside the TIFF files that hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from livecare.errors import UsageError
from livecare.frame import Pixels, Position
from livecare.images.layout import Layout, channel_names, position_names
from livecare.images.ndtiff_index import STORED, Entry, read_index
from livecare.images.ndtiff_words import (
    as_text,
    camera_time_ns,
    channel_name,
    read_summary,
    spacing,
    z_step_um,
)

_NS_PER_S: Final = 1_000_000_000
"""Nanoseconds of a second."""


class NDTiffFrames:
    """An NDTiff data set, read at the places that its index names.

    Parameters
    ----------
    index : Path
        Its NDTiff.index.

    Raises
    ------
    UsageError
        The index is damaged or cannot be read, or the frames are not of equal size and grey.
    """

    def __init__(self, index: Path) -> None:
        self._index = index
        entries = list(read_index(index))
        if not entries:
            raise UsageError(f"{index} lists no frame; nothing was recorded there")
        self._first = entries[0]
        self._check_alike(entries)
        keys = [entry.key for entry in entries]
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
        stored = np.dtype(STORED[entry.sort]).newbyteorder("<")
        content = self._bytes(entry, entry.offset, entry.frame_bytes)
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
            if not entry.readable:
                raise UsageError(
                    f"{self._index}: frame {dict(entry.axes)} is in colour or compressed; livecare "
                    "reads grey, uncompressed frames: export the data set as OME-TIFF"
                )
            alike = (entry.rows, entry.width, STORED[entry.sort])
            if alike != (first.rows, first.width, STORED[first.sort]):
                raise UsageError(
                    f"{self._index}: frame {dict(entry.axes)} has {entry.rows} × {entry.width} "
                    f"pixels of {STORED[entry.sort]}, the first has {first.rows} × {first.width} "
                    f"of {STORED[first.sort]}; save each kind as a data set of its own"
                )

    def _describe(self, places: list[dict[int | str, int]]) -> Layout:
        sizes = [len(axis) for axis in places]
        first = self._text(self._first)
        said = spacing(self._summary(), first)
        return Layout(
            shape=(sizes[0], sizes[1], sizes[2], self._first.rows, self._first.width),
            stored=np.dtype(STORED[self._first.sort]),
            positions=position_names(tuple(map(str, places[3])), sizes[3]),
            channels=self._name_channels(sizes[1], said.channels),
            pixel_size_um=said.pixel_size_um,
            z_step_um=said.z_step_um or self._measure_z_step(first),
            interval_s=said.interval_s or self._measure_interval(),
            metadata={"format": "ndtiff", "camera": first.get("Camera")},
            order=tuple(self._entries),
        )

    def _name_channels(self, size_c: int, listed: tuple[str, ...]) -> tuple[str, ...]:
        """Name the channels by the first frame of each; by numbers where two would be alike."""
        firsts: dict[int, Entry] = {}
        for at, entry in self._entries.items():
            firsts.setdefault(at.c, entry)
        names = {c: channel_name(entry, self._text(entry), listed) for c, entry in firsts.items()}
        given = tuple(names.get(c, "") for c in range(size_c))
        return channel_names(given if len(set(given)) == size_c else (), size_c)

    def _measure_z_step(self, first: Mapping[str, Any]) -> float | None:
        found = next((at for at, entry in self._entries.items() if entry is self._first), None)
        above = None if found is None else self._entries.get(replace(found, z=found.z + 1))
        return None if above is None else z_step_um(first, self._text(above))

    def _measure_interval(self) -> float | None:
        """Return the mean time between time points, s, by when the first and last were taken."""
        firsts: dict[int, Entry] = {}
        for at, entry in self._entries.items():
            firsts.setdefault(at.t, entry)
        last = max(firsts)
        if not last:
            return None
        begin, end = (camera_time_ns(self._text(firsts[t])) for t in (min(firsts), last))
        if begin is None or end is None or end <= begin:
            return None
        return (end - begin) / (last - min(firsts)) / _NS_PER_S

    def _summary(self) -> Mapping[str, Any]:
        return read_summary(self._index.parent / self._first.file)

    def _text(self, entry: Entry) -> Mapping[str, Any]:
        """Return a frame's own metadata; {} where it is damaged, as pixels matter more.

        Without the first frame the data set cannot be described: that is an error.
        """
        try:
            return as_text(self._bytes(entry, entry.text_offset, entry.text_bytes))
        except UsageError:
            if entry is self._first:
                raise
            return {}


def _places(values: Sequence[int | str]) -> dict[int | str, int]:
    """Number the values along an axis: numbers by size, gaps counted; names as they first came."""
    found = list(dict.fromkeys(values))
    numbers = [value for value in found if isinstance(value, int)]
    ordered = found if len(numbers) < len(found) else range(min(numbers), max(numbers) + 1)
    return {value: place for place, value in enumerate(ordered)}
