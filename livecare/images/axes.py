"""How the axes of others become t, c, z and stage position."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, overload

from livecare.frame import Position

_SEQUENCE: Final = "IQ"
"""Axes of pages that say nothing of what they are: a sequence, so time points."""


@dataclass(frozen=True, slots=True)
class PageOrder:
    """Where in a row of pages each position is.

    Attributes
    ----------
    axes : str
        Per axis of the pages one of t, c, z, p, slowest first; a letter may come twice.
    sizes : tuple of int
        Their sizes.
    """

    axes: str
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, names: str, sizes: Sequence[int]) -> "PageOrder":
        """Sort axes out: T, C and Z are themselves, a mere sequence is time, others positions."""
        free = "p" if "T" in names else "t"
        known = {"T": "t", "C": "c", "Z": "z"} | dict.fromkeys(_SEQUENCE, free)
        return cls("".join(known.get(name, "p") for name in names), tuple(sizes))

    def size(self, axis: str) -> int:
        """Return how long an axis is, of t, c, z, p."""
        return math.prod(
            size for name, size in zip(self.axes, self.sizes, strict=True) if name == axis
        )

    def page(self, at: Position) -> int:
        """Return the page of a position."""
        rest = {"t": at.t, "c": at.c, "z": at.z, "p": at.p}
        page, step = 0, 1
        for name, size in zip(reversed(self.axes), reversed(self.sizes), strict=True):
            rest[name], index = divmod(rest[name], size)
            page += index * step
            step *= size
        return page


class GridOrder(Sequence[Position]):
    """All positions of a grid: z fastest, then channel, stage position and time point.

    Parameters
    ----------
    size_t, size_c, size_z, size_p : int
        Lengths of the axes.
    """

    def __init__(self, size_t: int, size_c: int, size_z: int, size_p: int) -> None:
        self._sizes = size_t, size_c, size_z, size_p

    def __len__(self) -> int:
        return math.prod(self._sizes)

    @overload
    def __getitem__(self, place: int) -> Position: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Position]: ...
    def __getitem__(self, place: int | slice) -> Position | Sequence[Position]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        _, size_c, size_z, size_p = self._sizes
        rest, z = divmod(place % len(self), size_z)
        rest, c = divmod(rest, size_c)
        t, p = divmod(rest, size_p)
        return Position(t, c, z, p)
