"""Knows how bright a part of the picture was over time."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels

MOST_POINTS: Final = 20_000
"""Points that are kept: 10 minutes at the viewer's 30 frames a second, in 3 MB."""

Rectangle = tuple[int, int, int, int]
"""A part of a frame: rows y0 ... y1 - 1 and columns x0 ... x1 - 1 as (y0, x0, y1, x1)."""


def region_mean(pixels: Pixels, region: Rectangle) -> float | None:
    """Return the mean of the stored pixels in a rectangle.

    Parameters
    ----------
    pixels : array, shape (y, x)
        The frame.
    region : tuple of int
        (y0, x0, y1, x1), without row y1 and column x1; what is outside of the frame is left out.

    Returns
    -------
    float or None
        Computed in float64; None where nothing of the rectangle is in the frame.
    """
    y0, x0, y1, x1 = region
    part = pixels[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    return float(part.mean(dtype=np.float64)) if part.size else None


@dataclass(frozen=True, slots=True)
class TracePoint:
    """One instant of a trace.

    Attributes
    ----------
    sequence : int
        Number of the frame.
    seconds : float
        When livecare had it, from the beginning of the run.
    raw, restored : float or None
        Means of the region; None where that frame was not seen.
    """

    sequence: int
    seconds: float
    raw: float | None = None
    restored: float | None = None


class Trace:
    """The latest points of one region of one channel, in bounded memory; for one thread.

    Parameters
    ----------
    most : int
        Points that are kept; the oldest go first.
    """

    def __init__(self, most: int = MOST_POINTS) -> None:
        self._most = most
        self._points: dict[int, TracePoint] = {}

    def __len__(self) -> int:
        return len(self._points)

    def add(self, point: TracePoint) -> None:
        """Add a point, or what it knows to an earlier one of the same frame."""
        earlier = self._points.get(point.sequence)
        if earlier is not None:
            raw = earlier.raw if point.raw is None else point.raw
            restored = earlier.restored if point.restored is None else point.restored
            point = TracePoint(point.sequence, point.seconds, raw, restored)
        self._points[point.sequence] = point
        while len(self._points) > self._most:
            del self._points[min(self._points)]

    @property
    def points(self) -> tuple[TracePoint, ...]:
        """The points by their frames' numbers."""
        return tuple(self._points[each] for each in sorted(self._points))

    def curves(self) -> NDArray[np.float64]:
        """Return what can be drawn, shape (3, points): seconds, raw, restored; NaN if unknown."""
        rows = [(each.seconds, each.raw, each.restored) for each in self.points]
        return np.array(rows, np.float64).reshape(-1, 3).T  # None becomes NaN
