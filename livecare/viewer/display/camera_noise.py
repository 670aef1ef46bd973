"""Knows what a restoration says of its camera's noise: how much a raw pixel varies, if anything."""

from dataclasses import dataclass
from math import isfinite, nan
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels, Restoration

ROUNDING: Final = 1 / 12
"""Variance of rounding to whole counts, counts²."""


@dataclass(frozen=True, slots=True)
class SensorNoise:
    """The camera's values that a frame was restored with.

    Attributes
    ----------
    gain : float
        Counts per electron.
    offset : float
        Counts of a dark pixel.
    read_noise : float
        Electrons.
    binning : int
        2 where the values are of means of 2 × 2 pixels, whose noise neighbours share; else 1.
    """

    gain: float
    offset: float
    read_noise: float
    binning: int = 1

    @classmethod
    def of(cls, restoration: Restoration | None) -> Self | None:
        """Return the values, or None where the frame was restored without any."""
        if restoration is None or restoration.normalisation != "anscombe":
            return None
        found = restoration.normalised_with
        gain, offset, read_noise = (
            found.get(name, nan) for name in ("gain", "offset", "read_noise")
        )
        if not (isfinite(gain + offset + read_noise) and gain > 0):
            return None
        return cls(gain, offset, read_noise, round(found.get("binning", 1.0)))

    def variance(self, expected: Pixels | float) -> NDArray[np.float32]:
        """Return the variance of raw pixels, counts², that expect so many counts."""
        electrons = np.maximum(np.subtract(expected, self.offset, dtype=np.float32), 0)
        read = np.float32((self.gain * self.read_noise) ** 2)
        return np.asarray(np.float32(self.gain) * electrons + read, np.float32)


def why_unknown(restoration: Restoration | None) -> str:
    """Say in plain words why `SensorNoise.of` returned None."""
    if restoration is None:
        return "no restored frame yet"
    if restoration.passed_through:
        return "this frame is raw: no engine was ready"
    if restoration.normalisation != "anscombe":
        return (
            f"the normalisation '{restoration.normalisation}' knows nothing of the camera's noise; "
            "'anscombe' does"
        )
    return "the run does not say what the camera's gain, offset and read noise are"
