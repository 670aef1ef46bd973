"""Pairs of observed value and signal, to fit a noise model to.

The signal is the mean of the other frames of a calibration recording: of a scene that does not
move, of all brightnesses; slightly defocused is best.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import Recording, find_recordings
from livecare.training.pairs.settings import CACHE_BYTES
from livecare.training.pairs.stillness import is_still

LEAST_FRAMES: Final = 10
"""Frames of a calibration: their mean has a third of the noise that one frame has."""
MOST_FRAMES: Final = 200
"""Frames used at most, spread over the recording."""
SAMPLES: Final = 2_000_000
"""Pairs used at most."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Pairs of what was observed and what should have been.

    Attributes
    ----------
    observed, signal : ndarray, shape (n,), float32
        Camera counts. What was observed is drawn so much nearer to the signal, which has a little
        noise itself, that the two differ by the noise of one frame.
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
    recordings = [each.in_time() for each in find_recordings([path], channel)]
    parts = [_from_still(each, reader, SAMPLES // len(recordings)) for each in recordings]
    return _joined(parts)


def _from_still(recording: Recording, reader: FrameReader, samples: int) -> Calibration:
    if recording.size_t < LEAST_FRAMES:
        raise UsageError(
            f"{recording.name} has {recording.size_t} frames; a calibration needs {LEAST_FRAMES} "
            "or more of one scene that does not move"
        )
    if not is_still(recording, reader):
        raise UsageError(
            f"{recording.name}: the scene changes between frames, so their mean is not the signal; "
            "record one that does not move nor bleach"
        )
    chosen = np.linspace(0, recording.size_t - 1, min(MOST_FRAMES, recording.size_t)).round()
    frames = [int(frame) for frame in chosen]
    total = np.zeros(recording.shape_yx, np.float64)
    for frame in frames:
        total += reader.read(recording, frame)
    one_frames_noise = np.sqrt(1 - 1 / len(frames))  # of that of a frame less its others' mean
    parts = []
    for frame in frames:
        pixels = reader.read(recording, frame)
        others = (total - pixels) / (len(frames) - 1)
        observed = others + one_frames_noise * (pixels - others)
        parts.append(_thinned(observed, others, samples // len(frames)))
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
