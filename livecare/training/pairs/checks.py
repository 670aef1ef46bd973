"""What is wrong with recordings, said before anybody waits for a training."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import Recording
from livecare.training.pairs.settings import PairSettings

SPREAD_FRAMES: Final = 64
"""Frames looked at in each recording where all of them together do not fit in memory."""
SATURATED: Final = 0.005
"""Part of the pixels at the top of the scale from which a recording counts as saturated."""


def check_recordings(
    recordings: Sequence[Recording], reader: FrameReader, settings: PairSettings
) -> list[str]:
    """Look at the frames; return what is worth a warning.

    Raises
    ------
    UsageError
        If a frame cannot be learnt from; names it and the cure.
    """
    saturated = {}
    for recording in recordings:
        check_size(recording, settings)
        parts = [
            _check_frame(reader.read(recording, frame), recording.label(frame))
            for frame in frames_to_check(recording, recordings, reader)
        ]
        if max(parts) > SATURATED:
            saturated[recording.name] = max(parts)
    notes = _left_out(recordings)
    if not saturated:
        return notes
    worst = max(saturated, key=lambda name: saturated[name])
    said = (
        f"{len(saturated)} of {len(recordings)} recordings are saturated, the most in {worst}, "
        f"where {saturated[worst]:.1%} of a frame's pixels are; what was brighter there cannot be "
        "learnt. Lower the exposure when recording"
    )
    return [*notes, said]


def _left_out(recordings: Sequence[Recording]) -> list[str]:
    """Say how many time points are not learnt from."""
    worst = max(recordings, key=lambda each: each.left_out)
    if not worst.left_out:
        return []
    total = sum(each.left_out for each in recordings)
    said = (
        f"{total} time points are left out, since frames of them are missing; the most, "
        f"{worst.left_out} of {worst.left_out + worst.size_t}, in {worst.name}"
    )
    return [said]


def frames_to_check(
    recording: Recording, recordings: Sequence[Recording], reader: FrameReader
) -> Iterator[int]:
    """Give all frames where the recordings fit in memory, else some spread over the recording."""
    total = sum(
        each.frames * each.shape_yx[0] * each.shape_yx[1] * np.dtype(each.dtype).itemsize
        for each in recordings
    )
    looked_at = recording.frames
    if total > reader.limit_bytes:
        looked_at = min(SPREAD_FRAMES, recording.frames)
    yield from sorted(
        {int(frame) for frame in np.linspace(0, recording.frames - 1, looked_at).round()}
    )


def check_size(recording: Recording, settings: PairSettings) -> None:
    """Refuse frames that are smaller than a patch or than what one output pixel looks at.

    Raises
    ------
    UsageError
        Names the recording, both sizes and the cure.
    """
    rows, columns = recording.shape_yx
    if min(rows, columns) < settings.least_px:
        why = (
            f"patches of {settings.patch_px} pixels: give smaller ones with --patch"
            if settings.patch_px >= settings.least_px
            else f"the network, which looks {settings.receptive_px} pixels far: "
            "choose one that looks less far with --network (docs/training.md)"
        )
        raise UsageError(
            f"{recording.name}: frames of {rows} × {columns} pixels are too small for {why}, "
            "or give larger frames"
        )


def _check_frame(frame: Pixels, label: str) -> float:
    """Return the part of the pixels that is saturated."""
    lowest, highest = frame.min(), frame.max()
    if lowest == highest:
        raise UsageError(
            f"{label}: every pixel is {lowest}; a constant image teaches nothing. "
            "Leave dark or failed frames out"
        )
    if np.issubdtype(frame.dtype, np.floating):
        return 0.0
    top = int(highest)
    if top < 15 or top & (top + 1):  # noqa: PLR2004 a digitiser's full scale is 2**bits - 1
        return 0.0
    return float(np.mean(frame == highest))
