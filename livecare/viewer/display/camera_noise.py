"""Knows what a restoration says of its camera's noise: how much a raw pixel varies, if anything."""

from math import nan

from livecare.errors import ConfigError
from livecare.frame import Restoration
from livecare.models.anscombe import CameraNoise


def camera_noise_of(restoration: Restoration | None) -> CameraNoise | None:
    """Return the camera's values that a frame was restored with; None where there were none."""
    if restoration is None or restoration.normalisation != "anscombe":
        return None
    found = restoration.normalised_with
    gain, offset, read_noise = (found.get(name, nan) for name in ("gain", "offset", "read_noise"))
    try:
        return CameraNoise(gain, offset, read_noise, round(found.get("binning", 1.0)))
    except ConfigError:
        return None  # of another version, or damaged on the way


def raw_variance(noise: CameraNoise, expected: float) -> float:
    """Return the variance of a raw pixel, counts², that expects so many counts."""
    gain = noise.gain_adu_per_e
    return gain * max(expected - noise.offset_adu, 0.0) + (gain * noise.read_noise_e) ** 2


def why_unknown(restoration: Restoration | None) -> str:
    """Say in plain words why `camera_noise_of` returned None."""
    if restoration is None:
        return "no restored frame yet"
    if restoration.passed_through:
        return "this frame is raw: no engine was ready, or a guard objected"
    if restoration.normalisation != "anscombe":
        return (
            f"the normalisation '{restoration.normalisation}' knows nothing of the camera's noise; "
            "'anscombe' does"
        )
    return "the run does not say what the camera's gain, offset and read noise are"
