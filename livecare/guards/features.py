"""Knows which statistics of a frame tell the kind of specimen, optics and light that it shows."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.guards.spectrum import Spectrum
from livecare.guards.survey import AREA, Survey

FEATURES: Final = (
    "light",
    "contrast",
    "skewness",
    "roughness",
    "clumping",
    "coarse",
    "medium",
    "fine",
)
"""Names of the statistics, in their order."""
FLOOR: Final = 1e-3
"""Power below which there is none, noise variances."""


def statistics(survey: Survey, spectrum: Spectrum) -> NDArray[np.float64]:
    """Return the statistics of a restored frame, shape (features,).

    They are logarithms and ratios of what was restored in standard deviations of the noise, so that
    gain and offset of the camera make no difference.
    """
    per_pixel = survey.photons / np.float32(AREA)
    shown = 2 * np.sqrt(per_pixel + np.float32(3 / 8 + survey.dark_variance))
    mean, spread = float(shown.mean()), max(float(shown.std()), 1e-3)
    away = (shown - mean) / np.float32(spread)
    skewness = float((away * away * away).mean())
    near = 0.5 * float(np.square(np.diff(shown, axis=0)).mean() + _across(shown, 1))
    far = 0.5 * float(np.square(shown[4:] - shown[:-4]).mean() + _across(shown, 4))
    power = spectrum.restored
    bands = [_band(power, low, high) for low, high in ((1, 2), (2, 4), (4, 8), (8, 16))]
    steps = np.diff(np.log(np.array(bands) + FLOOR))
    return np.array(
        [
            math.log(mean),
            math.log(spread),
            math.copysign(math.log1p(abs(skewness)), skewness),
            math.log(near / spread**2 + FLOOR),
            math.log(far / spread**2 + FLOOR),
            *steps,
        ]
    )


def _across(shown: NDArray[np.float32], step: int) -> float:
    return float(np.square(shown[:, step:] - shown[:, :-step]).mean())


def _band(power: NDArray[np.float32], low: int, high: int) -> float:
    """Return the mean power where the higher of both frequencies is in a range."""
    inside = power[:high, :high].copy()
    inside[:low, :low] = 0
    return float(inside.sum()) / (high**2 - low**2)
