"""Pairs of observed value and signal, to fit a noise model to.

The signal is the mean of the other frames of a calibration recording (a scene that does not move,
of all brightnesses: slightly defocused is best), or a denoised recording (bootstrap; Prakash et
al. 2020, doi:10.1109/ISBI45749.2020.9098612).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import Recording, find_recordings
from livecare.training.pairs.settings import CACHE_BYTES
from livecare.training.pairs.stillness import is_still

LEAST_FRAMES = 10
"""Frames of a calibration: their mean has a third of the noise that one frame has."""
MOST_FRAMES = 200
"""Frames used at most, spread over the recording."""
SAMPLES = 2_000_000
"""Pairs used at most."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Pairs of what was observed and what should have been.

    Attributes
    ----------
    observed, signal : ndarray, shape (n,), float32
        Camera counts.
    """

    observed: Values
    signal: Values


def calibrate(path: Path, channel: int | str | None = None) -> Calibration:
    """Take pairs from a calibration recording.

    Raises
    ------
    UsageError
        If a recording has too few frames or its scene moves; names it and the cure.
    """
    reader = FrameReader(CACHE_BYTES)
    recordings = find_recordings([path], channel)
    parts = [_from_still(each, reader, SAMPLES // len(recordings)) for each in recordings]
    return _joined(parts)


def bootstrap(noisy: Sequence[Pixels], denoised: Sequence[Pixels]) -> Calibration:
    """Take pairs from frames and what a first network made of them, both in camera counts.

    Raises
    ------
    UsageError
        If numbers or shapes differ, or there is no frame.
    """
    if len(noisy) != len(denoised) or not noisy:
        raise UsageError(
            f"noise model: {len(noisy)} noisy and {len(denoised)} denoised frames; give as many of "
            "each, at least one"
        )
    for index, (one, other) in enumerate(zip(noisy, denoised, strict=True)):
        if one.shape != other.shape:
            raise UsageError(
                f"noise model: frame {index} has shape {one.shape} noisy and {other.shape} "
                "denoised; denoise the same frames"
            )
    share = max(1, SAMPLES // len(noisy))
    return _joined(
        [_thinned(one, other, share) for one, other in zip(noisy, denoised, strict=True)]
    )


def _from_still(recording: Recording, reader: FrameReader, samples: int) -> Calibration:
    if recording.size_t < LEAST_FRAMES:
        raise UsageError(
            f"{recording.name} has {recording.size_t} frames; a calibration needs {LEAST_FRAMES} "
            "or more of one scene that does not move"
        )
    if not is_still(recording, reader):
        raise UsageError(
            f"{recording.name}: the scene changes between frames, so their mean is not the signal; "
            "record one that does not move nor bleach, or bootstrap from a denoised recording"
        )
    chosen = np.linspace(0, recording.size_t - 1, min(MOST_FRAMES, recording.size_t)).round()
    frames = [int(frame) for frame in chosen]
    total = np.zeros(recording.shape_yx, np.float64)
    for frame in frames:
        total += reader.read(recording, frame)
    parts = []
    for frame in frames:
        pixels = reader.read(recording, frame)
        parts.append(_thinned(pixels, (total - pixels) / (len(frames) - 1), samples // len(frames)))
    return _joined(parts)


def _thinned(observed: Pixels, signal: Pixels, most: int) -> Calibration:
    step = max(1, -(-observed.size // max(1, most)))
    return Calibration(
        np.asarray(observed.ravel()[::step], np.float32),
        np.asarray(signal.ravel()[::step], np.float32),
    )


def _joined(parts: Sequence[Calibration]) -> Calibration:
    return Calibration(
        np.concatenate([part.observed for part in parts]),
        np.concatenate([part.signal for part in parts]),
    )
