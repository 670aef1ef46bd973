"""Whether an engine gives what the network in fp32 gives: figures, and how far they may go.

No engine of less precision serves unchecked. It restores frames that fp32 restores as well, and
what differs is compared with what the network did to them. What that costs is reckoned for a
restoration that gains `GAIN_DB`: where the network removes most of the noise, its error e is
smaller than what it removed by that much, and a difference d adds to it, e² + d².
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.engines.protocol import Engine, Precision
from livecare.errors import EngineError
from livecare.frame import Pixels, PixelType
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model

GAIN_DB: Final = 16.0
"""What a good restoration gains on frames of a few photons, dB: the default models gain 10 to 18
on recorded frames, and the more they gain the more a difference weighs."""
CORE_PX: Final = 384
"""Side of the middle of a frame that is compared, pixels: fp32 takes tenths of a second for it."""
RANGE_PERCENTILES: Final = (0.1, 99.9)
"""The range of a picture, that the largest difference is told in parts of."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far an engine may differ from fp32.

    Attributes
    ----------
    relative_rms : float
        Root mean square of the difference over that of what the network changed.
    psnr_loss_db : float
        What that costs a restoration that gains `GAIN_DB`, dB.
    largest : float
        Largest difference, parts of the picture's range.
    """

    relative_rms: float
    psnr_loss_db: float
    largest: float


TOLERANCES: Final[dict[Precision, Tolerance]] = {
    "fp32": Tolerance(2e-3, 0.01, 0.01),
    "fp16": Tolerance(1e-2, 0.05, 0.05),
    "bf16": Tolerance(3e-2, 0.15, 0.15),
    "int8": Tolerance(3e-2, 0.15, 0.15),
}
"""fp32 has room for another order of sums, and fp16 for three times what it errs by; 0.15 dB is the
least that anyone sees."""
ROUNDING: Final = 0.5
"""Counts that rounding moves a restored value by at most, where pixels are integers: only what an
engine differs by beyond that is its own. (Both rounded, values that differ by nothing to speak of
would be a count apart here and there, which is a lot in a dim frame.)"""


@dataclass(frozen=True, slots=True)
class Check:
    """What a comparison found.

    Attributes
    ----------
    relative_rms, psnr_loss_db, largest : float
        See `Tolerance`.
    passed : bool
        Whether all of it is within the tolerance.
    """

    relative_rms: float
    psnr_loss_db: float
    largest: float
    passed: bool

    @property
    def words(self) -> str:
        """The figures, for people."""
        return (
            f"differs from fp32 by {self.relative_rms:.2g} of what the network changes (RMS), "
            f"costs {self.psnr_loss_db:.3f} dB, at most {self.largest:.2g} of the range"
        )


def check_engine(
    engine: Engine,
    reference: Engine,
    model: Model,
    frames: Sequence[Pixels],
    normalisations: Sequence[Normalisation],
    restored_dtype: PixelType | None = None,
) -> Check:
    """Restore frames with both and compare the middle of each.

    The engine sees whole frames, as it will, and rounds as it will; the reference sees the middle
    and what reaches into it, and rounds nothing.

    Parameters
    ----------
    engine, reference : Engine
        Both loaded with the model; the latter in fp32.
    model : Model
        The model.
    frames : sequence of array, each of shape (y, x) or (z, y, x)
        At least one, all of one shape and type.
    normalisations : sequence of Normalisation
        What each goes through.
    restored_dtype : PixelType or None
        Type of the frames that the engine is to make; None for that of `frames`.

    Raises
    ------
    EngineError
        If one of the two fails.
    """
    if not frames:
        raise EngineError("engine check: no frame to check with")
    batch: Pixels = np.stack(frames)
    seen, core = _windows(batch.shape[1:], model, normalisations)
    whole = _restored(engine, batch, restored_dtype or batch.dtype, normalisations)
    raw = np.ascontiguousarray(batch[:, *seen])
    part = _restored(reference, raw, "float32", normalisations)
    return compare(
        whole[:, *seen][:, *core].astype(np.float64),
        _within(part[:, *core].astype(np.float64), whole.dtype),
        raw[:, *core].astype(np.float64),
        _tolerance(engine),
        ROUNDING if np.issubdtype(whole.dtype, np.integer) else 0.0,
    )


def compare(
    found: NDArray[np.float64],
    wanted: NDArray[np.float64],
    raw: NDArray[np.float64],
    tolerance: Tolerance,
    rounding: float,
) -> Check:
    """Compare restored frames with those of fp32, all of one shape, camera counts.

    Of each difference `rounding` counts are left out.
    """
    difference = np.maximum(np.abs(found - wanted) - rounding, 0.0)
    change = float(np.sqrt(np.mean(np.square(wanted - raw))))
    error = float(np.sqrt(np.mean(np.square(difference))))
    relative = error / change if change > 0 else float(error > 0)
    loss_db = 10 * math.log10(1 + relative**2 * 10 ** (GAIN_DB / 10))
    low, high = np.percentile(wanted, RANGE_PERCENTILES)
    largest = float(difference.max()) / max(float(high - low), change, 1.0)
    passed = (
        relative <= tolerance.relative_rms
        and loss_db <= tolerance.psnr_loss_db
        and largest <= tolerance.largest
    )
    return Check(relative, loss_db, largest, passed)


def _tolerance(engine: Engine) -> Tolerance:
    return next(
        (found for known, found in TOLERANCES.items() if known == engine.precision),
        TOLERANCES["fp32"],
    )


def _within(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """Return values as near as pixels of a type come to them, not rounded."""
    if not np.issubdtype(dtype, np.integer):
        return values
    limits = np.iinfo(dtype)
    return np.clip(values, limits.min, limits.max)


def _is_binned(normalisation: Normalisation) -> bool:
    return isinstance(normalisation, NoiseUnits) and normalisation.noise.binning > 1


def _restored(
    engine: Engine,
    frames: Pixels,
    dtype: PixelType | np.dtype[Any],
    normalisations: Sequence[Normalisation],
) -> Pixels:
    restored: Pixels = np.empty(frames.shape, dtype)
    engine.infer(frames, restored, normalisations)
    return restored


def _windows(
    shape: tuple[int, ...], model: Model, normalisations: Sequence[Normalisation]
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return what the reference sees of frames, and what of that is compared."""
    if any(map(_is_binned, normalisations)):  # a mosaic of a part is no part of the mosaic
        seen = tuple(slice(0, length) for length in shape)
        return seen, seen
    return _middle(shape, model)


def _middle(shape: tuple[int, ...], model: Model) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the window that the reference sees, and what of it is compared.

    It starts at a multiple of the network's stride, and what its edges reach is left out where
    they are not the frame's own.
    """
    seen, core = [], []
    for length, halo, multiple in zip(shape, model.halo_px, model.multiple_of, strict=True):
        first = max(0, (length - CORE_PX) // 2 - halo) // multiple * multiple
        stop = min(length, first + CORE_PX + 2 * halo)
        stop = length if length - stop < multiple else stop - (stop - first) % multiple
        seen.append(slice(first, stop))
        core.append(slice(halo if first else 0, stop - first - (halo if stop < length else 0)))
    return tuple(seen), tuple(core)
