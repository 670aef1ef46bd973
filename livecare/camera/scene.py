"""Knows how a camera is measured from one scene alone, still or moving."""

from dataclasses import replace
from typing import Final

import numpy as np

from livecare.camera.blocks import Known, Numbers
from livecare.camera.calibration import SURE_READ_NOISE_E, Calibration, Measured, PixelMaps
from livecare.camera.curve import NO_SLOPE, finite, fit_line, fit_offset, jackknife
from livecare.camera.key import CameraKey
from livecare.camera.looking import Looks
from livecare.camera.survey import survey
from livecare.camera.windows import FrameRun, window_length
from livecare.errors import ConfigError

CONTRADICTION: Final = 3.0
"""Errors beyond what is possible, from which frames contradict photons and read noise."""

WORST_GAIN: Final = 0.3
"""Error of the gain, as a share, from which it is not known: even frames say nothing."""


def measure_scene(
    frames: FrameRun, key: CameraKey, *, moving: bool
) -> tuple[Calibration, PixelMaps]:
    """Measure a camera from one scene that has bright and dark parts.

    Parameters
    ----------
    frames : FrameRun
        Successive frames, as the camera made them.
    key : CameraKey
        The camera and its mode.
    moving : bool
        Whether things move: then the calmest parts count, and more frames are needed.

    Raises
    ------
    ConfigError
        If there are too few frames, or they do not show what their camera is like.
    """
    length = window_length(len(frames), moving=moving)
    seen = survey(frames, length)
    loud = seen.standing_out()
    looks = Looks()
    looks.look(frames, length, seen, Known(~loud), moving=moving)
    sums = looks.sums[0]

    def estimate(tile: int | None) -> Numbers:
        means = sums.without(tile)
        line = fit_line(means, moving=moving)
        offset = fit_offset(means, line, moving=moving)
        gain, intercept = line
        return np.array([gain, -intercept / gain, offset, gain * offset + intercept])

    values, errors = jackknife(sums, estimate)
    if not errors[0] < WORST_GAIN * values[0]:
        raise ConfigError(NO_SLOPE)
    made = looks.begin(key, "moving scene" if moving else "still scene", loud)
    return _separate(made, values, errors), PixelMaps(hot=loud)


def _separate(made: Calibration, values: Numbers, errors: Numbers) -> Calibration:
    """Tell offset from read noise, as far as the third cumulant can and both are possible."""
    gain, free_level, offset, read_variance = (
        Measured(float(value), finite(error)) for value, error in zip(values, errors, strict=True)
    )
    darkest = max(made.levels[0], free_level.value)
    likely = float(np.clip(offset.value, free_level.value, darkest))
    read_noise, sure = _read_noise(
        gain.value, gain.value * (likely - free_level.value), read_variance.error
    )
    error = darkest - free_level.value if offset.error is None else offset.error
    warnings = made.warnings
    if abs(likely - offset.value) > CONTRADICTION * error:
        warnings = (
            *warnings,
            (
                "the noise is not as photons and read noise make it: its third cumulant asks for "
                f"an offset of {offset.value:.4g}; were these frames filtered, averaged or clipped?"
            ),
        )
    return replace(
        made,
        gain=gain,
        offset=Measured(likely, error),
        read_noise=read_noise,
        noise_free_level=free_level,
        separated=sure,
        warnings=warnings,
    )


def _read_noise(gain: float, variance: float, error: float | None) -> tuple[Measured, bool]:
    """Return the read noise in electrons, and whether it is sure enough to count as known."""
    noise = max(variance, 0.0) ** 0.5 / gain
    if error is None:
        return Measured(noise, None), False
    spread = min(error / (2 * gain * gain * noise) if noise else np.inf, error**0.5 / gain)
    return Measured(noise, float(spread)), spread <= SURE_READ_NOISE_E * max(1.0, noise)
