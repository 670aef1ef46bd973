"""Knows how far a restored frame is off, from the raw frame after it, and what light that saves.

The next raw frame shows the same specimen with noise of its own (Lehtinen et al. 2018,
doi:10.48550/arXiv.1803.04189).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.models.anscombe import CameraNoise

LEAST_SHARE: Final = 1e-3
"""Of the raw frames' error, below which chance would make a restored one 0 or less."""
HOT: Final = 6.0
"""Standard deviations by which a hot pixel stands out of a restored frame in both raw ones."""
ALONE: Final = 2.0
"""Mean deviations of its neighbours, at most: a structure that was erased is wider than a pixel."""
NEIGHBOURS: Final = 4
LEAST_VARIANCE_E2: Final = 1.0
"""Variance that every pixel is allowed, electrons²: where next to no light is expected one photon
would stand out."""

Image = NDArray[Any]


@dataclass(frozen=True, slots=True)
class PairError:
    """Mean squared errors of one frame, electrons².

    Attributes
    ----------
    raw, restored : float
        Before and after restoration; the latter may be a little negative by chance.
    light_e : float
        Mean light, electrons per pixel.
    """

    raw: float
    restored: float
    light_e: float


def pair_error(raw: Image, restored: Image, next_raw: Image, camera: CameraNoise) -> PairError:
    """Return the errors of a frame from the frame after it.

    With the specimen t, raw frames t + n and t + n' and the restored frame x, which does not know
    n': mean((t + n' - x)²) is the error of x plus the noise, and half of mean((n' - n)²) is the
    noise. What moves in between makes the restored error look larger, never smaller. Pixels that
    are hot are left out: that they were removed is no error.

    Parameters
    ----------
    raw, restored, next_raw : array, shape (y, x)
        One frame, restored, and the raw frame after it of the same channel and place; counts.
    camera : CameraNoise
        Gain and offset.
    """
    first, made, after = (
        (each.astype(np.float32) - camera.offset_adu) / camera.gain_adu_per_e
        for each in (raw, restored, next_raw)
    )
    counted = ~_hot(first - made, after - made, made, camera.read_noise_e)
    noise = 0.5 * float(np.mean(np.square(after - first)[counted], dtype=np.float64))
    apart = float(np.mean(np.square(after - made)[counted], dtype=np.float64))
    light_e = float(np.mean(after[counted], dtype=np.float64))
    return PairError(noise, apart - noise, max(light_e, 0.0))


def _hot(first: Image, after: Image, made: Image, read_noise_e: float) -> Image:
    """Tell which pixels stand out alone in both of two frames, electrons above the restored one."""
    deviation = np.sqrt(np.maximum(made, 0) + np.float32(read_noise_e**2 + LEAST_VARIANCE_E2))
    high = np.minimum(first, after) > HOT * deviation
    around = np.zeros_like(deviation)  # of what was removed beside it, in both frames together
    beside = (first + after) / (2 * deviation)
    around[1:] += beside[:-1]
    around[:-1] += beside[1:]
    around[:, 1:] += beside[:, :-1]
    around[:, :-1] += beside[:, 1:]
    alone: Image = high & (around < NEIGHBOURS * ALONE)
    return alone


def photon_factor_of(pairs: Iterable[PairError], read_noise_e: float) -> float:
    """Return how many times more light raw frames would need for the restored frames' error.

    At k times the exposure a raw pixel of mean light m and read noise r has the error m/k + r²/k².
    The factor is k where that equals the restored error, as in `livecare evaluate`.

    Parameters
    ----------
    pairs : iterable of PairError
        Recent ones.
    read_noise_e : float
        Electrons.

    Returns
    -------
    float
        1 where nothing was gained; NaN without pairs or light.
    """
    found = list(pairs)
    if not found:
        return math.nan
    raw, restored, light = (
        float(np.mean([getattr(pair, name) for pair in found]))
        for name in ("raw", "restored", "light_e")
    )
    error = max(restored, LEAST_SHARE * raw)
    if error <= 0:
        return math.nan
    return (light + math.sqrt(light**2 + 4 * error * read_noise_e**2)) / (2 * error)
