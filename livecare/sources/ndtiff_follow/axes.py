"""Knows which t, c, z and stage position the axes of a data set are, while they still grow."""

from dataclasses import replace

from livecare.frame import Position, StreamInfo
from livecare.images.ndtiff_index import Entry
from livecare.sinks.numbers import NumberSet


class Axis:
    """Places along an axis.

    A number is its own place where that is free; a name, a negative number, or a number whose
    place is taken gets the next place after all others.

    Parameters
    ----------
    numbers_count : bool
        False to give places in the order of coming, whatever the values are.
    """

    def __init__(self, *, numbers_count: bool) -> None:
        self._numbers_count = numbers_count
        self._places: dict[int | str, int] = {}
        self._taken: set[int] = set()
        self.size = 0

    def place(self, value: int | str) -> int:
        """Return the place of a value, which is a new one the first time."""
        found = self._places.get(value)
        if found is not None:
            return found
        own = value if self._numbers_count and isinstance(value, int) and value >= 0 else self.size
        place = self.size if own in self._taken else own
        self._places[value] = place
        self._taken.add(place)
        self.size = max(self.size, place + 1)
        return place


class GrowingAxes:
    """The axes of one epoch.

    Parameters
    ----------
    first : Entry
        Its first frame, which is at t = 0.
    """

    def __init__(self, first: Entry) -> None:
        self._t = _Times(first.key[0])
        self._c = Axis(numbers_count=False)
        self._z = Axis(numbers_count=True)
        self._p = Axis(numbers_count=False)
        self._seen: dict[tuple[int, int, int], NumberSet] = {}

    def locate(self, entry: Entry) -> Position:
        """Return the position of a frame: each is given once.

        A frame that has the axes of an earlier one gets the next t that is free there.
        """
        time, channel, plane, other = entry.key
        place = (self._c.place(channel), self._z.place(plane), self._p.place(other))
        seen = self._seen.setdefault(place, NumberSet())
        t = self._t.place(time)
        if not seen.add(t):
            t = seen.end
            seen.add(t)
        c, z, p = place
        return Position(t, c, z, p)

    def stretch(self, stream: StreamInfo, entry: Entry, channel: str) -> StreamInfo:
        """Return the stream as it must be for a frame; the same object if it fits already.

        Parameters
        ----------
        stream : StreamInfo
            As it was so far.
        entry : Entry
            The frame; its axes get their places.
        channel : str
            Its channel's name.
        """
        _, of_channel, plane, other = entry.key
        channels, positions = stream.channels, stream.positions
        if self._c.place(of_channel) >= len(channels):
            channels += (channel if channel not in channels else f"channel {len(channels)}",)
        self._z.place(plane)
        if self._p.place(other) >= len(positions):
            positions += (other or f"position {len(positions)}",)
        size_z = max(self._z.size, stream.size_z)
        if (channels, positions, size_z) == (stream.channels, stream.positions, stream.size_z):
            return stream
        return replace(stream, channels=channels, positions=positions, size_z=size_z)


class _Times:
    """Places in time: numbers count from the epoch's first, names in the order of coming."""

    def __init__(self, first: int | str) -> None:
        self._first = first if isinstance(first, int) else 0
        self._names = Axis(numbers_count=False)

    def place(self, value: int | str) -> int:
        if isinstance(value, int):
            return max(value - self._first, 0)
        return self._names.place(value)
