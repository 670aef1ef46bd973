"""Knows how windows of frames become blocks of pixels, each with its brightness and its noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.camera.windows import (
    FrameRun,
    Values,
    evenly,
    mean_and_variance,
    third_cumulant,
    windows,
)
from livecare.errors import ConfigError

BLOCK: Final = 8
"""Rows and columns of a block, pixels. Noise grows in a straight line with brightness, so that
means over a block are as good as its pixels."""
TILES: Final = 5
"""Tiles of the sensor along each axis: errors are what leaving out one tile at a time changes."""
LEAST_SHARE: Final = 0.5
"""Part of a block's pixels that must be fit for use."""

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of one half of the windows; those of the other half are at the same indices.

    Attributes
    ----------
    level, variance, third : array, shape (blocks,)
        Mean, variance and third cumulant over a window's time, averaged over a block's pixels;
        counts, counts², counts³.
    weight : array, shape (blocks,)
        Pixels of each block that were fit for use; 0 for a block that is not.
    tile : array of int, shape (blocks,)
        Which tile of the sensor each lies in.
    samples : int
        Values of a whole block in a window.
    """

    level: Numbers
    variance: Numbers
    third: Numbers
    weight: Numbers
    tile: NDArray[np.intp]
    samples: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of each pixel before.

    Attributes
    ----------
    usable : array of bool, shape (y, x)
        False for pixels that are left out.
    offset, read_variance : array or None, shape (y, x)
        What dark frames say of each pixel, counts and counts²; taken off mean and variance.
    saturation : float
        Counts from which a pixel is left out of its window.
    """

    usable: Mask
    offset: Values | None = None
    read_variance: Values | None = None
    saturation: float = np.inf


def gather(frames: FrameRun, length: int, known: Known) -> tuple[Blocks, Blocks]:
    """Return the blocks of every other window, and those of the windows after each.

    Of a long run only so many, evenly over it: memory does not grow with its length.

    Raises
    ------
    ConfigError
        If no block is fit for use.
    """
    halves: tuple[list[Numbers], list[Numbers]] = ([], [])
    for index, window in enumerate(windows(evenly(frames, length), length)):
        halves[index % 2].append(_moments(window, known))
    pairs = min(map(len, halves))
    first, second = (_join(half[:pairs], length) for half in halves)
    if not np.any((first.weight > 0) & (second.weight > 0)):
        raise ConfigError(
            "camera: no part of the frames is fit for use: they are smaller than "
            f"{BLOCK} × {BLOCK} pixels, or all of it is full, or shows no noise; give others"
        )
    return first, second


def block_sums(pixels: Values | Mask) -> Numbers:
    """Return the sums over blocks, shape (rows of blocks, columns of blocks)."""
    rows, columns = (side // BLOCK for side in pixels.shape)
    cut = pixels[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return np.asarray(cut.sum(axis=(1, 3), dtype=np.float64))


def _moments(window: Values, known: Known) -> Numbers:
    """Return level, variance, third cumulant and weight of each block, shape (4, rows, columns)."""
    usable = known.usable
    if np.isfinite(known.saturation):
        usable = usable & (window.max(axis=0) < known.saturation)
    mean, variance = mean_and_variance(window)
    third = third_cumulant(window, mean)
    if known.offset is not None:
        mean = mean - known.offset
    if known.read_variance is not None:
        variance = variance - known.read_variance
    weight = block_sums(usable)
    per_pixel = 1 / np.maximum(weight, 1)
    moments = [
        block_sums(np.where(usable, each, 0)) * per_pixel for each in (mean, variance, third)
    ]
    weight[weight < LEAST_SHARE * BLOCK * BLOCK] = 0
    return np.stack([*moments, weight])


def _join(half: Sequence[Numbers], length: int) -> Blocks:
    windows_of_blocks = np.stack(half, axis=1) if half else np.zeros((4, 0, 0, 0))
    level, variance, third, weight = windows_of_blocks.reshape(4, -1)
    _, times, rows, columns = windows_of_blocks.shape
    row = np.arange(rows) * TILES // max(rows, 1)
    column = np.arange(columns) * TILES // max(columns, 1)
    tile = np.tile((row[:, None] * TILES + column).ravel(), times)
    return Blocks(level, variance, third, weight, tile, BLOCK * BLOCK * length)
