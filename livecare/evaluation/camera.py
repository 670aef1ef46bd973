"""The camera values that everything on a recording is given, and what its noise is like."""

import math
from dataclasses import dataclass
from typing import Final

from livecare.errors import ConfigError
from livecare.evaluation.imageset import Recording
from livecare.models.anscombe import CameraNoise
from livecare.models.locking import LOCK_FRAMES
from livecare.models.noise_estimate import NoiseEstimate, estimate_noise

VIOLATED: Final = "pixel-wise independence violated: use structn2v"
"""What is said where the noise of a pixel tells something about its neighbour's."""


@dataclass(frozen=True, slots=True)
class Characterised:
    """A recording's camera.

    Attributes
    ----------
    noise : CameraNoise
        What baselines and metrics are given.
    restored_with : CameraNoise
        What models are given: the same, or of means of 2 × 2 pixels where neighbours share noise.
    estimated : bool
        Whether it was estimated from the frames.
    method : str
        How its noise was looked at: "successive frames" or "single frame".
    correlation_yx : tuple of float
        Correlation of the noise of neighbouring pixels along columns and rows; NaN where the
        frames do not show it.
    violation : str
        Why methods that take pixels' noise for independent are wrong here, or "".
    """

    noise: CameraNoise
    restored_with: CameraNoise
    estimated: bool
    method: str
    correlation_yx: tuple[float, float]
    violation: str

    @property
    def words(self) -> str:
        """The values for people."""
        how = f"estimated from {self.method}" if self.estimated else "given"
        return (
            f"gain {self.noise.gain_adu_per_e:.3g} counts/e, offset {self.noise.offset_adu:.4g}, "
            f"read noise {self.noise.read_noise_e:.2g} e ({how})"
        )


def characterise(recording: Recording) -> Characterised:
    """Look at a recording's noise, and estimate camera values that are not known.

    Raises
    ------
    ConfigError
        If the camera is not known and the frames are too small or show no noise.
    """
    given = recording.camera
    try:
        found = estimate_noise(list(recording.frames[:LOCK_FRAMES]))
    except ConfigError:
        if given is None:
            raise
        return Characterised(
            noise=given,
            restored_with=given,
            estimated=False,
            method="",
            correlation_yx=(math.nan, math.nan),
            violation="",
        )
    return Characterised(
        noise=given or found.noise,
        restored_with=given or found.best_noise,
        estimated=given is None,
        method=found.method,
        correlation_yx=found.correlation_yx,
        violation=_violation(found),
    )


def _violation(found: NoiseEstimate) -> str:
    if found.pixelwise_independent:
        return ""
    down, right = found.correlation_yx
    reasons = []
    if found.correlated:
        reasons.append(
            f"the noise of neighbouring pixels correlates by {down:.2f} along columns and "
            f"{right:.2f} along rows"
        )
    if found.striped:
        reasons.append("whole rows or columns share a part of their noise")
    return f"{VIOLATED} ({'; '.join(reasons)})"
