"""A calibration as people read it."""

from collections.abc import Iterator
from pathlib import Path

from livecare.camera import Calibration
from livecare.camera.shelf import Entry


def describe(calibration: Calibration) -> Iterator[str]:
    """Yield its lines."""
    made = calibration
    dark = f", {made.dark_frames} dark frames" if made.dark_frames else ""
    facts = {
        "camera": made.key.words,
        "measured": f"{made.measured}, {made.method}: {made.frames} frames{dark}",
        "gain": f"{made.gain.words} counts per electron",
        "offset": f"{made.offset.words} counts",
        "read noise": f"{made.read_noise.words} electrons",
        "noise-free level": f"{made.noise_free_level.words} counts",
        "levels": f"{made.levels[0]:.4g} to {made.levels[1]:.4g} counts",
        "full at": "not reached" if made.saturation is None else f"{made.saturation:g} counts",
        "shared noise": f"neighbours {made.correlation_yx[0]:.2f} along columns, "
        f"{made.correlation_yx[1]:.2f} along rows; rows {made.row_share:.1%}, "
        f"columns {made.column_share:.1%}",
        "hot pixels": f"{made.hot_pixels} of {made.pixels} ({made.hot_pixels / made.pixels:.2%})",
    }
    if made.gain_map_error is not None:
        facts["gain of each pixel"] = f"known to {made.gain_map_error:.0%}"
    for name, found in facts.items():
        yield f"{name:<18}  {found}"
    if not made.separated:
        yield (
            "note: offset and read noise are not told apart by these frames. The noise of every "
            "brightness is known all the same; dark frames (--dark), or more frames, tell them"
        )
    for warning in made.warnings:
        yield f"warning: {warning}"


def snippet(calibration: Calibration) -> str:
    """Return the table that a configuration would have."""
    return (
        "[restorer.camera]\n"
        f"gain = {calibration.gain.value:.5g}\n"
        f"offset = {calibration.offset.value:.6g}\n"
        f"read_noise = {calibration.read_noise.value:.4g}"
    )


def where(calibration: Calibration, folder: Path, *, kept: bool) -> Iterator[str]:
    """Yield where it is, and what becomes of it."""
    yield f"wrote {folder}"
    if kept and calibration.key.camera and not calibration.serves:
        yield (
            "runs go on estimating the noise from their frames: neighbouring pixels share too much "
            "of it for values of single pixels"
        )
    elif kept and calibration.key.camera:
        yield (
            'runs whose source says this camera in this mode, as kind = "micromanager" does, '
            "restore with it from now on, unless the configuration has [restorer.camera] or "
            "calibrations = false"
        )
    elif kept:
        yield "no run knows that this is its camera: give --camera NAME, or use these values:"
        yield snippet(calibration)
    else:
        yield "to restore with it:"
        yield snippet(calibration)


def list_line(entry: Entry, width: int) -> str:
    """Return the line of one of several."""
    made = entry.calibration
    if made is None:
        return f"{entry.name:<{width}}  damaged: {entry.fault}"
    return (
        f"{entry.name:<{width}}  {made.measured[:10]}  gain {made.gain.value:.4g}, offset "
        f"{made.offset.value:.5g}, read noise {made.read_noise.value:.3g}  ({made.key.words})"
    )
