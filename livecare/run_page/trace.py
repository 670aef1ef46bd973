"""Knows how a value of every frame becomes a curve of constant length, however long the run is."""

from dataclasses import dataclass
from typing import Final

from livecare.sinks.frame_line import FrameLine

MOST_POINTS: Final = 400
"""Points of a curve at least, once there are so many frames, and twice as many at most: a chart is
some 500 pixels wide."""
MOST_KEPT: Final = 32
"""Lines that a `Sample` keeps at least, once there are so many: the middle one is found to 3 %."""


@dataclass(slots=True)
class _Bin:
    count: int = 0
    x: float = 0.0
    y: float = 0.0
    top: float = float("-inf")

    def join(self, other: "_Bin") -> "_Bin":
        """Return both as one."""
        return _Bin(
            self.count + other.count, self.x + other.x, self.y + other.y, max(self.top, other.top)
        )


class Trace:
    """Values by frame, in any order; neighbours share a bin once there are many.

    A bin is a range of sequences, so that frames that were restored afterwards find their place.
    """

    def __init__(self) -> None:
        self._bins: dict[int, _Bin] = {}
        self._width = 1

    def add(self, sequence: int, x: float, y: float) -> None:
        """Add a frame's value `y` at the time `x`."""
        key = sequence // self._width
        one = self._bins.setdefault(key, _Bin())
        one.count += 1
        one.x += x
        one.y += y
        one.top = max(one.top, y)
        if len(self._bins) > 2 * MOST_POINTS:
            self._halve()

    @property
    def frames_per_point(self) -> int:
        """Frames that share a point, at most; other channels' lie between their sequences."""
        return max((each.count for each in self._bins.values()), default=1)

    def means(self) -> tuple[list[float], list[float]]:
        """Return times and mean values, in the order of the sequences."""
        bins = self._ordered()
        return [each.x / each.count for each in bins], [each.y / each.count for each in bins]

    def tops(self) -> tuple[list[float], list[float]]:
        """Return times and highest values, in the order of the sequences."""
        bins = self._ordered()
        return [each.x / each.count for each in bins], [each.top for each in bins]

    def _ordered(self) -> list[_Bin]:
        return [self._bins[key] for key in sorted(self._bins)]

    def _halve(self) -> None:
        self._width *= 2
        halved: dict[int, _Bin] = {}
        for key, one in self._bins.items():
            other = halved.get(key // 2)
            halved[key // 2] = one if other is None else other.join(one)
        self._bins = halved


class Sample:
    """A few lines of many, evenly over the sequences, with the first and the last of them."""

    def __init__(self) -> None:
        self._kept: dict[int, FrameLine] = {}
        self._width = 1
        self._last: FrameLine | None = None

    def add(self, line: FrameLine) -> None:
        """Take a line into account."""
        _keep_lower(self._kept, line.sequence // self._width, line)
        if self._last is None or line.sequence > self._last.sequence:
            self._last = line
        if len(self._kept) > 2 * MOST_KEPT:
            self._width *= 2
            kept, self._kept = self._kept, {}
            for each in kept.values():
                _keep_lower(self._kept, each.sequence // self._width, each)

    def picks(self) -> dict[str, FrameLine]:
        """Return the first, the middle and the last line; fewer where there are fewer."""
        if self._last is None:
            return {}
        ordered = sorted(self._kept.values(), key=lambda each: each.sequence)
        first, last = ordered[0], self._last
        between = (first.sequence + last.sequence) / 2
        middle = min(ordered, key=lambda each: abs(each.sequence - between))
        picked = {"first": first}
        if first.sequence < middle.sequence < last.sequence:
            picked["middle"] = middle
        if last.sequence > first.sequence:
            picked["last"] = last
        return picked


def _keep_lower(kept: dict[int, FrameLine], key: int, line: FrameLine) -> None:
    there = kept.get(key)
    if there is None or line.sequence < there.sequence:
        kept[key] = line
