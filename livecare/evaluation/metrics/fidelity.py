"""Distances: mean squared error, PSNR and NRMSE, and the range that they are relative to."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError

RANGE_PERCENTILES: Final = (0.1, 99.9)
"""The range of an image lies between these percentiles: a few hot pixels do not move it."""

Image = NDArray[Any]
"""Numbers of any type, shape (y, x)."""


def range_of(truth: Image) -> float:
    """Return p99.9 − p0.1 of the truth, in its units."""
    low, high = np.percentile(truth, RANGE_PERCENTILES)
    return float(high - low)


def mean_squared_error(image: Image, truth: Image) -> float:
    """Return the mean of (image − truth)², summed in double precision.

    Raises
    ------
    UsageError
        If the two have different shapes.
    """
    if image.shape != truth.shape:
        raise UsageError(
            f"an image of {image.shape} pixels cannot be compared with a truth of {truth.shape}: "
            "give images of the same field and size"
        )
    return float(np.mean(np.square(image.astype(np.float64) - truth)))


def psnr_db(squared_error: float, data_range: float) -> float:
    """Return the peak signal-to-noise ratio, 10 log10(range² / mean squared error), dB.

    Parameters
    ----------
    squared_error : float
        Mean squared error; 0 or less, as a correction for the truth's own noise may leave, gives
        infinity.
    data_range : float
        `range_of` the truth, or 255 where a data set's authors use that; a truth without any
        range gives −infinity.
    """
    if squared_error <= 0:
        return math.inf
    return 20 * math.log10(data_range / math.sqrt(squared_error)) if data_range > 0 else -math.inf


def nrmse(squared_error: float, truth: Image) -> float:
    """Return the root mean squared error over the root mean square of the truth.

    A black truth gives infinity.
    """
    power = float(np.mean(np.square(truth.astype(np.float64))))
    return math.sqrt(max(squared_error, 0.0) / power) if power > 0 else math.inf
