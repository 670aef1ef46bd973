"""Conformal intervals: how wide they must be to hold, told from pixels whose truth is known.

Split conformal prediction: the score of a pixel is the factor that its scale would need for its
interval to reach the truth, and the quantile of the scores of some frames is the factor for all
others like them (Angelopoulos and Bates 2021, arXiv:2107.07511). Where wide scales need another
factor than narrow ones, each of a few groups of scales has its own (Mondrian groups, Vovk et al.
2005, doi:10.1007/b106715), and the groups are joined to a map that rises.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.evaluation.judging import Frame
from livecare.evaluation.watched import Watched
from livecare.models.uncertainty.intervals import Intervals

LEVEL: Final = 0.9
"""Chance that an interval promises; the one that livecare shows everywhere."""
FACTORS: Final = np.geomspace(1 / 16, 16, 17)
"""Factors at which an interval's width in counts is known; between them it is interpolated. A model
that is wrong by more is wrong about more than its intervals."""
PIXELS_PER_FRAME: Final = 20_000
"""Pixels of a frame that are looked at, chosen at random: they fix its coverage within 0.2 %."""
GROUPS: Final = 6
"""Groups of scales, each with as many pixels. On the suite six hold where one factor does not
(docs/uncertainty.md); with more, a group is a single specimen's."""
LEAST_SCALE: Final = 1e-6
"""Network units; smaller ones are taken for so large, as nothing is divided by 0."""
TINY: Final = float(np.finfo(np.float64).tiny)

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class JudgedPixels:
    """Pixels whose error and predicted scale are known.

    Attributes
    ----------
    scales : array, shape (n,)
        Predicted Laplace scales, network units.
    needed : array, shape (n,)
        Factor that each scale needs so that its interval of `LEVEL` reaches the truth.
    """

    scales: Values
    needed: Values

    def coverage(self, intervals: Intervals | None = None) -> float:
        """Return the part of the pixels whose truth lies in their interval.

        Parameters
        ----------
        intervals : Intervals or None
            None for the scales as they were predicted.
        """
        return float(np.mean(self.needed <= self._factors(intervals)))

    def coverage_of_wide(self, intervals: Intervals | None = None) -> float:
        """Return the same of the quarter with the widest predicted scales: of structures."""
        wide = self.scales >= np.quantile(self.scales, 0.75)
        return float(np.mean((self.needed <= self._factors(intervals))[wide]))

    def _factors(self, intervals: Intervals | None) -> NDArray[np.float32]:
        scales = self.scales.astype(np.float32)
        return np.ones_like(scales) if intervals is None else intervals.factors_for(scales)


def judge_pixels(
    frame: Frame, restored: NDArray[np.float32], watched: Watched, rng: np.random.Generator
) -> JudgedPixels:
    """Return what the intervals of some pixels of a frame need.

    The noise of a truth that is a mean of frames is taken from the squared error as
    `livecare.evaluation.metrics.coverage` adds it to the squared interval.

    Parameters
    ----------
    frame : Frame
        With a truth.
    restored : array, shape (y, x), float32
        The estimate, camera counts.
    watched : Watched
        What the frame went through, by a model without recalibrated intervals.
    rng : numpy.random.Generator
        Chooses the pixels.

    Raises
    ------
    UsageError
        If the frame has no truth.
    """
    if frame.truth is None:
        raise UsageError(
            "intervals cannot be recalibrated without a truth: give --truth, or --repeats of a "
            "field that stands still"
        )
    chosen = rng.choice(restored.size, min(restored.size, PIXELS_PER_FRAME), replace=False)
    error = (restored.astype(np.float64) - frame.truth.image).ravel()[chosen]
    noise = NormalDist().inv_cdf((1 + LEVEL) / 2) * frame.truth_noise.ravel()[chosen]
    reach = np.sqrt(np.maximum(error**2 - noise**2, 0.0)) / -math.log1p(-LEVEL)
    spreads = [watched.spread_times(factor).ravel()[chosen] for factor in FACTORS]
    scales = np.maximum(watched.pixel_scales.ravel()[chosen].astype(np.float64), LEAST_SCALE)
    return JudgedPixels(scales, factors_reaching(np.stack(spreads).astype(np.float64), reach))


def factors_reaching(spreads: Values, reach: Values) -> Values:
    """Return the factor at which each pixel's spread is what it has to be.

    Parameters
    ----------
    spreads : array, shape (len(FACTORS), n)
        Spread at each of `FACTORS`, rising; beyond them it is proportional.
    reach : array, shape (n,)
        What it has to be.
    """
    above = np.clip((spreads < reach).sum(axis=0), 1, len(FACTORS) - 1)
    columns = np.arange(len(reach))
    low, high = spreads[above - 1, columns], spreads[above, columns]
    part = (reach - low) / np.maximum(high - low, TINY)
    between = FACTORS[above - 1] + part * (FACTORS[above] - FACTORS[above - 1])
    below = FACTORS[0] * reach / np.maximum(spreads[0], TINY)
    beyond = FACTORS[-1] * reach / np.maximum(spreads[-1], TINY)
    outside = np.where(reach <= spreads[0], below, beyond)
    inside = (reach > spreads[0]) & (reach <= spreads[-1])
    return np.asarray(np.where(inside, between, outside), np.float64)


def fit_intervals(pixels: Sequence[JudgedPixels], groups: int = GROUPS) -> Intervals:
    """Return intervals that hold on frames like these.

    Parameters
    ----------
    pixels : sequence of JudgedPixels
        Of one or more frames.
    groups : int
        Groups of scales that have a factor of their own; 1 for one factor.

    Raises
    ------
    UsageError
        If there are no pixels, or no factor within `FACTORS` makes the intervals hold.
    """
    if not pixels:
        raise UsageError("intervals cannot be recalibrated without frames: give one or more")
    scales = np.concatenate([each.scales for each in pixels])
    needed = np.concatenate([each.needed for each in pixels])
    edges = np.unique(np.quantile(scales, np.linspace(0, 1, groups + 1)))
    places = np.searchsorted(edges[1:-1], scales, side="right")
    knots, made = [], [0.0]
    for group in np.unique(places):
        members = places == group
        knots.append(float(np.median(scales[members])))
        made.append(max(knots[-1] * _quantile(needed[members]), made[-1]))
    factors = [scale / knot for scale, knot in zip(made[1:], knots, strict=True)]
    return Intervals(tuple(knots), tuple(factors))


def _quantile(needed: Values) -> float:
    """Return the conformal quantile of the scores, within `FACTORS`."""
    rank = min(math.ceil((len(needed) + 1) * LEVEL), len(needed))
    factor = float(np.partition(needed, rank - 1)[rank - 1])
    if factor > FACTORS[-1]:
        raise UsageError(
            f"intervals would have to be {factor:.3g} times as wide: the truth does not belong to "
            "these frames, or differs in gain and offset (--affine), or the model is wrong there"
        )
    return max(factor, float(FACTORS[0]))
