"""Knows which pixels lie on a line, and gives their values as they are stored."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels


@dataclass(frozen=True, slots=True)
class Profile:
    """The pixels on a line.

    Attributes
    ----------
    rows, columns : array, shape (n,), intp
        Where they are; n is 0 for a line outside of the frame.
    values : array, shape (n,), the frame's type
        Their values, exactly as stored.
    distances_px : array, shape (n,), float64
        How far from the line's start each is, pixels.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: Pixels
    distances_px: NDArray[np.float64]


def profile(pixels: Pixels, start_yx: tuple[float, float], end_yx: tuple[float, float]) -> Profile:
    """Read the pixels on a line.

    Nothing is interpolated: of each row or column that the line crosses along its longer side, the
    pixel that is nearest to the line is taken (Bresenham's line).

    Parameters
    ----------
    pixels : array, shape (y, x)
        The frame.
    start_yx, end_yx : tuple of float
        Where the line begins and ends, pixels: row 3 is 3 ≤ y < 4. What is outside of the frame is
        left out.
    """
    (y0, x0), (y1, x1) = ((int(np.floor(y)), int(np.floor(x))) for y, x in (start_yx, end_yx))
    steps = max(abs(y1 - y0), abs(x1 - x0))
    along = np.arange(steps + 1, dtype=np.intp)
    rows, columns = _places(y0, y1, along), _places(x0, x1, along)
    within = (rows >= 0) & (rows < pixels.shape[0]) & (columns >= 0) & (columns < pixels.shape[1])
    rows, columns = rows[within], columns[within]
    distances = np.hypot(rows - y0, columns - x0)
    return Profile(rows, columns, pixels[rows, columns], distances)


def _places(first: int, last: int, along: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the integers nearest to the line from first to last, halves towards the last."""
    steps = max(1, len(along) - 1)
    way = 2 * along * abs(last - first) + steps
    return np.asarray(first + np.sign(last - first) * (way // (2 * steps)), np.intp)
