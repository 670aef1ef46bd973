"""Predicted intervals: how often the truth lies inside."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.evaluation.metrics.fidelity import Image

LEVELS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Chances that the intervals of a coverage diagram promise."""


def coverage(restored: Image, spread: Image, truth: Image, level: float = 0.9) -> float:
    """Return the part of the pixels whose truth lies within the predicted interval.

    A Laplace distribution of scale b holds the chance `level` within b · ln(1 / (1 − level)) of
    its middle: for 90 % that is ln(10) · b.

    Parameters
    ----------
    restored, spread, truth : array, shape (y, x)
        Estimate, Laplace scale and truth, camera counts. Noise of the truth lowers the result.
    level : float
        Between 0 and 1.
    """
    reach = spread.astype(np.float64) * -math.log1p(-level)
    return float(np.mean(np.abs(truth.astype(np.float64) - restored) <= reach))


def coverage_curve(
    restored: Image, spread: Image, truth: Image, levels: tuple[float, ...] = LEVELS
) -> tuple[float, ...]:
    """Return the coverage at each level, from one pass over the pixels."""
    error = np.abs(truth.astype(np.float64) - restored)
    held: NDArray[np.float64] = -np.expm1(-error / np.maximum(spread, np.finfo(np.float32).tiny))
    ordered = np.sort(held, axis=None)
    inside = np.searchsorted(ordered, levels, side="right")
    return tuple(float(count) / ordered.size for count in inside)
