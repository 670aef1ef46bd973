"""The generalised Anscombe transform: camera noise of any strength becomes noise of variance one.

A camera reads `offset + gain * (Poisson(photons) + Normal(0, read noise))`: the brighter a pixel,
the noisier. After the transform the noise is alike everywhere, so one network serves any camera
and any exposure, and nothing has to be measured frame by frame that could make brightness flicker.

The mean of a transformed value is not the transform of the mean. `AnscombeTransform.inverse` is
exact and unbiased: it takes `expected(photons)` back to `photons`, after Mäkitalo and Foi (2013),
doi:10.1109/TIP.2012.2202675, with the expectation summed numerically instead of approximated.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError

FLOOR: Final = 3 / 8
"""Anscombe's constant, electrons²: with it the variance settles fastest as photons grow."""
TABLE_PHOTONS: Final = 100.0
"""Above so many expected photons the asymptotic inverse is exact to 0.001 photons."""
TABLE_NODES: Final = 1024
"""Nodes of the table, evenly spaced in the root of the photons: linear in between to 1e-5."""
NORMAL_NODES: Final = 241
NORMAL_REACH: Final = 6.0
"""The read noise is summed over so many values within so many standard deviations."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CameraNoise:
    """What turns photons into camera counts and noise.

    Attributes
    ----------
    gain_adu_per_e : float
        Camera counts per electron, above 0.
    offset_adu : float
        Camera counts of a dark pixel.
    read_noise_e : float
        Standard deviation of the read noise, electrons, at least 0.
    binning : int
        1: of single pixels. 2: of means of 2 × 2 pixels, for noise that neighbours share; frames
        are then restored as `livecare.models.mosaic` takes them apart.

    Raises
    ------
    ConfigError
        If a value is not finite or out of its range; names it.
    """

    gain_adu_per_e: float
    offset_adu: float = 0.0
    read_noise_e: float = 0.0
    binning: int = 1

    def __post_init__(self) -> None:
        if self.binning not in (1, 2):
            raise ConfigError(f"camera noise: binning is {self.binning}; give 1 or 2")
        if not (math.isfinite(self.gain_adu_per_e) and self.gain_adu_per_e > 0):
            raise ConfigError(
                f"camera noise: gain is {self.gain_adu_per_e}; give counts per electron above 0"
            )
        if not math.isfinite(self.offset_adu):
            raise ConfigError(
                f"camera noise: offset is {self.offset_adu}; give the counts of a dark pixel"
            )
        if not (math.isfinite(self.read_noise_e) and self.read_noise_e >= 0):
            raise ConfigError(
                f"camera noise: read noise is {self.read_noise_e}; give electrons, 0 or more"
            )


def transform_electrons(electrons: Values, read_noise_e: float) -> Values:
    """Return 2 √(electrons + 3/8 + read noise²), 0 where the root has no value."""
    shifted = electrons + np.float32(FLOOR + read_noise_e**2)
    return np.asarray(2 * np.sqrt(np.maximum(shifted, np.float32(0))), np.float32)


def expected_transform(photons: Values, read_noise_e: float) -> Values:
    """Return the mean of the transformed value of pixels that expect so many photons.

    Parameters
    ----------
    photons : array of float32
        Expected photons, at least 0.
    read_noise_e : float
        Electrons.
    """
    nodes, means = _table(read_noise_e)
    near = np.interp(np.sqrt(photons), nodes, means)
    far = 2 * np.sqrt(photons + np.float32(1 / 8 + read_noise_e**2))
    return np.where(photons < TABLE_PHOTONS, near, far).astype(np.float32)


def expected_photons(values: Values, read_noise_e: float) -> Values:
    """Return the photons that `expected_transform` takes to these values.

    Values below that of 0 photons go on in a straight line below 0, so that an estimate that
    dithers around darkness stays right on average.
    """
    nodes, means = _table(read_noise_e)
    near = np.square(np.interp(values, means, nodes))
    far = np.square(values / 2) - np.float32(1 / 8 + read_noise_e**2)
    slope = float(np.square(nodes[8]) / (means[8] - means[0]))
    below = (values - np.float32(means[0])) * np.float32(slope)
    found = np.where(values < means[-1], near, far)
    return np.where(values < means[0], below, found).astype(np.float32)


@lru_cache(maxsize=64)
def _table(read_noise_e: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return roots of photons and the mean transformed value of each, both ascending."""
    nodes = np.linspace(0.0, math.sqrt(TABLE_PHOTONS), TABLE_NODES)
    photons = np.square(nodes)
    counts = np.arange(math.ceil(TABLE_PHOTONS + 12 * math.sqrt(TABLE_PHOTONS)))
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(counts[1:]))])
    with np.errstate(divide="ignore", invalid="ignore"):
        log_chance = counts * np.log(photons[:, None]) - photons[:, None] - log_factorial
    log_chance[0] = np.where(counts == 0, 0.0, -np.inf)  # no photons are expected: none come
    means = np.exp(log_chance) @ _mean_over_read_noise(counts, read_noise_e)
    # the last node joins the asymptote, which is as exact there
    means[-1] = 2 * math.sqrt(TABLE_PHOTONS + 1 / 8 + read_noise_e**2)
    return nodes, means


def _mean_over_read_noise(counts: NDArray[np.int64], read_noise_e: float) -> NDArray[np.float64]:
    """Return the mean transformed value of these electrons over the read noise."""
    reach = np.linspace(-NORMAL_REACH, NORMAL_REACH, NORMAL_NODES)
    weights = np.exp(-np.square(reach) / 2)
    electrons = counts[:, None] + read_noise_e * reach + FLOOR + read_noise_e**2
    means: NDArray[np.float64] = (2 * np.sqrt(np.maximum(electrons, 0.0))) @ (
        weights / weights.sum()
    )
    return means
