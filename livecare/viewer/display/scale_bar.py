"""Knows how long a scale bar is, and what it says."""

import math
from dataclasses import dataclass
from typing import Final

_ROUND: Final = (5.0, 2.0, 1.0)
"""Leading digits of a bar's length."""
_UNITS: Final = ((1000.0, "mm"), (1.0, "µm"), (0.001, "nm"))
"""Units of length in micrometres."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A scale bar.

    Attributes
    ----------
    length_um : float or None
        What it stands for, µm; None where the size of a pixel is unknown.
    length_px : float
        How long it is drawn, pixels of the screen.
    label : str
        What it says: "20 µm", or "100 px" of the camera.
    """

    length_um: float | None
    length_px: float
    label: str


def choose_bar(pixel_size_um: float | None, zoom: float, max_px: float) -> Bar:
    """Return the longest bar of 1, 2 or 5 × 10ⁿ that fits.

    Parameters
    ----------
    pixel_size_um : float or None
        Size of a pixel of the camera, µm; None, 0 or no number where it is unknown.
    zoom : float
        Pixels of the screen per pixel of the camera, above 0.
    max_px : float
        Greatest length, pixels of the screen, above 0.
    """
    if pixel_size_um is None or not 0 < pixel_size_um < math.inf:
        pixels = max(1.0, _rounded(max_px / zoom))
        return Bar(None, pixels * zoom, f"{pixels:.0f} px")
    length_um = _rounded(max_px / zoom * pixel_size_um)
    return Bar(length_um, length_um / pixel_size_um * zoom, _label(length_um))


def _rounded(length: float) -> float:
    """Return the greatest of 1, 2 or 5 × 10ⁿ that is not greater."""
    power = 10.0 ** math.floor(math.log10(length))
    digit = next((each for each in _ROUND if each * power <= length * (1 + 1e-9)), 1.0)
    return digit * power


def _label(length_um: float) -> str:
    size, unit = next((pair for pair in _UNITS if length_um >= pair[0] * (1 - 1e-9)), _UNITS[-1])
    return f"{length_um / size:g} {unit}"
