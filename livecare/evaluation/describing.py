"""What the report says and draws of an image set: its example frame, and its facts in words."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from livecare.evaluation.contestants import Restored
from livecare.evaluation.imageset import ImageSet
from livecare.evaluation.judging import Frame
from livecare.evaluation.metrics import coverage_curve, radial_power
from livecare.evaluation.metrics.smoothing import gaussian
from livecare.evaluation.picturing import View
from livecare.evaluation.preparing import Prepared
from livecare.evaluation.results import Curves

EXAMPLE_SMOOTHING_PX: Final = 1.5
"""Where there is no truth the example's brightness is taken from a raw frame smoothed so."""


def choose_view(first: Prepared) -> View:
    """Choose what the pictures show: the first scored frame of the first recording."""
    frame = first.frames[0]
    smooth = gaussian(frame.raw.astype(np.float32), EXAMPLE_SMOOTHING_PX)
    reference = smooth if frame.truth is None else frame.truth.image
    noise = frame.camera
    light = max(float(reference.mean()) - noise.offset_adu, 0.0)
    variance = noise.gain_adu_per_e * light + (noise.gain_adu_per_e * noise.read_noise_e) ** 2
    return View.of(reference, error_limit=max(variance**0.5, 1e-6))


def show_example(frame: Frame, restored: Restored, view: View) -> tuple[Curves, dict[str, str]]:
    """Return what the report draws of the example frame, as one contestant restored it."""
    image = frame.fitted(restored.pixels)
    left = frame.residual(restored.pixels)
    pictures = {"image": view.picture(image)}
    inside: tuple[float, ...] = ()
    if frame.truth is not None:
        pictures["error"] = view.error_map(image, frame.truth.image)
        if restored.spread is not None:
            inside = coverage_curve(
                restored.pixels,
                restored.spread,
                frame.truth.image,
                truth_noise=frame.truth_noise,
            )
    curves = Curves(
        profile=view.profile(image),
        spectrum=tuple(float(power) for power in radial_power(image)),
        residual_x=left.along_x,
        residual_y=left.along_y,
        coverage=inside,
    )
    return curves, pictures


def truth_curves(first: Prepared, view: View) -> Curves | None:
    """Return the truth's profile and spectrum in the example frame; None without a truth."""
    truth = first.frames[0].truth
    if truth is None:
        return None
    power = tuple(float(value) for value in radial_power(truth.image))
    return Curves(profile=view.profile(truth.image), spectrum=power)


def describe_example(images: ImageSet, first: Prepared, view: View) -> dict[str, str]:
    """Return what the pictures show, in words, and the picture of the truth."""
    truth = first.frames[0].truth
    found = {
        "recording": first.recording.name,
        "frame": str(images.indices(first.recording)[0]),
        "error_limit": f"{view.error_limit:.3g}",
        "area": f"rows {view.row}–{view.row + view.rows - 1}, "
        f"columns {view.column}–{view.column + view.columns - 1}",
        "first_column": str(view.column),
        "line": str(view.line),
    }
    return found if truth is None else {**found, "truth": view.picture(truth.image)}


def describe_set(images: ImageSet, prepared: Sequence[Prepared]) -> dict[str, str]:
    """Return frames, truth, camera and range of a set, in words."""
    shapes = {each.recording.frames.shape[1:] for each in prepared}
    scored = sum(len(each.frames) for each in prepared)
    several = len(prepared) > 1
    return {
        "frames scored": f"{scored} of {len(prepared)} recording{'s' if several else ''}, "
        + ("evenly spread" if prepared[0].recording.repeats else "the first of each"),
        "pixels": ", ".join(f"{rows} × {columns}" for rows, columns in sorted(shapes)),
        "camera": prepared[0].camera.words + (" (first recording)" if several else ""),
        "noise": _noise_words(prepared[0].camera.correlation_yx),
        "truth": _truth_words(images),
        "range": f"{images.peak:g} counts" if images.peak else "p99.9 − p0.1 of the truth",
        "affine fit": "yes: PSNR, SSIM and NRMSE after it" if images.affine else "no",
    }


def _noise_words(correlation_yx: tuple[float, float]) -> str:
    if any(math.isnan(value) for value in correlation_yx):
        return "these frames do not show whether neighbours share it"
    told = " / ".join(f"{value:.3f}" for value in correlation_yx)
    return f"neighbour correlation {told} (y / x)"


def _truth_words(images: ImageSet) -> str:
    if not images.has_truth:
        return "none"
    if all(recording.repeats for recording in images.recordings):
        return "mean of the other frames; its own noise is subtracted from the error"
    averaged = {recording.truth_frames for recording in images.recordings} - {0}
    if averaged:
        return f"mean of {min(averaged)} frames; its own noise is allowed for in coverage"
    return "given"
