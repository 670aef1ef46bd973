"""Knows the photon-transfer curve: gain, offset and read noise from blocks, with their errors.

Noise grows with light, `variance = gain · (level - offset) + read variance` (Janesick 2007,
doi:10.1117/3.725073), which leaves offset and read noise open: any dark level goes with some read
noise. The third cumulant tells them apart: that of photons is `gain² · (level - offset)`, and that
of read noise, which is as often above as below, is 0.

Blocks are sorted by the brightness that one half of the windows saw, and measured in the other
half, so that their own noise neither sorts nor selects them (Wald 1940,
doi:10.1214/aoms/1177731868).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.camera.blocks import TILES, Blocks, Numbers
from livecare.errors import ConfigError

CLASSES: Final = 24
"""Classes of brightness, equally full: enough to see a bend, and each is sure of its mean."""
QUIET_SHARE: Final = 0.15
"""Part of each class, the calmest, that is measured where things move."""
EXCESS: Final = 0.05
"""Excess of a class's variance over the line, as a share, from which it loses its weight: noise
that is not of the camera, such as motion, only adds."""
STEADY: Final = 2.0
"""Change of a block's level between both halves, in its standard errors, from which it is left out
where things move."""
ROUNDS: Final = 12
"""Rounds in which the weights settle."""
ROLL_OFF: Final = 0.9
"""Classes brighter than the noisiest one are left out where their variance falls below this share
of the greatest: the sensor or its digitiser is full there."""
NO_SLOPE: Final = (
    "camera: the noise does not grow with the light in these frames. Either all is equally "
    "bright: give dark frames as well (--dark), or a scene with bright and dark parts. Or they are "
    "not as the camera made them: give unprocessed ones"
)
"""Said where a gain cannot be told."""

Means = tuple[Numbers, Numbers, Numbers, Numbers]
"""Of each class: pixels; level, variance and third cumulant, averaged over them."""


@dataclass(frozen=True, slots=True)
class ClassSums:
    """What the blocks of each class add up to; all of shape (classes, tiles).

    Attributes
    ----------
    weight : array
        Pixels.
    level, variance, third : array
        Sums over these pixels, counts, counts², counts³.
    """

    weight: Numbers
    level: Numbers
    variance: Numbers
    third: Numbers

    def without(self, tile: int | None) -> Means:
        """Return each class's weight, level, variance and third cumulant without one tile."""
        keep = np.arange(self.weight.shape[1]) != (-1 if tile is None else tile)
        weight = self.weight[:, keep].sum(axis=1)
        there = weight > 0
        sums = (self.level, self.variance, self.third)
        means = [each[:, keep].sum(axis=1)[there] / weight[there] for each in sums]
        return weight[there], means[0], means[1], means[2]


def sort_blocks(first: Blocks, second: Blocks, *, moving: bool) -> ClassSums:
    """Sort by one half and measure in the other, both ways round."""
    parts = [_sort(first, second, moving=moving), _sort(second, first, moving=moving)]
    return ClassSums(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _sort(sorting: Blocks, measured: Blocks, *, moving: bool) -> Means:
    found = np.flatnonzero((sorting.weight > 0) & (measured.weight > 0))
    order = found[np.argsort(sorting.level[found], kind="stable")]
    sums = np.zeros((4, CLASSES, TILES * TILES))
    for index, members in enumerate(np.array_split(order, CLASSES)):
        chosen = members
        if moving and len(members):
            chosen = _calmest(sorting, measured, members)
        weight, tile = measured.weight[chosen], measured.tile[chosen]
        columns = (
            weight,
            weight * measured.level[chosen],
            weight * measured.variance[chosen],
            weight * measured.third[chosen],
        )
        for column, values in enumerate(columns):
            sums[column, index] = np.bincount(tile, values, TILES * TILES)
    return sums[0], sums[1], sums[2], sums[3]


def _calmest(sorting: Blocks, measured: Blocks, members: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those of a class whose level stays, and whose variance is least where it is sorted."""
    variance = float(np.median(sorting.variance[members]))
    error = (2 * max(variance, 0.0) / sorting.samples) ** 0.5
    change = np.abs(sorting.level[members] - measured.level[members])
    steady = members[change <= STEADY * error]
    if not steady.size:
        return members[:0]
    calm = np.quantile(sorting.variance[steady], QUIET_SHARE)
    return np.asarray(steady[sorting.variance[steady] <= calm])


def fit_line(means: Means, *, moving: bool, dark_variance: float | None = None) -> Numbers:
    """Return slope and intercept of the variance over the level, counts and counts².

    Parameters
    ----------
    means : tuple of array
        As `ClassSums.without` gives them.
    moving : bool
        Whether classes may be noisier than the camera makes them; these lose their weight.
    dark_variance : float or None
        What was taken off the variances, counts²; the line then goes through 0. None for nothing.

    Raises
    ------
    ConfigError
        If the frames show no noise, or none that grows with the light.
    """
    use = _before_roll_off(means)
    weight, level, variance = (each[use] for each in means[:3])
    if not variance.size or not variance.max() > 0:
        raise ConfigError(
            "camera: these frames show no noise at all: was the shutter closed, or are they "
            "averaged? Give frames as the camera made them"
        )
    if dark_variance is None and not np.ptp(level) > 0:
        raise ConfigError(NO_SLOPE)
    trust = weight / np.square(_possible(variance + (dark_variance or 0.0)))
    slope = intercept = 0.0
    for _ in range(ROUNDS):
        if dark_variance is None:
            slope, intercept = np.polyfit(level, variance, 1, w=np.sqrt(trust))
        else:
            slope = float((trust * level * variance).sum() / (trust * np.square(level)).sum())
        expected = _possible(slope * level + intercept + (dark_variance or 0.0))
        trust = weight / np.square(expected)
        if moving:
            trust *= _calm(weight, variance / expected - 1)
    if not slope > 0:
        raise ConfigError(NO_SLOPE)
    return np.array([slope, intercept])


def _possible(variance: Numbers) -> Numbers:
    """Return variances that can be divided by."""
    return np.asarray(np.maximum(variance, 1e-3 * max(float(variance.max()), 1e-12)))


def _calm(weight: Numbers, excess: Numbers) -> Numbers:
    """Return how far classes are trusted whose variance is so much above the line, a share."""
    chance = np.sqrt(2 / weight)
    beyond = np.maximum(excess - 2 * chance, 0)
    return np.asarray(1 / np.square(1 + np.square(beyond / EXCESS)))


def _before_roll_off(means: Means) -> NDArray[np.intp]:
    """Return the indices of the classes below the level at which the camera is full."""
    _, level, variance, _ = means
    if not variance.size:
        return np.zeros(0, np.intp)
    peak = int(np.argmax(variance))
    full = (level > level[peak]) & (variance < ROLL_OFF * variance[peak])
    first = float(level[full].min()) if full.any() else np.inf
    return np.flatnonzero(level < first)


def fit_offset(means: Means, line: Numbers, *, moving: bool) -> float:
    """Return the offset that the third cumulant tells, counts."""
    use = _before_roll_off(means)
    weight, level, variance, third = (each[use] for each in means)
    slope, intercept = line
    expected = _possible(slope * level + intercept)
    trust = weight / np.power(expected, 3)
    if moving:
        trust = trust * _calm(weight, variance / expected - 1)
    return float((trust * (level - third / slope**2)).sum() / trust.sum())


def jackknife(
    sums: ClassSums, estimate: Callable[[int | None], Numbers]
) -> tuple[Numbers, Numbers]:
    """Return what is estimated of all tiles, and its standard errors.

    An error is how much leaving out each tile changes it (Tukey 1958, delete-a-group jackknife).

    Parameters
    ----------
    sums : ClassSums
        Says which tiles hold anything.
    estimate : callable
        Takes the tile to leave out, or None; returns an array of estimates.
    """
    filled = np.flatnonzero(sums.weight.sum(axis=0) > 0)
    whole = estimate(None)
    if len(filled) < 2:  # noqa: PLR2004 one tile cannot be left out
        return whole, np.full_like(whole, np.inf)
    parts = np.stack([estimate(int(tile)) for tile in filled])
    spread = np.square(parts - parts.mean(axis=0)).sum(axis=0)
    return whole, np.sqrt((len(filled) - 1) / len(filled) * spread)


def finite(error: float) -> float | None:
    """Return a standard error, None for one that nothing is known of."""
    return float(error) if np.isfinite(error) else None
