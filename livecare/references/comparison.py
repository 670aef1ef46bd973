"""Knows how alike a restored frame and a reference frame are, the reference's own noise aside.

The restored frame is fitted to the reference by a factor and an offset (Weigert et al. 2018,
doi:10.1038/s41592-018-0216-7), so that neither exposure nor offset must be known. What is left is
the restored frame's error and the reference's noise; where the camera is known, the noise is
taken off.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.counts import FULL_SCALES
from livecare.models.mosaic import halved
from livecare.references.registration import measure_shift
from livecare.references.shifting import overlap, shifted, split_shift
from livecare.references.similarity import noise_variance, rounding_variance, similarity

LOOKED_AT: Final = 512
"""Rows and columns of the middle that shift and SSIM are measured in, pixels: a tenth of a second,
where the whole of 2048 × 2048 pixels would take two."""
LEAST_SIDE: Final = 32
"""Rows and columns that frames need, pixels."""
MOST_SHIFT_PX: Final = 8.0
"""Shift from which the specimen counts as moved: what is compared no longer is the same."""
SETTLED_PX: Final = 0.1
"""Shift that is not undone: it is measured no finer."""
MOST_SATURATED: Final = 0.01
"""Part of the reference's pixels that may be saturated; they are left out."""
SURE: Final = 3.0
"""Standard errors that an error counts at least: less cannot be told from none."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a restored frame compares with a reference frame.

    Attributes
    ----------
    nrmse : float
        Root mean square of the restored frame's error over the standard deviation of the reference
        without noise: 0 for its equal, 1 for one that shows nothing of it.
    ssim : float
        Mean structural similarity in the middle; 1 for its equal.
    light : float
        How many times as bright the reference is, as fitted.
    offset_adu : float
        Counts of a dark pixel, as fitted: where both frames are alike.
    shift_yx_px : tuple of float
        How far the reference lies from the restored frame, pixels; undone before comparing.
    saturated : float
        Part of the reference's pixels that is saturated and was left out.
    noise_known : bool
        Whether the reference's noise was taken off.
    """

    nrmse: float
    ssim: float
    light: float
    offset_adu: float
    shift_yx_px: tuple[float, float]
    saturated: float
    noise_known: bool

    @property
    def moved(self) -> bool:
        """Whether the specimen moved too far between the two."""
        return math.hypot(*self.shift_yx_px) > MOST_SHIFT_PX

    @property
    def fair(self) -> bool:
        """Whether the two show the same, so that what they differ by is an error."""
        return not self.moved and self.saturated <= MOST_SATURATED


def compare(restored: Pixels, reference: Pixels, camera: CameraNoise | None) -> Comparison | None:
    """Compare a restored frame with a reference frame.

    Parameters
    ----------
    restored, reference : array, shape (y, x)
        Counts; left as they are.
    camera : CameraNoise or None
        The reference's camera; None where it is unknown, and its noise then counts as an error.

    Returns
    -------
    Comparison or None
        None where the sizes differ or are below 32 pixels, the reference shows nothing, or values
        are not finite.
    """
    if restored.shape != reference.shape or min(reference.shape) < LEAST_SIDE:
        return None
    usable = _unsaturated(reference)
    given, wanted = restored.astype(np.float32), reference.astype(np.float32)
    if not np.isfinite(given.sum() + wanted.sum()):
        return None
    if camera is not None and camera.binning > 1:
        given, wanted, usable = halved(given), halved(wanted), halved(usable) == 1
    given, wanted, usable, shift = _laid_over(given, wanted, usable)
    rounding = 0.0 if camera is None else rounding_variance(reference.dtype, camera.binning)
    fit = _fit(given[usable], wanted[usable], camera, rounding)
    if fit is None:
        return None
    middle = _middle(given.shape)
    return Comparison(
        nrmse=fit.nrmse,
        ssim=similarity(
            fit.factor * given[middle] + fit.shift, wanted[middle], fit.deviation, camera, rounding
        ),
        light=fit.factor,
        offset_adu=fit.shift / (1 - fit.factor) if fit.factor != 1 else math.nan,
        shift_yx_px=shift,
        saturated=1 - float(usable.mean()),
        noise_known=camera is not None,
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    """How the restored frame becomes the reference: factor × counts + shift, and what is left."""

    factor: float
    shift: float
    deviation: float
    nrmse: float


def _fit(given: Values, wanted: Values, camera: CameraNoise | None, rounding: float) -> _Fit | None:
    """Fit by least squares; None where the reference shows nothing beyond its noise."""
    if wanted.size == 0:
        return None
    mean_given, mean_wanted = (float(each.mean(dtype=np.float64)) for each in (given, wanted))
    given, wanted = given - np.float32(mean_given), wanted - np.float32(mean_wanted)
    noise = 0.0
    if camera is not None:
        noise = float(noise_variance(np.array(mean_wanted), camera, rounding))
    power = float(np.square(given).mean(dtype=np.float64))
    signal = float(np.square(wanted).mean(dtype=np.float64)) - noise
    if signal <= 0:
        return None
    factor = float((given * wanted).mean(dtype=np.float64)) / power if power > 0 else 0.0
    squared = np.square(wanted - np.float32(factor) * given)
    doubt = SURE * float(squared.std(dtype=np.float64)) / math.sqrt(squared.size)
    error = max(float(squared.mean(dtype=np.float64)) - noise, doubt)
    return _Fit(
        factor=factor,
        shift=mean_wanted - factor * mean_given,
        deviation=math.sqrt(signal),
        nrmse=math.sqrt(error / signal),
    )


def _laid_over(
    given: Values, wanted: Values, usable: NDArray[np.bool_]
) -> tuple[Values, Values, NDArray[np.bool_], tuple[float, float]]:
    """Move the restored frame onto the reference: the reference would lose noise by it."""
    middle = _middle(wanted.shape)
    found = measure_shift(wanted[middle], given[middle])
    shift = (found.y_px, found.x_px)
    if not found.clear:
        return given, wanted, usable, (0.0, 0.0)
    if not SETTLED_PX < found.length_px <= MOST_SHIFT_PX:
        return given, wanted, usable, shift
    (down, rest_y), (right, rest_x) = split_shift(found.y_px), split_shift(found.x_px)
    here, there = overlap((wanted.shape[0], wanted.shape[1]), (down, right))
    moved = shifted(given, rest_y, rest_x)[there]
    inside = slice(1, -1), slice(1, -1)
    return moved[inside], wanted[here][inside], usable[here][inside], shift


def _middle(shape: tuple[int, ...]) -> tuple[slice, slice]:
    rows, columns = (
        slice((length - least) // 2, (length - least) // 2 + least)
        for length, least in ((each, min(each, LOOKED_AT)) for each in shape)
    )
    return rows, columns


def _unsaturated(reference: Pixels) -> NDArray[np.bool_]:
    highest = reference.max(initial=0)
    if reference.dtype.kind != "u" or int(highest) not in FULL_SCALES:
        return np.ones(reference.shape, np.bool_)
    return np.asarray(reference < highest)
