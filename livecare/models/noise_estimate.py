"""What a camera's noise is like, estimated from the frames themselves.

In a block of pixels the variance of the noise grows with the mean: `variance = gain * (mean -
offset) + (gain * read noise)²`, the photon-transfer curve (Janesick 2007,
doi:10.1117/3.725073). The noise is what successive frames differ by; of a single frame, what a
filter keeps that cancels smooth structure (Immerkær 1996, doi:10.1006/cviu.1996.0060). Structure
and motion only ever add to a block's variance, so the quiet blocks of each brightness count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.block_means import block_means
from livecare.models.mosaic import coarse

BLOCK: Final = 8
"""Rows and columns of a block, pixels: 64 values fix a variance to 18 %."""
LEAST_SIDE: Final = 4 * BLOCK
"""Rows and columns that frames need, pixels: fewer blocks say nothing."""
TOO_SMALL: Final = (
    f"camera noise: needs frames of at least {LEAST_SIDE} × {LEAST_SIDE} pixels to estimate "
    "it from; give gain, offset and read noise"
)
BINS: Final = 24
"""Brightness classes of the blocks, equally full."""
QUIET: Final = 0.35
"""Quantile of the blocks' variances that counts in each class: below it structure is rare."""
MIN_BLOCKS: Final = 16
"""Blocks that a brightness class needs."""
CORRELATED: Final = 0.12
"""Neighbour correlation from which noise counts as correlated; sampling alone gives 0.01."""
STRONGLY_CORRELATED: Final = {"successive frames": 0.35, "single frame": 0.2}
"""Neighbour correlation along both axes from which means of 2 × 2 pixels restore better than
pixels do (on simulated specimens 1.5 to 6 dB at 0.44 and above); a single frame hides the variance
too, so that less is too much."""
STRIPED: Final = 0.05
"""Part of the noise's variance that whole rows or columns share, from which it counts as striped;
sampling alone gives one part in their length."""

CHI_SQUARE_MEDIAN: Final = 0.4549
"""Median of the square of a standard normal value."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NoiseEstimate:
    """What the frames say about the camera.

    Attributes
    ----------
    noise : CameraNoise
        Gain, offset and read noise. Offset and read noise cannot be told apart by the curve alone:
        the offset is the level at which the fitted noise vanishes, at most the darkest level in
        the frames and at least 0, and the read noise is what the curve has at it.
    method : str
        "successive frames" or "single frame".
    frames : int
        How many frames were looked at.
    correlation_yx : tuple of float
        Correlation of the noise of neighbouring pixels along columns (y) and rows (x); of several
        frames the smaller of what their differences and what the first one alone shows.
    striped : bool
        Whether rows or columns share a part of their noise.
    coarse_noise : CameraNoise or None
        The noise of means of 2 × 2 pixels, where neighbours share so much of it that restoring
        these is better.
    """

    noise: CameraNoise
    method: str
    frames: int
    correlation_yx: tuple[float, float]
    striped: bool
    coarse_noise: CameraNoise | None = None

    @property
    def best_noise(self) -> CameraNoise:
        """The noise to restore with."""
        return self.coarse_noise or self.noise

    @property
    def correlated(self) -> bool:
        """Whether the noise of a pixel says something about its neighbour's."""
        return max(self.correlation_yx) > CORRELATED

    @property
    def pixelwise_independent(self) -> bool:
        """Whether methods may treat the noise of each pixel on its own, as Noise2Void does."""
        return not (self.correlated or self.striped)


def estimate_noise(frames: Sequence[Pixels]) -> NoiseEstimate:
    """Estimate the camera's noise from some frames of one field.

    Parameters
    ----------
    frames : sequence of array, each of shape (y, x)
        Successive frames, camera counts; a single one will do, less surely.

    Raises
    ------
    ConfigError
        If there is no frame, or the frames are too small or show no noise at all.
    """
    if len(frames) == 0 or min(frames[0].shape) < LEAST_SIDE:
        raise ConfigError(TOO_SMALL)
    stack = np.stack([np.asarray(frame, np.float32) for frame in frames])
    noise = _noise_of(stack)
    single = len(stack) == 1
    correlation = _hidden_correlation(stack[0])
    if not single:  # what moves between frames is no noise, and says so by looking correlated
        down, right = _neighbour_correlation(noise)
        correlation = (min(down, correlation[0]), min(right, correlation[1]))
    method = "single frame" if single else "successive frames"
    strong = min(correlation) > STRONGLY_CORRELATED[method]
    halved = coarse(stack) if strong and min(stack.shape[1:]) >= 8 * BLOCK else None
    return NoiseEstimate(
        noise=_camera_of(stack),
        method=method,
        frames=len(frames),
        correlation_yx=correlation,
        striped=_striped(stack if single else noise),
        coarse_noise=None if halved is None else replace(_camera_of(halved), binning=2),
    )


def _noise_of(stack: Values) -> Values:
    """Return the noise alone: differences of successive frames, or what a filter keeps of one."""
    if len(stack) > 1:
        return np.asarray(np.diff(stack, axis=0) / np.float32(np.sqrt(2)))
    return _high_pass(stack)


def _camera_of(stack: Values) -> CameraNoise:
    """Fit the photon-transfer curve."""
    noise = _noise_of(stack)
    variance = block_means(np.square(noise).mean(axis=0), BLOCK)
    if len(stack) > 1:
        level = block_means(stack.mean(axis=0), BLOCK)
        freedom = BLOCK * BLOCK * max(1.0, 2 / 3 * (len(stack) - 1))
    else:
        level = block_means(stack[0, 1:-1, 1:-1], BLOCK)
        freedom = BLOCK * BLOCK / 2.2
    return _camera(_fit(level.ravel(), variance.ravel(), freedom), level, stack)


def _high_pass(stack: Values) -> Values:
    """Cancel planes and gentle curves; white noise keeps its variance."""
    down = stack[:, :-2] - 2 * stack[:, 1:-1] + stack[:, 2:]
    both = down[:, :, :-2] - 2 * down[:, :, 1:-1] + down[:, :, 2:]
    return np.asarray(both / np.float32(6))


def _fit(level: Values, variance: Values, freedom: float) -> tuple[float, float]:
    """Return slope and intercept of the quiet blocks' variance over their brightness."""
    order = np.argsort(level)
    classes = np.array_split(order, max(2, min(BINS, len(order) // MIN_BLOCKS)))
    means = np.array([level[each].mean() for each in classes], np.float64)
    quiet = np.array([np.quantile(variance[each], QUIET) for each in classes], np.float64)
    quiet /= _quantile_of_variance(freedom)
    if not quiet.max() > 0 or means[-1] == means[0]:
        return 0.0, float(quiet.max())
    weight = 1 / np.maximum(quiet, 1e-6 * max(float(quiet.max()), 1e-12))
    for _ in range(10):  # a class full of structure must not tilt the line
        slope, intercept = np.polyfit(means, quiet, 1, w=weight)
        expected = np.maximum(slope * means + intercept, 1e-3 * quiet.max())
        excess = np.maximum(quiet / expected - 1, 0)
        weight = 1 / (expected * (1 + np.square(excess / 0.15)))
    return float(slope), float(intercept)


def _quantile_of_variance(freedom: float) -> float:
    """Return the quantile `QUIET` of a variance from so many values (Wilson and Hilferty 1931)."""
    normal_quantile = -0.3853  # of QUIET
    spread = 2 / (9 * freedom)
    return float((1 - spread + normal_quantile * spread**0.5) ** 3)


def _camera(line: tuple[float, float], level: Values, stack: Values) -> CameraNoise:
    """Turn the line into gain, offset and read noise."""
    slope, intercept = line
    dark, bright = float(np.quantile(level, 0.005)), float(np.quantile(level, 0.995))
    top = slope * bright + intercept
    if not top > 0:
        top = float(np.var(stack, axis=(1, 2)).mean())
        slope = 0.0
    if not top > 0:
        raise ConfigError(
            "camera noise: these frames show no noise at all; give gain, offset and read noise"
        )
    least = 0.02 * top / max(bright - dark, 1.0)
    if slope < least:  # no photon noise to be seen: almost all of it is read noise
        slope = least
        intercept = top - slope * bright
    crossing = -intercept / slope  # where the noise would vanish
    offset = max(0.0, crossing) if crossing < dark else dark
    offset = min(dark, offset) if crossing > 0 else 0.0
    read_variance = max(0.0, slope * offset + intercept)
    return CameraNoise(slope, offset, read_variance**0.5 / slope)


def _neighbour_correlation(noise: Values) -> tuple[float, float]:
    """Return the correlation of neighbours along y and along x in frames of noise alone."""
    flat = noise - noise.mean(axis=(1, 2), keepdims=True)
    power = float(np.square(flat).mean())
    if power == 0:
        return 0.0, 0.0
    down = float((flat[:, 1:] * flat[:, :-1]).mean())
    right = float((flat[:, :, 1:] * flat[:, :, :-1]).mean())
    return down / power, right / power


def _hidden_correlation(frame: Values) -> tuple[float, float]:
    """Return the correlation of neighbours along y and along x of the noise in one frame.

    Second differences over one pixel and over two keep the same variance of white noise. Of noise
    that was blurred, whose correlation falls as ρ, ρ⁴, ρ⁹, … those over one pixel keep less: their
    ratio tells ρ.
    """
    return _along_rows(frame.T), _along_rows(frame)


def _along_rows(frame: Values) -> float:
    across = frame[:-2] - 2 * frame[1:-1] + frame[2:]  # structure that goes on along y cancels
    near = across[:, 1:-3] - 2 * across[:, 2:-2] + across[:, 3:-1]
    far = across[:, :-4] - 2 * across[:, 2:-2] + across[:, 4:]
    quiet_near, quiet_far = block_means(np.square(near), BLOCK), block_means(np.square(far), BLOCK)
    calm = quiet_far <= np.quantile(quiet_far, 2 * QUIET)
    ratio = float(quiet_near[calm].mean() / max(float(quiet_far[calm].mean()), 1e-12))
    rho = np.linspace(0.0, 0.95, 96)
    ratios = (6 - 8 * rho + 2 * rho**4) / (6 - 8 * rho**4 + 2 * rho**16)
    return float(np.interp(-ratio, -ratios, rho))


def _striped(stack: Values) -> bool:
    """Say whether whole rows or columns are brighter or darker than their neighbours."""
    return any(_stripe_share(each) > STRIPED for each in (stack, np.swapaxes(stack, 1, 2)))


def _stripe_share(stack: Values) -> float:
    """Return the part of the variance between neighbouring rows that whole rows share."""
    between = stack[:, :-2] - 2 * stack[:, 1:-1] + stack[:, 2:]
    power = float(np.median(np.square(between).mean(axis=2)))
    if power == 0:
        return 0.0
    shared = float(np.median(np.square(np.median(between, axis=2)))) / CHI_SQUARE_MEDIAN
    return float(shared / power - np.pi / 2 / between.shape[2])
