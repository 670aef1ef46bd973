"""Real frames with noise made worse: rows that share noise, and noise that neighbours share."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.evaluation.metrics.smoothing import smooth_within

PEDESTAL_ADU: Final = 100
"""Added to all pixels, so that noise does not reach below 0."""
COUNTS_PER_PHOTON: Final = 8
"""Photon counts become so many camera counts: steps of one count are far below the noise."""
ROW_STRENGTH: Final = 0.6
"""Standard deviation of a row's common noise, parts of a pixel's own: a quarter of the variance."""
BLUR: Final = np.array([0.25, 0.5, 0.25], np.float32)
"""What a camera that interpolates does to its pixels: neighbours' noise correlates by 2/3."""

Movie = NDArray[np.uint8]
Spoiled = NDArray[np.uint16]


def add_row_noise(counts: Movie, seed: int) -> Spoiled:
    """Return frames of photon counts in which each row of each frame has an offset of its own.

    Parameters
    ----------
    counts : array, shape (n, y, x)
        Photon counts of a field that stands still.
    seed : int
        Chooses the offsets.

    Raises
    ------
    UsageError
        If the frames are black.
    """
    light = float(counts.mean())
    if light <= 0:
        raise UsageError("row noise cannot be scaled to black frames: give frames with light")
    deviation = ROW_STRENGTH * COUNTS_PER_PHOTON * light**0.5
    rows = np.random.default_rng(seed).normal(0, deviation, (*counts.shape[:2], 1))
    return _digitise(counts * float(COUNTS_PER_PHOTON) + rows)


def correlate_noise(counts: Movie) -> Spoiled:
    """Return frames of photon counts, each smoothed with 1-2-1 along both axes."""
    scaled = np.pad(counts.astype(np.float32) * COUNTS_PER_PHOTON, ((0, 0), (1, 1), (1, 1)), "edge")
    return _digitise(np.stack([smooth_within(frame, BLUR) for frame in scaled]))


def _digitise(values: NDArray[np.floating]) -> Spoiled:
    limits = np.iinfo(np.uint16)
    return np.asarray(np.clip(np.rint(values + PEDESTAL_ADU), limits.min, limits.max), np.uint16)
