"""Knows how strong raw, restored and removed pixels are at each spatial frequency.

Some blocks of 16 × 16 pixels are taken in standard deviations of the camera's noise and through the
discrete cosine transform (Ahmed, Natarajan and Rao 1974, doi:10.1109/T-C.1974.223784). White noise
of the expected strength has the mean power 1 at every frequency there.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.guards.survey import Survey

SIDE: Final = 16
"""Rows and columns of a block, pixels; also the number of frequencies along each axis."""
MOST_BLOCKS: Final = 128
"""Blocks that are taken of a frame, others each time: fixes a band of 64 frequencies to 2 %."""
CLIPPED: Final = 6.0
"""Standard deviations that a pixel counts at most: hot pixels would drown the rest."""
QUIET: Final = 0.5
"""Part of the blocks that count as quiet: structure is rare there, so noise shows."""
BUSIEST: Final = 0.25
"""Part of the blocks that tell how detailed a frame is: an object that enters covers fewer."""
NO_POWER: Final = 1e-4
"""Power that is as good as none, noise variances."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Mean power by frequency, each of shape (SIDE, SIDE): down, across; [0, 0] is the mean.

    Attributes
    ----------
    removed : array, float32
        Of raw - restored, over all blocks that were taken.
    removed_quiet, raw_quiet : array, float32
        Of what was removed and of the raw frame, over the quiet blocks.
    shared_quiet : array, float32
        Product of what was removed and what was restored, over the quiet blocks: noise that was
        removed in part is in both.
    restored : array, float32
        Of the restored frame, over all blocks that were taken.
    detail : float
        Power of fine over that of coarse structure in the restored frame: the median of the blocks
        with most structure.
    """

    removed: Values
    removed_quiet: Values
    raw_quiet: Values
    shared_quiet: Values
    restored: Values
    detail: float


def measure(survey: Survey, turn: int) -> Spectrum:
    """Take the spectrum of a pair of frames.

    Parameters
    ----------
    survey : Survey
        The frames.
    turn : int
        Number of the frame: other blocks are taken each time.
    """
    noise = survey.noise
    taken = _taken(survey.raw.shape, turn)
    restored = _cut(survey.restored, taken)
    removed = _cut(survey.raw, taken) - restored
    mean = restored.mean(axis=(1, 2), keepdims=True)
    electrons = np.maximum((mean - noise.offset_adu) / noise.gain_adu_per_e, 0)
    deviation = noise.gain_adu_per_e * np.sqrt(electrons + survey.dark_variance + 1e-6)
    restored = _transform((restored - mean) / deviation)
    removed = _transform(np.clip(removed / deviation, -CLIPPED, CLIPPED))
    shown, lost = np.square(restored), np.square(removed)
    busy = shown[:, 2:].sum(axis=(1, 2)) + shown[:, :2, 2:].sum(axis=(1, 2))
    order = np.argsort(busy)
    quiet = order[: max(1, round(QUIET * len(busy)))]
    busiest = shown[order[-max(1, round(BUSIEST * len(busy))) :]]
    return Spectrum(
        removed=lost.mean(axis=0),
        removed_quiet=lost[quiet].mean(axis=0),
        raw_quiet=np.square(restored[quiet] + removed[quiet]).mean(axis=0),
        shared_quiet=(restored[quiet] * removed[quiet]).mean(axis=0),
        restored=shown.mean(axis=0),
        detail=_detail(busiest),
    )


def _detail(shown: Values) -> float:
    coarse = shown[:, :3, :3].sum(axis=(1, 2)) - shown[:, 0, 0]
    fine = shown[:, :9, :9].sum(axis=(1, 2)) - shown[:, 0, 0] - coarse
    return float(np.median((fine + NO_POWER) / (coarse + NO_POWER)))


def _transform(blocks: Values) -> Values:
    """Return the cosine transform of blocks, shape (n, SIDE, SIDE)."""
    waves = _waves()
    across = (blocks.reshape(-1, SIDE) @ waves.T).reshape(blocks.shape)
    return np.asarray(np.matmul(waves, across), np.float32)


@lru_cache(maxsize=1)
def _waves() -> Values:
    """Return the orthonormal cosine waves, shape (frequency, place)."""
    places = np.arange(SIDE)
    waves = np.cos(np.pi / SIDE * (places + 0.5) * places[:, None]) * np.sqrt(2 / SIDE)
    waves[0] /= np.sqrt(2)
    return np.asarray(waves, np.float32)


def _taken(shape: tuple[int, ...], turn: int) -> NDArray[np.intp]:
    """Return the indices of the blocks to take."""
    order = _order(shape[0] // SIDE * (shape[1] // SIDE))
    start = turn * MOST_BLOCKS % len(order)
    return np.take(order, range(start, start + min(MOST_BLOCKS, len(order))), mode="wrap")


@lru_cache(maxsize=8)
def _order(blocks: int) -> NDArray[np.intp]:
    """Return the order in which blocks are taken, the same ever again."""
    return np.asarray(np.random.default_rng(blocks).permutation(blocks), np.intp)


def _cut(pixels: Pixels, taken: NDArray[np.intp]) -> Values:
    """Copy blocks out of a frame, shape (n, SIDE, SIDE)."""
    down, across = (length // SIDE for length in pixels.shape)
    whole = pixels[: down * SIDE, : across * SIDE].reshape(down, SIDE, across, SIDE)
    return np.asarray(whole[taken // across, :, taken % across], np.float32)
