"""Knows how far restored frames are from a truth that is only known with noise.

With independent noisy pictures a and b of the specimen t, the mean of (x - a)(x - b) is that of
(x - t)², for every x made without them: the noise of the reference drops out, whatever it is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.advisor.areas import Mask
from livecare.advisor.estimate import Z90, AreaScores, Estimate
from livecare.advisor.reference import Pieces, Reference
from livecare.advisor.thinning import Electrons
from livecare.evaluation.metrics import psnr_db
from livecare.evaluation.metrics.smoothing import gaussian_weights, smooth_within
from livecare.evaluation.metrics.ssim import K1, K2, RADIUS_PX, SIGMA_PX

METHOD_DB: Final = 0.25
"""Standard deviation of what thinning, the range and the camera's values add to a predicted PSNR,
dB: from simulated specimens (`benchmarks/advisor.py`), where statistics alone explain less."""
METHOD_SSIM: Final = 0.12
"""The same of a predicted similarity, part of what it lacks to 1: both of its estimates share the
reference's errors, most in the bright structures of dim specimens."""
STUDENT_90: Final = (6.314, 2.920, 2.353)
"""Half of a 90 % interval by Student's t, standard errors, of 1, 2 and 3 degrees of freedom: of two
to four frames."""
LEAST_SHARE: Final = 1e-6
"""Of a squared error, so that one that noise makes negative still has a logarithm."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One restored frame against its reference.

    Attributes
    ----------
    squared : array, shape (y, x)
        Estimates of the squared error, electrons² of the long exposure; some are negative.
    ssim_low, ssim_high : array, shape (y - 10, x - 10)
        Structural similarity to the reference less its noise, and to the restored reference.
    variance : float
        Of the reference's noise, mean, electrons².
    frame : int
        Which recorded frame it was made from: samples of one frame are not independent.
    """

    squared: Floats
    ssim_low: Floats
    ssim_high: Floats
    variance: float
    frame: int


def judge(restored: Electrons, pieces: Pieces, reference: Reference, frame: int) -> Sample:
    """Compare a restored frame, brought to the long exposure's electrons, with the reference."""
    apart = [restored.astype(np.float64) - picture for picture in pieces.pictures]
    total, count = np.sum(apart, axis=0), len(apart)
    squares = np.sum(np.square(apart), axis=0)
    noise = reference.noise_variance.astype(np.float64) / pieces.weight
    return Sample(
        squared=(np.square(total) - squares) / (count * (count - 1)),
        ssim_low=similarity_map(restored, pieces.mean, reference.data_range, noise),
        ssim_high=similarity_map(restored, reference.picture, reference.data_range),
        variance=float(noise.mean()),
        frame=frame,
    )


def similarity_map(
    image: Electrons, truth: Electrons, data_range: float, noise: Floats | None = None
) -> Floats:
    """Return the structural similarity in every window (Wang et al. 2004).

    Source: doi:10.1109/TIP.2003.819861. What independent noise adds to the truth's local variance
    is subtracted from it; what is left below 0 counts as 0, which makes the result a little small.

    Parameters
    ----------
    image, truth : array, shape (y, x)
        In the same units.
    data_range : float
        Of the truth.
    noise : array, shape (y, x), or None
        Variance of the truth's own noise; None for none.

    Returns
    -------
    array, shape (y - 10, x - 10)
    """
    x, y = image.astype(np.float64), truth.astype(np.float64)
    mean_x, mean_y = _local(x), _local(y)
    variance_x = _local(np.square(x)) - np.square(mean_x)
    variance_y = _local(np.square(y)) - np.square(mean_y)
    shared = _local(x * y) - mean_x * mean_y
    power_y = np.square(mean_y)
    if noise is not None:
        weights = gaussian_weights(SIGMA_PX, RADIUS_PX).astype(np.float64)
        kept = float(np.square(np.outer(weights, weights)).sum())
        local_noise = _local(noise)
        variance_y = np.maximum(variance_y - (1 - kept) * local_noise, 0)
        power_y = np.maximum(power_y - kept * local_noise, 0)
    first, second = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    top = (2 * mean_x * mean_y + first) * (2 * shared + second)
    bottom = (np.square(mean_x) + power_y + first) * (variance_x + variance_y + second)
    return np.asarray(top / bottom)


def summarise(
    samples: Sequence[Sample], reference: Reference, areas: Mapping[str, Mask], part: float
) -> dict[str, AreaScores]:
    """Return the scores of one exposure.

    Parameters
    ----------
    samples : sequence of Sample
        Frames of that exposure, one at least.
    reference : Reference
        What they were compared with.
    areas : mapping
        Masks by name.
    part : float
        The exposure over the reference's.
    """
    return {name: _area_scores(samples, reference, mask, part) for name, mask in areas.items()}


def _area_scores(
    samples: Sequence[Sample], reference: Reference, mask: Mask, part: float
) -> AreaScores:
    squares = [float(sample.squared[mask].mean()) for sample in samples]
    found, scatter = mean_of(samples, squares, part)
    variance = float(np.mean([sample.variance for sample in samples]))
    light = reference.picture[mask].astype(np.float64)
    read_noise = reference.camera.read_noise_e
    raw = max(float(light.mean()), 0.0) / part + (read_noise / part) ** 2
    error = max(found, LEAST_SHARE * raw)
    deviation = math.hypot(scatter, reference_error(error, variance, int(mask.sum())))
    psnr = psnr_estimate(error, deviation, reference.data_range)
    root = math.sqrt(float(np.square(light).mean()))
    return AreaScores(
        psnr_db=psnr,
        nrmse=nrmse_estimate(psnr, reference.data_range, root),
        ssim=_ssim_estimate(samples, mask[RADIUS_PX:-RADIUS_PX, RADIUS_PX:-RADIUS_PX], part),
        raw_psnr_db=psnr_db(raw, reference.data_range),
    )


def mean_of(samples: Sequence[Sample], values: Sequence[float], part: float) -> tuple[float, float]:
    """Return the mean of samples' values and its deviation, each recorded frame counted once.

    `Z90` deviations are half of the interval of Student's t. Samples of one frame alone share
    `part` of its electrons, and as much of their scatter; a single value may be off by a third.
    """
    by_frame: dict[int, list[float]] = {}
    for sample, each in zip(samples, values, strict=True):
        by_frame.setdefault(sample.frame, []).append(each)
    used, shared = [float(np.mean(each)) for each in by_frame.values()], 0.0
    mean = float(np.mean(used))
    if len(used) == 1:
        if len(values) == 1 or part >= 1:
            return mean, abs(mean) / 3
        used, shared = list(values), part / (1 - part)
    student = STUDENT_90[min(len(used) - 1, len(STUDENT_90)) - 1]
    error = float(np.std(used, ddof=1)) * math.sqrt(1 / len(used) + shared)
    return mean, student / Z90 * error


def reference_error(error: float, variance: float, pixels: int) -> float:
    """Return how much the reference's noise moves a mean squared error, standard deviation.

    Of independent pixels with error e and reference noise n the terms 2 e n and n² remain.
    """
    return math.sqrt((4 * error * variance + 4 * variance**2) / pixels)


def psnr_estimate(error: float, deviation: float, data_range: float) -> Estimate:
    """Return the PSNR of a mean squared error with this standard deviation, dB."""
    value = psnr_db(error, data_range)
    least = max(error - Z90 * deviation, LEAST_SHARE * error)
    below = value - psnr_db(error + Z90 * deviation, data_range)
    above = psnr_db(least, data_range) - value
    method = Z90 * METHOD_DB
    return Estimate(value, value - math.hypot(below, method), value + math.hypot(above, method))


def nrmse_estimate(psnr: Estimate, data_range: float, root_mean_square: float) -> Estimate:
    """Return the NRMSE that a PSNR means: the same error, over another number."""
    relative = data_range / root_mean_square if root_mean_square > 0 else math.inf
    value, high, low = (
        relative * 10 ** (-level / 20) for level in (psnr.value, psnr.low, psnr.high)
    )
    return Estimate(value, low, high)


def _ssim_estimate(samples: Sequence[Sample], mask: Mask, part: float) -> Estimate:
    """The reference's noise pulls one estimate down, its restoring the other one up."""
    lows = [float(sample.ssim_low[mask].mean()) for sample in samples]
    highs = [float(sample.ssim_high[mask].mean()) for sample in samples]
    (low, low_scatter), (high, high_scatter) = (
        mean_of(samples, each, part) for each in (lows, highs)
    )
    ends = sorted((low, high))
    value = (ends[0] + ends[1]) / 2
    margin = Z90 * math.hypot(max(low_scatter, high_scatter), METHOD_SSIM * (1 - value))
    return Estimate(value, ends[0] - margin, min(ends[1] + margin, 1.0))


def _local(image: Floats) -> Floats:
    weights = gaussian_weights(SIGMA_PX, RADIUS_PX)
    return np.asarray(smooth_within(image, weights))
