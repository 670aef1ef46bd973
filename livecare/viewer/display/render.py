"""Knows how the pixels of a frame become those of a screen."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from livecare.frame import Pixels
from livecare.viewer.display.colours import NOT_FINITE, Screen, difference_table
from livecare.viewer.display.region import Region
from livecare.viewer.display.tables import (
    float_places,
    float_table,
    integer_table,
    scaled_places,
)
from livecare.viewer.styles import Colour, Levels

BLOCK_VALUES: Final = 1 << 16
"""Pixels that are drawn at a time: what is made on the way stays in the processor's cache."""
DIFFERENCE_PERCENTILE: Final = 99.5
"""Part of the pixels whose difference is within the colours, per cent."""
DIFFERENCE_SAMPLES: Final = 1 << 16
"""Pixels that the scale of differences is measured on: it is known to 1 % then."""


def colour_pixels(
    pixels: Pixels,
    region: Region,
    levels: Levels,
    gamma: float,
    colour: Colour,
    *,
    warnings: bool,
    saturation: float | None = None,
    out: Screen | None = None,
) -> Screen:
    """Draw a region of a frame.

    Parameters
    ----------
    pixels : array, shape (y, x)
        The frame: uint8, uint16 or float32.
    region : Region
        What to draw of it.
    levels, gamma : Levels, float
        The values of the first and the last colour; exponent of the brightness between, above 0.
    colour : Colour
        The colour table.
    warnings : bool
        Whether saturated pixels and those at 0 or below get the colours of `LEGEND`. Pixels that
        are no number or infinite get theirs always.
    saturation : float or None
        Value from which a pixel is saturated; None for the greatest of an integer type.
    out : array or None
        Written to and returned if it has the right shape.

    Returns
    -------
    array, shape `region.drawn_yx`, uint32
        Colours 0xffRRGGBB, C-contiguous.
    """
    seen = pixels[region.slices]
    screen = _canvas(seen.shape, out)
    full: float = np.iinfo(seen.dtype).max if seen.dtype.kind == "u" else np.inf
    limit = (full if saturation is None else saturation) if warnings else None
    if seen.dtype.kind == "u":
        _colour_integers(seen, screen, integer_table(int(full) + 1, levels, gamma, colour, limit))
    else:
        _colour_floats(seen, screen, levels, limit, float_table(gamma, colour))
    return screen


def _colour_integers(seen: Pixels, screen: Screen, table: Screen) -> None:
    for rows in _blocks(seen.shape):
        np.take(table, seen[rows], out=screen[rows], mode="clip")


def _colour_floats(
    seen: Pixels, screen: Screen, levels: Levels, limit: float | None, table: Screen
) -> None:
    for rows in _blocks(seen.shape):
        places = float_places(np.ascontiguousarray(seen[rows]), levels, limit)
        np.take(table, places, out=screen[rows], mode="clip")


def composite(screens: Sequence[Screen], *, out: Screen | None = None) -> Screen:
    """Add pictures of one shape, each colour up to its greatest value.

    Parameters
    ----------
    screens : sequence of array, shape (y, x), uint32
        At least one.
    out : array or None
        Written to and returned if it has the right shape; may be the first of them.
    """
    total = _canvas(screens[0].shape, out)
    for rows in _blocks(total.shape):
        total[rows] = screens[0][rows]
        sums = total[rows].view(np.uint8)
        for each in screens[1:]:
            room = np.minimum(np.invert(sums), each[rows].view(np.uint8))
            np.add(sums, room, out=sums)
    return total


def difference_pixels(
    raw: Pixels, restored: Pixels, region: Region, scale: float, *, out: Screen | None = None
) -> Screen:
    """Draw raw - restored: orange where raw is brighter, blue where it is darker, black if alike.

    Parameters
    ----------
    raw, restored : array, shape (y, x)
        Two frames of one shape.
    region : Region
        What to draw of them.
    scale : float
        Difference that gets the brightest colours, in units of the pixels.
    out : array or None
        Written to and returned if it has the right shape.
    """
    first, second = raw[region.slices], restored[region.slices]
    screen = _canvas(first.shape, out)
    table = np.append(difference_table(), np.uint32(NOT_FINITE))
    levels = Levels(-scale, scale)
    for rows in _blocks(first.shape):
        with np.errstate(over="ignore", invalid="ignore"):
            difference = np.subtract(first[rows], second[rows], dtype=np.float32)
        places = scaled_places(difference, levels, len(table) - 2)
        np.take(table, places, out=screen[rows], mode="clip")
    return screen


def difference_scale(raw: Pixels, restored: Pixels) -> float:
    """Return a scale for `difference_pixels` within which nearly all pixels differ, above 0."""
    step = max(1, int(np.sqrt(raw.size / DIFFERENCE_SAMPLES)))
    difference = np.subtract(raw[::step, ::step], restored[::step, ::step], dtype=np.float64)
    finite = np.abs(difference[np.isfinite(difference)])
    scale = float(np.percentile(finite, DIFFERENCE_PERCENTILE)) if finite.size else 0.0
    return scale if scale > 0 else 1.0


def _canvas(shape: tuple[int, ...], out: Screen | None) -> Screen:
    if out is not None and out.shape == shape and out.flags.c_contiguous:
        return out
    return np.empty(shape, np.uint32)


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Cut rows into blocks of about `BLOCK_VALUES`."""
    step = max(1, BLOCK_VALUES // shape[1])
    for start in range(0, shape[0], step):
        yield slice(start, start + step)
