"""Structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004, doi:10.1109/TIP.2003.819861)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.evaluation.metrics.fidelity import Image
from livecare.evaluation.metrics.smoothing import gaussian_weights, smooth_within

SIGMA_PX: Final = 1.5
RADIUS_PX: Final = 5
"""The window of the paper: a Gaussian of 1.5 pixels, cut to 11 × 11."""
K1: Final = 0.01
K2: Final = 0.03
"""The paper's constants, parts of the range, that keep dark flat regions from dividing by 0."""


class Similarity:
    """The structural similarity of images to one truth; what depends on the truth is kept.

    Parameters
    ----------
    truth : array, shape (y, x)
        At least 11 × 11 pixels.
    data_range : float
        Range of the truth, in its units.

    Raises
    ------
    UsageError
        If the truth is smaller than the window.
    """

    def __init__(self, truth: Image, data_range: float) -> None:
        if min(truth.shape) < 2 * RADIUS_PX + 1:
            raise UsageError(
                f"SSIM needs at least {2 * RADIUS_PX + 1} × {2 * RADIUS_PX + 1} pixels; "
                f"these images have {truth.shape[0]} × {truth.shape[1]}"
            )
        self._zero = float(truth.mean())
        self._truth = (truth - self._zero).astype(np.float32)
        self._mean = _local_mean(self._truth)
        self._variance = _local_mean(np.square(self._truth)) - np.square(self._mean)
        self._range = data_range

    def of(self, image: Image) -> float:
        """Return the mean over all whole windows; 1 for the truth itself, population statistics.

        Parameters
        ----------
        image : array, shape of the truth
            In the truth's units.
        """
        given = (image - self._zero).astype(np.float32)  # near 0 the squares keep their digits
        mean = _local_mean(given)
        variance = _local_mean(np.square(given)) - np.square(mean)
        shared = _local_mean(given * self._truth) - mean * self._mean
        first, second = (K1 * self._range) ** 2, (K2 * self._range) ** 2
        means = mean + np.float32(self._zero), self._mean + np.float32(self._zero)
        top = (2 * means[0] * means[1] + first) * (2 * shared + second)
        bottom = (np.square(means[0]) + np.square(means[1]) + first) * (
            variance + self._variance + second
        )
        return float(np.mean(top / bottom, dtype=np.float64))


def _local_mean(image: NDArray[np.float32]) -> NDArray[np.float32]:
    weights = gaussian_weights(SIGMA_PX, RADIUS_PX)
    return np.asarray(smooth_within(image, weights), np.float32)
