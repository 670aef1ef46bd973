"""Knows whether what restoration took away looks like the camera's noise.

For each pixel raw - restored is divided by the standard deviation of the camera's noise at the
restored brightness. A perfect restoration leaves values of variance 1 that tell nothing of their
neighbours. Signal that was removed adds to both; noise that was kept takes from the variance.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels, Restoration
from livecare.viewer.display.camera_noise import ROUNDING, SensorNoise, why_unknown

BLOCK: Final = 32
"""Rows and columns of a block, pixels: whole blocks, since neighbours are compared."""
BLOCKS_PER_SIDE: Final = 12
"""Blocks along each axis that are looked at: the ratio of 147,000 pixels is known to 0.4 %."""
CLIPPED: Final = 5.0
"""Standard deviations that count at most: a mean alone would be of hot pixels and cosmic rays,
while a median would miss what is bright, small and rare. Of normal noise it takes 0.001 %."""
MOST_LESS: Final = 0.25
"""What the ratio may lack: a network that averages 4 pixels keeps a quarter of a pixel's noise."""
MOST_MORE: Final = 0.15
"""What the ratio may exceed: gain and read noise are known to about a tenth."""
MOST_ALIKE: Final = 0.1
"""Correlation of neighbours from which it is structure: as of a seventh of the noise's variance."""
ERRORS: Final = 4.0
"""Standard errors that a finding must exceed besides: one frame in 30,000 by chance."""
MOST_PLACES: Final = 0.02
"""Part of the blocks that may hold more than noise: of 144, two of them."""
LEAST_VALID: Final = 0.5
"""Part of the pixels that must be finite and below saturation for anything to be said."""

LEAST_SIDE: Final = 8
"""Rows and columns that frames need, pixels: fewer say nothing."""

Verdict = Literal["as expected", "less", "more", "unknown"]
"""What was removed, beside the camera's noise."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NoiseCheck:
    """What was found.

    Attributes
    ----------
    verdict : Verdict
        What it means.
    words : str
        A sentence for people.
    ratio : float or None
        Variance of raw - restored over that of the camera's noise; 1 for a perfect restoration.
    ratio_error : float or None
        Standard error of the ratio, from its sampling.
    correlation_yx : tuple of float or None
        Correlation of what was removed from neighbours along columns (y) and rows (x); 0 for a
        perfect restoration.
    share : float or None
        Part of the picture in which clearly more than noise was removed, 0 ... 1.
    """

    verdict: Verdict
    words: str
    ratio: float | None = None
    ratio_error: float | None = None
    correlation_yx: tuple[float, float] | None = None
    share: float | None = None


def check_noise(raw: Pixels, restored: Pixels, restoration: Restoration | None) -> NoiseCheck:
    """Compare what was removed from a frame with what its camera's values predict.

    Parameters
    ----------
    raw, restored : array, shape (y, x)
        A raw frame and what was restored from it; neither of them reduced.
    restoration : Restoration or None
        How it was restored.
    """
    noise = SensorNoise.of(restoration)
    if noise is None:
        return _unknown(why_unknown(restoration))
    if raw.shape != restored.shape:
        return _unknown("the raw and the restored frame differ in size")
    if min(raw.shape) < LEAST_SIDE:
        return _unknown("the frames are too small")
    removed, valid = _removed(raw, restored, noise)
    if valid.mean() < LEAST_VALID:
        return _unknown("most pixels are saturated or no finite numbers")
    return _judge(*_measure(removed, valid))


def _removed(raw: Pixels, restored: Pixels, noise: SensorNoise) -> tuple[Values, NDArray[np.bool_]]:
    """Return raw - restored of some blocks in standard deviations, and which of it counts.

    Both have the shape (blocks down, rows, blocks across, columns). Pixels that are saturated or
    no finite numbers do not count; they are 0.
    """
    seen, expected = _blocks(raw), _blocks(restored).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # such are left out
        residual = seen.astype(np.float32) - expected
    rounded = sum(ROUNDING for each in (raw, restored) if each.dtype.kind == "u")
    if noise.binning > 1:
        residual, expected = (_binned(each, noise.binning) for each in (residual, expected))
        rounded /= noise.binning**2
        saturated = np.zeros(residual.shape, bool)
    else:
        saturated = _saturated(seen)
    variance = noise.variance(expected) + np.float32(rounded)
    valid = np.isfinite(residual) & np.isfinite(variance) & (variance > 0) & ~saturated
    deviations = np.sqrt(variance, where=valid, out=np.ones_like(variance))
    removed = np.divide(residual, deviations, where=valid, out=np.zeros_like(residual))
    return np.clip(removed, -CLIPPED, CLIPPED, out=removed), valid


def _measure(
    removed: Values, valid: NDArray[np.bool_]
) -> tuple[float, float, tuple[float, float], float]:
    """Return the ratio, its error, the correlation of neighbours, and the share of odd blocks."""
    squares = np.square(removed)
    counted = int(np.count_nonzero(valid))
    total = float(squares.sum(dtype=np.float64))
    ratio = total / counted
    deviation = math.sqrt(max(0.0, float(np.square(squares).sum()) / counted - ratio**2))
    down = float((removed[:, 1:] * removed[:, :-1]).sum(dtype=np.float64))
    across = float((removed[..., 1:] * removed[..., :-1]).sum(dtype=np.float64))
    power = max(total, 1.0)  # nothing was removed at all: then nothing is alike
    per_block = np.maximum(np.count_nonzero(valid, axis=(1, 3)), 1)
    ratios = squares.sum(axis=(1, 3)) / per_block
    odd = ratios > 1 + MOST_MORE + ERRORS * deviation / np.sqrt(per_block)
    correlation_yx = down / power, across / power
    return ratio, deviation / math.sqrt(counted), correlation_yx, float(odd.mean())


def _judge(
    ratio: float, error: float, correlation_yx: tuple[float, float], share: float
) -> NoiseCheck:
    alike, chance = max(correlation_yx), ERRORS * error
    verdict: Verdict = "more"
    if ratio > 1 + MOST_MORE + chance:
        words = (
            f"More was removed than this camera's noise ({ratio:.2f} times its variance): signal "
            "was removed, or the camera's values are wrong."
        )
    elif alike > MOST_ALIKE + chance:
        words = (
            f"What was removed is alike in neighbouring pixels (correlation {alike:.2f}): signal "
            "was removed, or neighbours share this camera's noise."
        )
    elif share > MOST_PLACES:
        words = (
            f"In {share:.0%} of the picture more was removed than this camera's noise: signal was "
            "removed there."
        )
    elif ratio < 1 - MOST_LESS - chance:
        verdict = "less"
        words = (
            f"Less was removed than this camera's noise ({ratio:.2f} of its variance): noise was "
            "kept, or the camera's values are wrong."
        )
    else:
        verdict = "as expected"
        words = "What was removed looks like this camera's noise."
    return NoiseCheck(verdict, words, ratio, error, correlation_yx, share)


def _blocks(pixels: Pixels) -> Pixels:
    """Return evenly spread blocks as a view, shape (blocks down, rows, blocks across, columns)."""
    side_yx = [min(BLOCK, length) for length in pixels.shape]
    counts = [length // side for length, side in zip(pixels.shape, side_yx, strict=True)]
    whole = pixels[: counts[0] * side_yx[0], : counts[1] * side_yx[1]]
    cut = whole.reshape(counts[0], side_yx[0], counts[1], side_yx[1])
    down, across = (-(-each // BLOCKS_PER_SIDE) for each in counts)
    return cut[::down, :, ::across]


def _binned(blocks: Values, binning: int) -> Values:
    """Return means of `binning` × `binning` pixels within the blocks."""
    down, rows, across, columns = blocks.shape
    rows, columns = rows // binning, columns // binning
    whole = blocks[:, : rows * binning, :, : columns * binning]
    parts = whole.reshape(down, rows, binning, across, columns, binning)
    return np.asarray(parts.mean(axis=(2, 5)), np.float32)


def _saturated(blocks: Pixels) -> NDArray[np.bool_]:
    if blocks.dtype.kind != "u":
        return np.zeros(blocks.shape, bool)
    return np.asarray(blocks == np.iinfo(blocks.dtype).max)


def _unknown(why: str) -> NoiseCheck:
    return NoiseCheck("unknown", f"The removed noise cannot be judged: {why}.")
