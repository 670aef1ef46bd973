"""What is kept apart to judge by: whole recordings where there are several, never mere patches.

Patches of one frame resemble each other; a network judged by the neighbours of what it learnt from
looks better than it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from livecare.errors import UsageError
from livecare.training.pairs.footage import Footage
from livecare.training.pairs.settings import PairSettings

LEAST_FRAMES: Final = 10
"""Frames of a single recording from which the last of them are kept apart, and not some rows."""
LEAST_BLOCK: Final = 2
"""Frames kept apart at least: one and its neighbour."""
LEAST_ROWS_PART: Final = 0.25
"""Part of the rows that is kept apart at least, where only rows can be."""


@dataclass(frozen=True, slots=True)
class Split:
    """What is trained on and what is kept apart.

    Attributes
    ----------
    training, validation : sequence of Footage
        None of either is empty.
    said : str
        How it was split, for people.
    """

    training: Sequence[Footage]
    validation: Sequence[Footage]
    said: str


def split(footage: Sequence[Footage], settings: PairSettings, *, still: bool = False) -> Split:
    """Keep a part of the footage apart.

    Parameters
    ----------
    footage : sequence of Footage
        At least one.
    settings : PairSettings
        How much, and the seed that chooses.
    still : bool
        Whether each recording shows the same picture again and again, so that later frames of it
        are nothing new.

    Raises
    ------
    UsageError
        If a single recording is too small to keep a part of it apart; names it and the cure.
    """
    if len(footage) > 1:
        return _by_recording(footage, settings)
    only = footage[0]
    if only.recording.size_t >= LEAST_FRAMES and only.recording.size_z == 1 and not still:
        return _by_time(only, settings)
    return _by_rows(only, settings)


def _by_recording(footage: Sequence[Footage], settings: PairSettings) -> Split:
    kept = min(len(footage) - 1, max(1, round(settings.validation_part * len(footage))))
    rng = np.random.default_rng(settings.seed)
    apart = {int(each) for each in rng.choice(len(footage), kept, replace=False)}
    validation = [each for index, each in enumerate(footage) if index in apart]
    names = ", ".join(each.recording.name for each in validation[:5])
    more = f" and {kept - 5} more" if kept > 5 else ""  # noqa: PLR2004 as many as are named
    return Split(
        [each for index, each in enumerate(footage) if index not in apart],
        validation,
        f"validation: {kept} of {len(footage)} recordings kept apart: {names}{more}",
    )


def _by_time(only: Footage, settings: PairSettings) -> Split:
    frames = only.recording.frames
    kept = max(LEAST_BLOCK, round(settings.validation_part * frames))
    return Split(
        [replace(only, frames=range(frames - kept))],
        [replace(only, frames=range(frames - kept, frames))],
        f"validation: the last {kept} of {frames} frames of {only.recording.name}, the only "
        "recording; give a second one for a fairer judgement",
    )


def _by_rows(only: Footage, settings: PairSettings) -> Split:
    axis = 0 if only.region_yx[0] >= only.region_yx[1] else 1
    length, what = only.region_yx[axis], ("rows", "columns")[axis]
    least = settings.patch_px * only.binning
    kept = max(least, round(LEAST_ROWS_PART * length))
    if length - kept < least:
        raise UsageError(
            f"{only.recording.name}: {length} {what} are too few to train on some and judge by "
            f"others with {only.patches_of(settings.patch_px)}; give smaller patches with "
            "--patch, or a second recording"
        )
    start, stop = only.region[axis].start, only.region[axis].stop
    parts = (slice(start, stop - kept), slice(stop - kept, stop))
    training, validation = (
        replace(only, region=(part, only.region[1]) if axis == 0 else (only.region[0], part))
        for part in parts
    )
    return Split(
        [training],
        [validation],
        f"validation: the last {kept} of {length} {what} of {only.recording.name}, the only "
        "recording; give a second one for a fairer judgement",
    )
