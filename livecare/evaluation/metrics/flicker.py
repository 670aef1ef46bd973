"""Time: brightness that a restoration makes flicker, and time courses that it keeps."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.models.anscombe import CameraNoise

BLOCK: Final = 16
"""Rows and columns of a region, pixels: the noise of its mean is 1/16 of a pixel's."""
STILL: Final = 2.0
"""A region is static if its mean varies at most so many times as much as its noise explains."""
STILL_PART: Final = 0.25
"""If too few regions are, the quietest part of them counts."""
LEAST_FRAMES: Final = 3
"""A standard deviation in time needs some frames."""

Movie = NDArray[Any]
"""Frames of one field, shape (n, y, x)."""


@dataclass(frozen=True, slots=True)
class Flicker:
    """How the brightness of static regions varies in time.

    Attributes
    ----------
    ratio : float
        Temporal standard deviation of the means of static 16 × 16 regions, restored over
        reference (root mean square over the regions); above 1 the restoration adds flicker.
    percent : float
        The same deviation of the restored frames, per cent of the light there.
    regions : int
        How many static regions were found.
    """

    ratio: float
    percent: float
    regions: int


def measure_flicker(restored: Movie, reference: Movie, camera: CameraNoise) -> Flicker:
    """Compare the flicker of restored frames with that of a reference.

    Parameters
    ----------
    restored, reference : array, shape (n, y, x)
        The same frames, camera counts. The reference is the truth where there is one for each
        frame, and the raw frames otherwise: in a region's mean 256 pixels' noise is averaged.
    camera : CameraNoise
        Tells how much a region's mean varies by noise alone.

    Raises
    ------
    UsageError
        If there are fewer than 3 frames, or they are smaller than a region.
    """
    after, before = _regions(restored), _regions(reference)
    level = before.mean(axis=0)
    varies = before.var(axis=0, ddof=1)
    light = np.maximum(level - camera.offset_adu, 0)
    gain = camera.gain_adu_per_e
    noise = (gain * light + (gain * camera.read_noise_e) ** 2) / BLOCK**2
    agitation = varies / np.maximum(noise, np.finfo(np.float64).tiny)
    static = agitation <= max(STILL, float(np.quantile(agitation, STILL_PART)))
    deviation = math.sqrt(float(after.var(axis=0, ddof=1)[static].mean()))
    expected = math.sqrt(float(varies[static].mean()))
    bright = float(light[static].mean())
    return Flicker(
        ratio=deviation / expected if expected > 0 else (math.inf if deviation > 0 else 1.0),
        percent=100 * deviation / bright if bright > 0 else math.inf,
        regions=int(static.sum()),
    )


def trace_correlation(restored: Movie, raw: Movie) -> float:
    """Return how well the time courses of the most active regions are kept; 1 is ideal.

    The mean correlation over time of raw and restored means, over the tenth of the regions that
    varies most in the raw frames.
    """
    before, after = _regions(raw), _regions(restored)
    power = before.var(axis=0)
    active = power >= np.quantile(power, 0.9)
    first, second = (each[:, active] - each[:, active].mean(axis=0) for each in (before, after))
    top = (first * second).sum(axis=0)
    bottom = np.sqrt(np.square(first).sum(axis=0) * np.square(second).sum(axis=0))
    return float(np.mean(np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)))


def _regions(frames: Movie) -> NDArray[np.float64]:
    """Return the mean of each region in each frame, shape (n, regions)."""
    count, height, width = frames.shape
    rows, columns = height // BLOCK, width // BLOCK
    if count < LEAST_FRAMES or rows * columns == 0:
        raise UsageError(
            f"flicker: needs at least {LEAST_FRAMES} frames of {BLOCK} × {BLOCK} pixels or more; "
            f"got {count} of {height} × {width}"
        )
    cut = frames[:, : rows * BLOCK, : columns * BLOCK].astype(np.float64)
    means = cut.reshape(count, rows, BLOCK, columns, BLOCK).mean(axis=(2, 4))
    return np.asarray(means.reshape(count, rows * columns))
