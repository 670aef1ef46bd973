"""Knows which camera values a prediction uses: given ones, or what the series tell together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.advisor.series import Series, mean_counts
from livecare.errors import ConfigError
from livecare.models.anscombe import CameraNoise
from livecare.models.locking import LOCK_FRAMES
from livecare.models.noise_estimate import estimate_noise

LEAST_RATIO: Final = 1.5
"""Ratio of two exposures from which they tell the offset: closer ones multiply each drift."""


@dataclass(frozen=True, slots=True)
class UsedCamera:
    """The camera, and how far to believe it.

    Attributes
    ----------
    noise : CameraNoise
        Of single pixels.
    origin : str
        Where the values come from, for people.
    warnings : tuple of str
        What makes predictions with them doubtful.
    """

    noise: CameraNoise
    origin: str
    warnings: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The values for people."""
        noise = self.noise
        return (
            f"gain {noise.gain_adu_per_e:.3g} counts/e, offset {noise.offset_adu:.4g} counts, "
            f"read noise {noise.read_noise_e:.2g} e ({self.origin})"
        )


def use_camera(series: Sequence[Series], given: CameraNoise | None) -> UsedCamera:
    """Return the camera of some series.

    Of one exposure the noise does not tell offset and read noise apart. Two exposures do: what
    does not grow with the exposure is the offset.

    Parameters
    ----------
    series : sequence of Series
        From the shortest exposure to the longest.
    given : CameraNoise or None
        Measured values; None to estimate them.

    Raises
    ------
    ConfigError
        If none are given and the frames are too small or show no noise.
    """
    longest = series[-1]
    try:
        found = estimate_noise(list(longest.frames[:LOCK_FRAMES]))
    except ConfigError:
        if given is None:
            raise
        return UsedCamera(given, "given")
    warnings = []
    if not found.pixelwise_independent:
        warnings.append(
            "the noise of neighbouring pixels is not independent (binned, smoothed or striped "
            "frames): shorter exposures are predicted too well; switch the camera's filters off"
        )
    if given is not None:
        return UsedCamera(given, "given", tuple(warnings))
    origin = f"estimated from {found.method}"
    shortest = series[0]
    if longest.exposure_ms < LEAST_RATIO * shortest.exposure_ms:
        warnings.append(
            "the camera's offset is a guess from one exposure: give --gain, --offset and "
            "--read-noise, or a second series at half the exposure or less"
        )
        return UsedCamera(found.noise, origin, tuple(warnings))
    offset = offset_of(shortest, longest)
    return UsedCamera(
        with_offset(found.noise, offset), f"{origin}; offset from two exposures", tuple(warnings)
    )


def offset_of(short: Series, long: Series) -> float:
    """Return the counts that do not grow with the exposure, at least 0."""
    ratio = long.exposure_ms / short.exposure_ms
    steady = mean_counts(short) - mean_counts(long) / ratio
    return max(0.0, float(steady.mean()) / (1 - 1 / ratio))


def with_offset(noise: CameraNoise, offset_adu: float) -> CameraNoise:
    """Return the camera with another offset and the same line of variance over brightness."""
    gain = noise.gain_adu_per_e
    shift_e = (offset_adu - noise.offset_adu) / gain
    variance_e2 = max(0.0, float(np.square(noise.read_noise_e)) + shift_e)
    return CameraNoise(gain, offset_adu, math.sqrt(variance_e2))
