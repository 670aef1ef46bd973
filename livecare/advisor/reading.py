"""Knows how series are read from recordings, and where these say their exposure."""

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import tifffile

from livecare.advisor.series import Series
from livecare.errors import UsageError
from livecare.exposure import exposure_in
from livecare.images import ImageFile, open_images

MOST_FRAMES: Final = 64
"""Frames of a recording that are looked at: more take memory and tell little more."""
TO_MS: Final = {"s": 1e3, "ms": 1.0, "µs": 1e-3, "us": 1e-3, "ns": 1e-6}
"""Milliseconds per unit of an OME exposure time."""
_OME_EXPOSURE: Final = re.compile(r'ExposureTime="([^"]+)"')
_OME_UNIT: Final = re.compile(r'ExposureTimeUnit="([^"]+)"')


def read_series(files: Sequence[Path], exposures_ms: Sequence[float]) -> list[Series]:
    """Read one series from each recording: its first channel, place and plane.

    Parameters
    ----------
    files : sequence of Path
        Recordings of any format that `livecare.images` reads.
    exposures_ms : sequence of float
        One for each file, or none to take what the files say.

    Raises
    ------
    UsageError
        If a file cannot be read, or its exposure is not known; names the file.
    """
    if exposures_ms and len(exposures_ms) != len(files):
        raise UsageError(
            f"--exposure-ms: {len(exposures_ms)} exposures for {len(files)} files; give one for "
            "each, in their order, separated by commas"
        )
    given: list[float | None] = [*exposures_ms] or [None] * len(files)
    return [_read(file, known) for file, known in zip(files, given, strict=True)]


def parse_exposures(text: str) -> list[float]:
    """Read "10,50" as ms. Raises UsageError."""
    try:
        found = [float(each) for each in text.split(",") if each.strip()]
    except ValueError as error:
        raise UsageError(
            f"--exposure-ms {text}: give milliseconds, separated by commas, for example 10,50"
        ) from error
    if any(not (0 < each < float("inf")) for each in found):
        raise UsageError(f"--exposure-ms {text}: every exposure must be above 0 ms")
    return found


def _read(file: Path, exposure_ms: float | None) -> Series:
    with open_images(file) as images:
        known = exposure_ms or _said_by(images)
        if known is None:
            raise UsageError(f"{file} does not say its exposure; give --exposure-ms")
        found = (images.find(at.t, at.c, at.z, at.p) for at in images.in_time())
        there = (frame for frame in found if frame is not None)
        frames: list[Any] = list(islice(there, MOST_FRAMES))
        if not frames:
            raise UsageError(f"{file} holds no frame of its first channel; give another recording")
        return Series(known, np.stack(frames), images.name)


def _said_by(images: ImageFile) -> float | None:
    """Return the exposure that a recording names, ms; None where it names none."""
    known = exposure_in(images.metadata)
    if known is not None:
        return known
    if images.metadata.get("format") != "ome-tiff":
        return None
    with tifffile.TiffFile(images.path) as tiff:
        text = tiff.ome_metadata or ""
    times, units = set(_OME_EXPOSURE.findall(text)), set(_OME_UNIT.findall(text)) or {"s"}
    if len(times) != 1 or len(units) != 1:
        return None
    return float(times.pop()) * TO_MS.get(units.pop(), 0.0) or None
