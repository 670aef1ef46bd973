"""Whether the noise of pixels depends on their neighbours', which blinds Noise2Void."""

from collections.abc import Sequence
from typing import Final

from livecare.frame import Pixels
from livecare.models.noise_estimate import LEAST_SIDE, NoiseEstimate, estimate_noise
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import Recording
from livecare.training.pairs.stillness import is_still

LOOKED_AT: Final = 8
"""Recordings looked at; noise is the camera's, so a few tell."""
FRAMES: Final = 8
"""Frames of each that are looked at."""


def structure_notes(recordings: Sequence[Recording], reader: FrameReader) -> list[str]:
    """Return a warning for each recording whose noise is not independent from pixel to pixel.

    Successive frames of a still scene show the noise; of one that moves, each frame alone.
    """
    step = max(1, len(recordings) // LOOKED_AT)
    notes = []
    for recording in recordings[::step][:LOOKED_AT]:
        estimate = noise_structure(recording, reader)
        if estimate is not None and not estimate.pixelwise_independent:
            notes.append(_warning(recording.name, estimate))
    return notes


def noise_structure(recording: Recording, reader: FrameReader) -> NoiseEstimate | None:
    """Estimate the noise of a recording; None where frames are too small to tell."""
    if min(recording.shape_yx) < LEAST_SIDE:
        return None
    frames: list[Pixels] = [reader.read(recording, 0)]
    if is_still(recording, reader):
        frames = [reader.read(recording, at) for at in range(min(FRAMES, recording.size_t))]
    return estimate_noise(frames)


def _warning(name: str, estimate: NoiseEstimate) -> str:
    down, right = estimate.correlation_yx
    stripes = " and whole rows or columns share noise" if estimate.striped else ""
    return (
        f"{name}: pixel-wise independence violated: use structn2v. The noise of neighbours is "
        f"correlated by {down:.2f} along columns and {right:.2f} along rows{stripes}; n2v and n2v2 "
        "would keep such noise"
    )
