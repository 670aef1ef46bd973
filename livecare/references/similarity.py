"""Knows how alike two pictures are in structure, the noise of one of them aside.

The structural similarity of Wang, Bovik, Sheikh and Simoncelli 2004 (doi:10.1109/TIP.2003.819861)
with square windows; of the second picture's local variance, that of its noise is taken off.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.models.anscombe import CameraNoise
from livecare.models.counts import ROUNDING

WINDOW: Final = 11
"""Rows and columns of a window, pixels: as in the paper."""
K1: Final = 0.01
K2: Final = 0.03
"""The paper's constants, parts of the range, that keep dark flat regions from dividing by 0."""
DEVIATIONS: Final = 6.0
"""Range of a picture, in its standard deviations: noise would widen that of its percentiles."""

Values = NDArray[np.float32]


def similarity(
    given: Values,
    wanted: Values,
    deviation: float,
    camera: CameraNoise | None,
    rounding: float = 0.0,
) -> float:
    """Return the mean structural similarity over all whole windows.

    Parameters
    ----------
    given, wanted : array, shape (y, x), float32
        A picture without noise, and one that may have some; the same units.
    deviation : float
        Standard deviation of the second without noise.
    camera : CameraNoise or None
        That of the second; None where it has no noise.
    rounding : float
        Variance of rounding in the second, counts².
    """
    zero = wanted.mean(dtype=np.float64)
    one, two = ((each - zero).astype(np.float64) for each in (given, wanted))
    mean_one, mean_two = _local_mean(one), _local_mean(two)
    variance_one = _local_mean(one * one) - mean_one**2
    variance_two = _local_mean(two * two) - mean_two**2
    shared = _local_mean(one * two) - mean_one * mean_two
    if camera is not None:
        variance_two = variance_two - noise_variance(mean_two + zero, camera, rounding)
    variance_two = np.maximum(variance_two, 0)
    bright_one, bright_two = mean_one + zero, mean_two + zero
    first, second = (K1 * DEVIATIONS * deviation) ** 2, (K2 * DEVIATIONS * deviation) ** 2
    top = (2 * bright_one * bright_two + first) * (2 * shared + second)
    bottom = (bright_one**2 + bright_two**2 + first) * (variance_one + variance_two + second)
    return float(np.mean(top / bottom))


def rounding_variance(dtype: np.dtype[Any], binning: int) -> float:
    """Return the variance that rounding adds to pixels of a type, or to their means, counts²."""
    return ROUNDING / binning**2 if dtype.kind in "ui" else 0.0


def noise_variance(
    mean_adu: NDArray[np.float64], camera: CameraNoise, rounding: float
) -> NDArray[np.float64]:
    """Return the variance of pixels by their mean, counts² and counts.

    Read noise that was measured holds that of rounding.
    """
    gain = camera.gain_adu_per_e
    light = np.maximum(mean_adu - camera.offset_adu, 0)
    return gain * light + max((gain * camera.read_noise_e) ** 2, rounding)


def _local_mean(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each whole window."""
    sums = np.pad(picture.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    total = sums[WINDOW:, WINDOW:] - sums[:-WINDOW, WINDOW:] - sums[WINDOW:, :-WINDOW]
    return np.asarray((total + sums[:-WINDOW, :-WINDOW]) / WINDOW**2)
