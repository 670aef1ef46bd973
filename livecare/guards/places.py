"""Knows where a frame's brightness is restored wrongly: the worst place of each size.

In a place of n pixels the electrons of raw and restored frame are compared after a root that makes
their noise alike, dark or bright (Anscombe 1948, doi:10.1093/biomet/35.3-4.246).
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.guards.survey import AREA, BLOCK, Survey

SIZES: Final = (1, 2, 4)
"""Sides of the places, blocks: 4, 8 and 16 pixels."""
HOT_PER_SIZE: Final = (2, 3, 4)
"""Brightest pixels of a place of each size that do not count: hot pixels are no structure."""
CANDIDATES: Final = 32
"""Places of each size that are looked at pixel by pixel."""
TOLERANCE: Final = 0.05
"""Error of a place's brightness that is let pass: a few per cent are no structure."""
REFERENCE_PLACES: Final = 4096
"""Places of a frame of 256 × 256 pixels: larger frames find more by chance, which is taken off."""
DITHER: Final = 0.15
"""Noise that a restored pixel keeps before it is rounded, deviations of a raw pixel: where that is
far below a count, whole areas are rounded the same way."""

Values = NDArray[np.float32]


def worst_places(survey: Survey) -> tuple[float, float]:
    """Return by how much the raw frame exceeds the restored one at the worst place, and vice versa.

    Returns
    -------
    erased, invented : float
        Standard deviations beyond those of a frame of 256 × 256 pixels of noise alone.
    """
    erased, invented = -math.inf, -math.inf
    for size, hot in zip(SIZES, HOT_PER_SIZE, strict=True):
        photons, excess = _sliding(survey.photons, size), _sliding(survey.excess, size)
        pixels = AREA * size * size
        chance = _by_chance(excess.size)
        scale = _Scale(survey, photons, pixels)
        places = _largest(scale.deviations(excess - _highest(survey.peak, size)))
        trimmed = _trimmed(survey, places, size, hot)
        found = _Scale(survey, photons[places], pixels).deviations(trimmed)
        erased = max(erased, float(found.max()) - chance)
        invented = max(invented, -float(scale.deviations(excess).min()) - chance)
    return erased, invented


class _Scale:
    """What is expected of places: their brightness, and how far it may be off."""

    def __init__(self, survey: Survey, photons: Values, pixels: int) -> None:
        base = photons + np.float32(pixels * survey.dark_variance + 1e-6)
        let_pass = np.square(np.float32(TOLERANCE) * photons)
        if survey.rounded:
            let_pass += np.square(pixels * _rounding(survey, base / np.float32(pixels)))
        let_pass /= base
        let_pass += np.float32(1)
        self._per_deviation = 2 / np.sqrt(let_pass, out=let_pass)
        self._root = np.sqrt(base + np.float32(1 / 8))
        self._shifted = base + np.float32(3 / 8)

    def deviations(self, excess: Values) -> Values:
        """Return how far places are from what is expected, standard deviations."""
        found = self._shifted + excess
        np.sqrt(np.maximum(found, 0, out=found), out=found)
        found -= self._root
        found *= self._per_deviation
        return found


def _rounding(survey: Survey, variance: Values) -> Values:
    """Return by how much rounding to counts may shift a whole place, electrons per pixel."""
    gain = survey.noise.gain_adu_per_e
    dithered = np.float32(2 * (math.pi * DITHER * gain) ** 2) * variance
    return np.asarray(np.exp(-dithered) * np.float32(0.29 / gain), np.float32)


def _sliding(blocks: Values, size: int) -> Values:
    """Sum over places of `size` × `size` blocks, half a place apart."""
    step = max(1, size // 2)
    if size == 1:
        return blocks
    down = blocks[:-1:1] + blocks[1::1]
    pairs = down[:, :-1] + down[:, 1:]
    if step == 1:
        return pairs
    fours = pairs[:-2:2] + pairs[2::2]
    return np.asarray(fours[:, :-2:2] + fours[:, 2::2], np.float32)


def _highest(blocks: Values, size: int) -> Values:
    """As `_sliding`, the highest instead of the sum."""
    if size == 1:
        return blocks
    down = np.maximum(blocks[:-1], blocks[1:])
    pairs = np.maximum(down[:, :-1], down[:, 1:])
    if size < SIZES[-1]:
        return pairs
    fours = np.maximum(pairs[:-2:2], pairs[2::2])
    return np.maximum(fours[:, :-2:2], fours[:, 2::2])


def _largest(found: Values) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    count = min(CANDIDATES, found.size)
    flat = np.argpartition(found, found.size - count, axis=None)[-count:]
    down, across = np.unravel_index(flat, found.shape)
    return down, across


def _trimmed(
    survey: Survey, places: tuple[NDArray[np.intp], NDArray[np.intp]], size: int, hot: int
) -> Values:
    """Return the excess of places without their `hot` brightest pixels, electrons."""
    side, step = BLOCK * size, BLOCK * max(1, size // 2)
    inside = np.arange(side)
    down = (places[0] * step)[:, None, None] + inside[:, None]
    across = (places[1] * step)[:, None, None] + inside
    expected = survey.restored[down, across].astype(np.float32)
    excess = (survey.raw[down, across] - expected).reshape(len(down), -1)
    excess = np.partition(excess, excess.shape[1] - hot, axis=1)[:, :-hot]
    return np.asarray(excess.sum(axis=1) / survey.noise.gain_adu_per_e, np.float32)


def _by_chance(places: int) -> float:
    """Return how much further out the worst of so many places is than of `REFERENCE_PLACES`."""
    return math.sqrt(2 * math.log(max(places, 2))) - math.sqrt(2 * math.log(REFERENCE_PLACES))
