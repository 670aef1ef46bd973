"""Knows how a camera is measured from dark frames and a photon-transfer series."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from livecare.camera.blocks import Known, Mask, Numbers
from livecare.camera.calibration import Calibration, Measured, PixelMaps
from livecare.camera.curve import finite, fit_line, jackknife
from livecare.camera.key import CameraKey
from livecare.camera.looking import Looks
from livecare.camera.survey import Survey, survey
from livecare.camera.windows import FrameRun, Values, window_length
from livecare.errors import ConfigError
from livecare.models.counts import ROUNDING

GAIN_MAP_FRAMES: Final = 50
"""Degrees of freedom of each pixel that a gain map needs: with 50 a pixel's gain is known to a
fifth, with fewer the map is noise."""


def measure_dark_and_light(
    dark: FrameRun, light: Iterable[FrameRun], key: CameraKey
) -> tuple[Calibration, PixelMaps]:
    """Measure a camera from dark frames and still scenes, each at a light level of its own.

    Parameters
    ----------
    dark : FrameRun
        Frames without any light.
    light : iterable of FrameRun
        Still scenes, uniform or not, one light level each; each is looked at in turn.
    key : CameraKey
        The camera and its mode.

    Raises
    ------
    ConfigError
        If there are too few frames, or they differ in size, or do not show their camera.
    """
    length = window_length(len(dark), moving=False)
    darkness = survey(dark, length)
    hot = darkness.glowing()
    looks, ratios = _look_at(light, darkness, hot)
    sums = looks.joined
    dark_variance = float(np.mean(darkness.variance, where=~hot, dtype=np.float64))

    def estimate(tile: int | None) -> Numbers:
        means = sums.without(tile)
        return fit_line(means, moving=False, dark_variance=dark_variance)[:1]

    values, errors = jackknife(sums, estimate)
    made = looks.begin(key, "dark and light", hot)
    gain_map, share = _gain_map(ratios)
    made = replace(made, dark_frames=darkness.frames, gain_map_error=share)
    maps = PixelMaps(darkness.mean, darkness.variance, gain_map, hot)
    return _with_dark(made, float(values[0]), float(errors[0]), darkness, ~hot), maps


def _look_at(
    light: Iterable[FrameRun], darkness: Survey, hot: Mask
) -> tuple[Looks, list[tuple[float, Values]]]:
    """Look at each light level; return what was seen, and each pixel's gain where nothing is full.

    Raises
    ------
    ConfigError
        If they are of another size, or none of them can be used.
    """
    known = Known(~hot, darkness.mean, darkness.variance)
    looks = Looks()
    ratios: list[tuple[float, Values]] = []
    for frames in light:
        length = window_length(len(frames), moving=False)
        seen = survey(frames, length)
        if seen.mean.shape != hot.shape:
            raise ConfigError(
                f"camera: the dark frames have {hot.shape} pixels, and a light series "
                f"{seen.mean.shape}: take both with the same region of the sensor"
            )
        if seen.full and not np.any(seen.mean < seen.highest):
            continue  # all of it is full: the other levels tell
        looks.look(frames, length, seen, known, moving=False)
        if not seen.full:
            ratios.append((seen.freedom, _ratio(seen, darkness)))
    if not looks.sums:
        raise ConfigError(
            "camera: there are no frames with light, or all of them are full, and dark frames "
            "alone tell no gain; give frames with less light as well"
        )
    return looks, ratios


def _with_dark(
    made: Calibration, gain: float, gain_error: float, darkness: Survey, usable: Mask
) -> Calibration:
    """Add what dark frames say."""
    offset = float(np.mean(darkness.mean, where=usable, dtype=np.float64))
    variance = float(np.mean(darkness.variance, where=usable, dtype=np.float64))
    pixels = float(usable.sum())
    of_offset = (variance / darkness.frames / pixels) ** 0.5
    of_variance = variance * (2 / darkness.freedom / pixels) ** 0.5
    noise = variance**0.5 / gain
    share = (gain_error / gain) ** 2 + (of_variance / max(2 * variance, 1e-12)) ** 2
    free = offset - variance / gain
    return replace(
        made,
        gain=Measured(gain, finite(gain_error)),
        offset=Measured(offset, of_offset),
        read_noise=Measured(noise, finite(noise * share**0.5)),
        noise_free_level=Measured(free, finite(variance / gain * gain_error / gain)),
        levels=(min(offset, made.levels[0]), made.levels[1]),
    )


def _ratio(seen: Survey, darkness: Survey) -> Values:
    """Return each pixel's gain at one light level, counts per electron; NaN where it is dark."""
    light = seen.mean - darkness.mean
    bright = light > np.sqrt(np.maximum(darkness.variance, ROUNDING))
    gain = (seen.variance - darkness.variance) / np.where(bright, light, 1)
    return np.where(bright, gain, np.nan).astype(np.float32)


def _gain_map(ratios: list[tuple[float, Values]]) -> tuple[Values | None, float | None]:
    """Return each pixel's mean gain and its error as a share, where the series allows it."""
    freedom = sum(each for each, _ in ratios)
    if freedom < GAIN_MAP_FRAMES:
        return None, None
    weight = np.zeros_like(ratios[0][1])
    total = np.zeros_like(weight)
    for each, ratio in ratios:
        there = np.isfinite(ratio)
        weight += np.float32(each) * there
        total += np.float32(each) * np.where(there, ratio, 0)
    gain = np.where(weight > 0, total / np.maximum(weight, 1), np.nan)
    return gain.astype(np.float32), float((2 / freedom) ** 0.5)
