"""Knows which colour each value of a pixel gets: levels, gamma, colour table and warnings."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.viewer.display.colours import (
    NOT_FINITE,
    SATURATED,
    SHADES,
    ZERO,
    Screen,
    colour_table,
)
from livecare.viewer.styles import Colour, Levels

FLOAT_SHADES: Final = 4096
"""Steps between the levels of float pixels: with a gamma of 0.5 still less than 4 shades each."""
FLOAT_RESOLUTION: Final = 1e-6
"""Least span of the levels as a part of them: float32 tells no less apart."""
LEAST_SPAN: Final = 1e-30
"""Least span of the levels whatever they are: its inverse is still a float32."""

Values = NDArray[np.float32]


@lru_cache(maxsize=16)
def integer_table(
    size: int, levels: Levels, gamma: float, colour: Colour, saturation: float | None
) -> Screen:
    """Return the colour of each value of an integer type, shape (size,); kept.

    Parameters
    ----------
    size : int
        How many values the type has.
    levels, gamma, colour
        See `livecare.viewer.display.render.colour_pixels`.
    saturation : float or None
        Value from which a pixel is marked as saturated; None marks nothing.
    """
    values = np.arange(size, dtype=np.float32)
    low, span = window(levels)
    table = colour_table(colour)[_shades(np.clip((values - low) / span, 0, 1), gamma)]
    if saturation is not None:
        table[max(1, int(np.ceil(min(saturation, size)))) :] = SATURATED
        table[0] = ZERO
    return table


@lru_cache(maxsize=16)
def float_table(gamma: float, colour: Colour) -> Screen:
    """Return the colours for `float_places`; kept."""
    shades = _shades(np.linspace(0, 1, FLOAT_SHADES, dtype=np.float32), gamma)
    marks = np.array([NOT_FINITE, SATURATED, ZERO], np.uint32)
    return np.concatenate([colour_table(colour)[shades], marks])


def float_places(
    values: Values, levels: Levels, saturation: float | None = None
) -> NDArray[np.int32]:
    """Return each value's entry of `float_table`, shape as that of the values.

    Parameters
    ----------
    values : array of float32
        Some pixels.
    levels : Levels
        Values of the first and the last shade.
    saturation : float or None
        See `integer_table`.
    """
    places = scaled_places(values, levels, FLOAT_SHADES - 1)
    if saturation is not None:
        for mark, marked in enumerate((values >= saturation, values <= 0), 1):
            if marked.any():
                places[marked & (places != FLOAT_SHADES)] = FLOAT_SHADES + mark
    return places


def scaled_places(values: Values, levels: Levels, top: int) -> NDArray[np.int32]:
    """Return 0 ... top from the low level to the high one, and top + 1 for what is not finite."""
    low, span = window(levels)
    odd = None
    with np.errstate(over="ignore", invalid="ignore"):  # such values are clipped or marked
        scaled = np.subtract(values, low, dtype=np.float32)
        scaled *= np.float32(top) / span
        scaled += np.float32(0.5)
        if not np.isfinite(np.add.reduce(scaled, axis=None)):  # quicker than a look at each
            odd = ~np.isfinite(values)
            scaled[odd] = 0
    np.clip(scaled, 0, top, out=scaled)
    places = scaled.astype(np.int32)
    if odd is not None:
        places[odd] = top + 1
    return places


def window(levels: Levels) -> tuple[np.float32, np.float32]:
    """Return the low level and the span to the high one, which is above 0 whatever they are."""
    least = max(abs(levels.low), abs(levels.high)) * FLOAT_RESOLUTION
    return np.float32(levels.low), np.float32(max(levels.high - levels.low, least, LEAST_SPAN))


def _shades(share: Values, gamma: float) -> NDArray[np.uint8]:
    """Return entries of a colour table for brightness in 0 ... 1."""
    bright = share if gamma == 1 else np.power(share, np.float32(gamma))
    return np.rint(bright * np.float32(SHADES - 1)).astype(np.uint8)
