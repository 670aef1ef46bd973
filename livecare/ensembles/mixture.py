"""The mixture of several predictions: its mean, its spread, and how far the members disagree.

The members' Laplace distributions, with equal weights, have the mean of their estimates and the
variance mean(2 b²) + var(μ) (law of total variance; Lakshminarayanan et al. 2017,
arXiv:1612.01474; for image restoration Weigert et al. 2018, doi:10.1038/s41592-018-0216-7). Said
as the scale of the one Laplace distribution with that variance, √(variance / 2).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SMALLEST_VARIANCE: Final = 1e-12
"""Squared network units: a scale is above 0 where members that know no scales agree."""

Values = NDArray[np.float32]


def mix(members: Values) -> Values:
    """Return estimate, scale and disagreement of an ensemble.

    Parameters
    ----------
    members : array, shape (k, channels, ...), float32
        Estimates and, where there are two channels, Laplace scales of k members, network units.

    Returns
    -------
    array, shape (3, ...), float32
        Mean, Laplace scale of the mixture's variance, standard deviation of the estimates.
    """
    estimates = members[:, 0].astype(np.float64)
    mean = estimates.mean(axis=0)
    disagreement = np.square(estimates - mean).mean(axis=0)
    variance = disagreement + SMALLEST_VARIANCE
    if members.shape[1] > 1:
        variance = variance + 2 * np.square(members[:, 1].astype(np.float64)).mean(axis=0)
    both = np.stack([mean, np.sqrt(variance / 2), np.sqrt(disagreement)])
    return np.asarray(both, np.float32)
