"""Knows what spectra say of camera and network: noise level, correlation, grains, checkerboards."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.guards.spectrum import SIDE, Spectrum
from livecare.guards.survey import BLOCK, Survey

FINE: Final = slice(SIDE // 2, None)
"""Upper half of the frequencies: optics leave hardly any structure there."""
FINEST: Final = slice(SIDE - 5, None)
COARSE: Final = slice(1, 7)
"""Frequencies that are compared for correlation, along one axis, the other being fine."""
GRAINS: Final = slice(5, SIDE - 2)
"""Frequencies of grains that a network leaves in flat places."""
BESIDE: Final = slice(SIDE - 5, SIDE - 2)
"""Frequencies next to the highest one."""
CHECKERED: Final = 0.01
"""Power beside the highest frequency that is taken for granted, noise variances: a checkerboard of
a tenth of the noise's deviation is hardly seen."""
NOTHING: Final = 0.02
"""Power below which nothing was removed, noise variances."""
CLIPPED: Final = 16.0
"""Variances that a row counts at most: one that is broken makes no stripes."""

Values = NDArray[np.float32]


def noise_factor(spectrum: Spectrum) -> float:
    """Return by what factor the noise's variance is off, 1 or more."""
    found = float(spectrum.removed_quiet[FINE, FINE].mean())
    return max(found, 1 / max(found, 1e-3))


def correlation(spectrum: Spectrum) -> float:
    """Return the power of coarse noise over that of fine noise, along the worse axis."""
    power = spectrum.raw_quiet
    across = power[FINE, COARSE].mean() / max(float(power[FINE, FINEST].mean()), 1e-6)
    down = power[COARSE, FINE].mean() / max(float(power[FINEST, FINE].mean()), 1e-6)
    return float(max(across, down))


def kept(spectrum: Spectrum) -> float:
    """Return the part of the noise that was not removed: 0 for none, 1 for all of it.

    Of noise n that was left in the part a, restored has a n and (1 - a) n was removed; structure is
    in the restored frame alone.
    """
    lost = float(spectrum.removed_quiet[GRAINS, GRAINS].mean())
    if lost < NOTHING:
        return 1.0
    shared = max(0.0, float(spectrum.shared_quiet[GRAINS, GRAINS].mean()))
    return shared / (shared + lost)


def removed(spectrum: Spectrum) -> float:
    """Return how strong the coarse part of what was removed is, beside noise."""
    coarse = spectrum.removed[:5, :5].copy()
    coarse[0, 0] = 0
    noise = float(spectrum.removed_quiet[FINE, FINE].mean())
    return float(coarse.sum() / 24) / max(noise, 1e-6)


def checkerboard(spectrum: Spectrum) -> float:
    """Return the power at the highest frequency over that beside it, along either axis or both."""
    power = spectrum.restored
    pairs = (
        (power[-1, 1:], power[BESIDE, 1:]),
        (power[1:, -1], power[1:, BESIDE]),
        (power[-1, -1], power[BESIDE, BESIDE]),
    )
    return max(float(high.mean() / (beside.mean() + CHECKERED)) for high, beside in pairs)


def stripes(survey: Survey) -> float:
    """Return the variance between neighbouring rows, or columns, over that of their noise."""
    rows = _stripes(survey, survey.rows, survey.photons.sum(axis=1))
    return max(rows, _stripes(survey, survey.columns, survey.photons.sum(axis=0)))


def _stripes(survey: Survey, sums: Values, photons: Values) -> float:
    pixels = survey.raw.size / len(sums)
    variance = np.repeat(photons / np.float32(BLOCK), BLOCK)
    variance += np.float32(pixels * survey.dark_variance)
    between = sums[:-2] - 2 * sums[1:-1] + sums[2:]
    found = np.square(between) / np.maximum(6 * variance[1:-1], 1e-6)
    return float(np.minimum(found, CLIPPED).mean())
