"""How the axes of others become t, c, z and stage position."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from livecare.frame import Position

_SEQUENCE = "IQ"
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
