"""Predicted intervals: how often the truth lies inside."""

import math
from statistics import NormalDist
from typing import Final

import numpy as np

from livecare.evaluation.metrics.fidelity import Image

LEVELS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Chances that the intervals of a coverage diagram promise."""


def coverage(
    restored: Image,
    spread: Image,
    truth: Image,
    level: float = 0.9,
    truth_noise: Image | float = 0.0,
) -> float:
    """Return the part of the pixels whose truth lies within the predicted interval.

    A Laplace distribution of scale b holds the chance `level` within b · ln(1 / (1 − level)) of
    its middle: for 90 % that is ln(10) · b. A truth that is a mean of noisy frames adds its own
    normal error: the half-widths of both are added as squares.

    Parameters
    ----------
    restored, spread, truth : array, shape (y, x)
        Estimate, Laplace scale and truth, camera counts.
    level : float
        Between 0 and 1.
    truth_noise : array, shape (y, x), or float
        Standard deviation of the truth's own noise, camera counts; 0 for a truth without.
    """
    laplace = -math.log1p(-level)
    normal = NormalDist().inv_cdf((1 + level) / 2)
    reach = np.hypot(laplace * spread.astype(np.float64), normal * truth_noise)
    return float(np.mean(np.abs(truth.astype(np.float64) - restored) <= reach))


def coverage_curve(
    restored: Image,
    spread: Image,
    truth: Image,
    levels: tuple[float, ...] = LEVELS,
    truth_noise: Image | float = 0.0,
) -> tuple[float, ...]:
    """Return the coverage at each level; see `coverage`."""
    return tuple(coverage(restored, spread, truth, level, truth_noise) for level in levels)
