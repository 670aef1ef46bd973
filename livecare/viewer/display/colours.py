"""Knows how a brightness becomes a colour, and which colours are warnings."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.viewer.styles import Colour

Screen = NDArray[np.uint32]
"""Colours of a screen's pixels, 0xffRRGGBB, shape (y, x), C-contiguous: QImage's Format_RGB32."""

OPAQUE: Final = 0xFF000000
"""The part of a colour that says that nothing shines through."""
SHADES: Final = 256
"""Entries of a colour table: as many as a screen shows of one colour."""

SATURATED: Final = 0xFFF0501E
"""Colour of saturated pixels: orange-red, darker than amber for eyes that see no red."""
ZERO: Final = 0xFF2F8CFF
"""Colour of pixels at 0 or below: blue, which all eyes tell from orange."""
NOT_FINITE: Final = 0xFFFFC20A
"""Colour of pixels that are no number or infinite, always: amber, which no table contains."""
LEGEND: Final = (("saturated", SATURATED), ("zero", ZERO), ("no number", NOT_FINITE))
"""What the warning colours mean, for people."""

_STEPS: Final = {"grey": 0x010101, "magenta": 0x010001, "green": 0x000100, "cyan": 0x000101}
"""What one more shade adds to a colour."""
_VIRIDIS: Final = (
    "440154 46085c 471063 481769 481d6f 482475 472a7a 46307e 453781 433d84 414287 3f4889 3d4e8a "
    "3a538b 38598c 355e8d 33638d 31688e 2e6d8e 2c718e 2a768e 297b8e 27808e 25848e 23898e 218e8d "
    "20928c 1f978b 1e9c89 1fa188 21a585 24aa83 28ae80 2eb37c 35b779 3dbc74 46c06f 50c46a 5ac864 "
    "65cb5e 70cf57 7cd250 89d548 95d840 a2da37 b0dd2f bddf26 cae11f d8e219 e5e419 f1e51d fde725"
)
"""Every fifth colour of viridis, by Eric Firing, Nathaniel J. Smith and Stefan van der Walt, who
released it under CC0; straight lines between them are within 1/255 of the others."""
_DARK, _BLUES, _ORANGES = (0x14, 0x14, 0x14), (0x4F, 0xB4, 0xFF), (0xFF, 0x9A, 0x2E)
"""Colours of no difference and of the greatest below and above."""


@lru_cache(maxsize=16)
def colour_table(colour: Colour) -> Screen:
    """Return the colours of the darkest to the brightest value, shape (256,); read-only."""
    shades = np.arange(SHADES, dtype=np.uint32)
    if colour == "viridis":
        anchors = [tuple(bytes.fromhex(each)) for each in _VIRIDIS.split()]
        colours = _between(np.linspace(0, 1, len(anchors)), anchors, SHADES)
    elif colour == "inverted":
        colours = np.uint32(_STEPS["grey"]) * shades[::-1]
    else:
        colours = np.uint32(_STEPS[colour]) * shades
    return _finished(colours)


@lru_cache(maxsize=1)
def difference_table() -> Screen:
    """Return the colours of -1 to 1, shape (511,): blue, black, orange; read-only.

    Black in the middle, since most of a good difference is nothing, which would otherwise glare in
    a dark room. Blue and orange stay apart for colour-blind eyes and are alike in brightness.
    """
    return _finished(_between([0, 0.5, 1], [_BLUES, _DARK, _ORANGES], 2 * SHADES - 1))


def _between(
    places: NDArray[np.float64] | list[float], anchors: list[tuple[int, ...]], size: int
) -> Screen:
    """Draw straight lines between red, green and blue at places in 0 ... 1."""
    at = np.linspace(0, 1, size)
    parts = [np.rint(np.interp(at, places, part)) for part in zip(*anchors, strict=True)]
    red, green, blue = (part.astype(np.uint32) for part in parts)
    return np.asarray(red << 16 | green << 8 | blue, np.uint32)


def _finished(colours: Screen) -> Screen:
    table = colours | np.uint32(OPAQUE)
    table.setflags(write=False)
    return table
