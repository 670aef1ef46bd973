"""Knows how much light a run has spent on the specimen, and how much a restoration has saved.

The error of restored frames is measured on the run itself: the next raw frame shows the same
specimen with noise of its own (Lehtinen et al. 2018, doi:10.48550/arXiv.1803.04189).
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.models.anscombe import CameraNoise

RECENT: Final = 32
"""Pairs of frames that the present factor is estimated from: their errors, averaged, are known to
a few per cent, and the estimate follows the run within seconds."""
LEAST_SHARE: Final = 1e-3
"""Of the raw frames' error, below which chance would make a restored one 0 or less."""

BLOCK: Final = 16
"""Rows and columns of the blocks that tell whether a specimen stands still, pixels: the variance of
256 values is known to 9 %."""
MOVED: Final = 1.4
"""Variance of a block between two frames, over that of the camera's noise, from which something
moved there: four standard errors above 1."""
MOST_MOVED: Final = 0.1
"""Part of the blocks that may have moved: motion counts as error, and would hide what is saved."""

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


def share_moved(raw: Image, restored: Image, next_raw: Image, camera: CameraNoise) -> float:
    """Return the part of a frame's blocks in which it differs from the next by more than noise.

    Parameters
    ----------
    raw, restored, next_raw : array, shape (y, x)
        As `pair_error` takes them; frames smaller than a block have not moved.
    camera : CameraNoise
        Its values.
    """
    light_e = (restored.astype(np.float32) - camera.offset_adu) / camera.gain_adu_per_e
    noise_e2 = np.maximum(light_e, 0) + camera.read_noise_e**2 + 1 / 12 / camera.gain_adu_per_e**2
    apart = (next_raw.astype(np.float32) - raw.astype(np.float32)) / camera.gain_adu_per_e
    found, expected = _blocks(np.square(apart) / 2), _blocks(noise_e2)
    return float(np.mean(found > MOVED * expected)) if found.size else 0.0


def _blocks(values: Image) -> Image:
    """Return means of whole blocks."""
    rows, columns = (length // BLOCK for length in values.shape)
    cut = values[: rows * BLOCK, : columns * BLOCK]
    means: Image = cut.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3))
    return means


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


class StreamLight:
    """The photon factor of one channel at one place, from its recent frames.

    Parameters
    ----------
    camera : CameraNoise
        Its values.
    """

    def __init__(self, camera: CameraNoise) -> None:
        self._camera = camera
        self._recent: deque[PairError] = deque(maxlen=RECENT)

    def add(self, raw: Image, restored: Image, next_raw: Image) -> None:
        """Take a frame, restored, and the raw frame after it; shape (y, x), camera counts.

        Two between which the specimen moved say nothing, and are left out.
        """
        if share_moved(raw, restored, next_raw, self._camera) <= MOST_MOVED:
            self._recent.append(pair_error(raw, restored, next_raw, self._camera))

    @property
    def photon_factor(self) -> float:
        """How many times more light raw frames would need; NaN before the first pair."""
        return photon_factor_of(self._recent, self._camera.read_noise_e)


@dataclass(frozen=True, slots=True)
class PhotonLedger:
    """The light of a run.

    Attributes
    ----------
    frames : int
        Exposures so far.
    exposure_ms : float
        Of each, ms.
    light : float
        Relative strength of the illumination; 1 where it is not known.
    photon_factor : float
        Of the restored stream; NaN where it is not known.
    """

    frames: int
    exposure_ms: float
    light: float = 1.0
    photon_factor: float = math.nan

    @property
    def given_ms(self) -> float:
        """Light given, ms at full strength."""
        return self.frames * self.exposure_ms * self.light

    @property
    def saved_ms(self) -> float:
        """Light that raw frames of the restored frames' error would have taken besides.

        0 where nothing is known to be saved.
        """
        if not self.photon_factor > 1:
            return 0.0
        return self.given_ms * (self.photon_factor - 1)

    @property
    def sentence(self) -> str:
        """The ledger for people."""
        given = f"light given: {self.given_ms / 1000:.3g} s"
        if math.isnan(self.photon_factor):
            return f"{given}; what restoration saved is not known"
        return (
            f"{given}; saved: {self.saved_ms / 1000:.3g} s (raw frames of the same error would "
            f"need {self.photon_factor:.2g} times the exposure)"
        )
