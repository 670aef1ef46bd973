"""Knows which pixels of a frame a view needs: those within it, and no more than a screen shows."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a frame, of which every `step`-th row and column is drawn.

    Attributes
    ----------
    y0, y1, x0, x1 : int
        Rows y0 ... y1 - 1 and columns x0 ... x1 - 1, pixels; never empty.
    step : int
        Rows and columns from one drawn pixel to the next; y0 and x0 are multiples of it.
    """

    y0: int
    y1: int
    x0: int
    x1: int
    step: int = 1

    @property
    def slices(self) -> tuple[slice, slice]:
        """What to index a frame with."""
        return slice(self.y0, self.y1, self.step), slice(self.x0, self.x1, self.step)

    @property
    def drawn_yx(self) -> tuple[int, int]:
        """Rows and columns that are drawn."""
        return -((self.y0 - self.y1) // self.step), -((self.x0 - self.x1) // self.step)

    @property
    def covered_yx(self) -> tuple[int, int]:
        """Rows and columns of the frame that the drawn ones stand for, `step` × `step` each.

        Where a frame's size is no multiple of `step`, the last ones stand out beyond it.
        """
        rows, columns = self.drawn_yx
        return rows * self.step, columns * self.step


def whole_frame(shape_yx: tuple[int, int]) -> Region:
    """Return the region that is all of a frame, each pixel drawn."""
    return Region(0, shape_yx[0], 0, shape_yx[1])


def visible_region(
    shape_yx: tuple[int, int],
    view_yx: tuple[float, float, float, float],
    screen_px: tuple[int, int],
) -> Region:
    """Return what of a frame has to be drawn.

    Every `step`-th pixel is taken as it is, so no value is invented; counted from the frame's
    corner, so that panning does not make the picture shimmer.

    Parameters
    ----------
    shape_yx : tuple of int
        Rows and columns of the frame, at least 1.
    view_yx : tuple of float
        Top, left, bottom and right edge of what is looked at, pixels of the frame; partly or
        wholly outside of it as may be.
    screen_px : tuple of int
        Rows and columns of the screen that show it.
    """
    top, left, bottom, right = view_yx
    step = max(_step(bottom - top, screen_px[0]), _step(right - left, screen_px[1]))
    y0, y1 = _range(shape_yx[0], top, bottom, step)
    x0, x1 = _range(shape_yx[1], left, right, step)
    return Region(y0, y1, x0, x1, step)


def _step(extent_px: float, screen_px: int) -> int:
    return max(1, math.floor(extent_px / max(1, screen_px)))


def _range(length: int, start: float, end: float, step: int) -> tuple[int, int]:
    """Return where to begin and end along an axis: within it, around the view, on the grid."""
    first = min(max(math.floor(min(start, length)), 0), length - 1)
    last = min(max(math.ceil(max(end, 0)), first + 1), length)
    return first // step * step, min(-(-last // step) * step, length)
