"""Whether a recording shows the same picture again and again, so that frames may be averaged."""

from typing import Final

import numpy as np

from livecare.models.block_means import block_means
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import Recording

LAG_FRAMES: Final = 8
"""Frames so far apart are compared with neighbours: as far as a target's frames reach."""
BLOCK_PX: Final = 2
"""Motion is looked for at a resolution of so many pixels."""
STILL: Final = 0.05
"""A scene is still when, between frames so far apart, it changes by less than this part of the
noise's variance. Live cells recorded for photon counting reach 0.03, a calcium movie 2."""
PAIRS: Final = 16
"""Pairs of frames compared at most."""
PLANES: Final = 5
"""Planes looked at, at most: the lowest or highest of a stack may show nothing."""


def is_still(recording: Recording, reader: FrameReader) -> bool:
    """Tell whether frames of a recording may stand for each other; False for fewer than 4.

    Planes from the lowest to the highest are looked at, and none of them may change.
    """
    if recording.size_t < 4:  # noqa: PLR2004 neighbours and others are needed
        return False
    planes = {int(z) for z in np.linspace(0, recording.size_z - 1, PLANES).round()}
    return all(_is_still_at(z, recording, reader) for z in sorted(planes))


def _is_still_at(z: int, recording: Recording, reader: FrameReader) -> bool:
    frames = recording.size_t
    lag = min(LAG_FRAMES, frames // 2)
    starts = sorted({int(at) for at in np.linspace(0, frames - 1 - lag, PAIRS).round()})
    near, far, noise = [], [], []
    for start in starts:
        first, second, last = (
            np.asarray(reader.read(recording, frames * z + frame), np.float32)
            for frame in (start, start + 1, start + lag)
        )
        noise.append(float(np.square(first - second).mean()))
        near.append(float(np.square(block_means(first - second, BLOCK_PX)).mean()))
        far.append(float(np.square(block_means(first - last, BLOCK_PX)).mean()))
    return float(np.mean(far) - np.mean(near)) <= STILL * float(np.mean(noise))
