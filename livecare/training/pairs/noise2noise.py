"""Pairs of two noisy pictures of one scene: from one recording, or from two."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.training.pairs.alignment import Offset, check_shift, common_region
from livecare.training.pairs.checks import check_recordings
from livecare.training.pairs.footage import Footage
from livecare.training.pairs.matching import match_recordings
from livecare.training.pairs.partners import Alignment, Neighbours, Partner, Registered, Repeats
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import Recording, check_types, find_recordings
from livecare.training.pairs.sampler import FootagePatches
from livecare.training.pairs.settings import PairSettings
from livecare.training.pairs.split import split
from livecare.training.pairs.stillness import is_still
from livecare.training.pairs.telling import describe

DIMMER: Final = 0.1
"""Part by which the second recording may be brighter or dimmer than the first."""
REST_PX: Final = 0.25
"""A rest of a shift that cropping leaves, from which it is worth a warning."""


def successive_pairs(
    paths: Sequence[Path], settings: PairSettings, *, static: bool | None = None
) -> FootagePatches:
    """Learn from the frames of each recording: neighbours, or repeats of a scene that is still.

    Parameters
    ----------
    paths : sequence of Path
        Files or folders of recordings, each of two frames or more.
    settings : PairSettings
        Units, split, augmentation.
    static : bool or None
        Whether the scenes are still, so that a frame's target may be the mean of the others near
        it; None to measure it for each recording.

    Raises
    ------
    UsageError
        If the recordings cannot be learnt from; names the file or frame and the cure.
    """
    recordings = find_recordings(paths, settings.channel)
    check_types(recordings)
    for recording in recordings:
        if recording.size_t < 2:  # noqa: PLR2004 a pair
            raise _lone(recording)
    reader = FrameReader(settings.cache_bytes)
    notes = check_recordings(recordings, reader, settings)
    for recording in recordings:
        _check_two_differ(recording, reader)
    still = [is_still(each, reader) if static is None else static for each in recordings]
    footage = [
        Footage.of(each, reader, _partner(each, reader, static=here), settings)
        for each, here in zip(recordings, still, strict=True)
    ]
    notes.append(_compared(recordings, still, said=static is not None))
    parts = split(footage, settings, still=all(still))
    provenance = describe("noise2noise: frames of one recording", settings, footage)
    return FootagePatches(parts, settings, {**provenance, "still": sum(still)}, notes)


def _lone(recording: Recording) -> UsageError:
    """Return what is wrong with a recording of one time point."""
    if recording.size_z > 1:
        return UsageError(
            f"{recording.name} has {recording.size_z} planes of one time point; n2n compares time "
            "points. If the planes are such, save them as a time series (in Fiji, Image > "
            "Properties: 1 slice and as many frames), else use the method n2v2"
        )
    return UsageError(
        f"{recording.name} has one frame only; n2n compares two of one scene. Record "
        "several, or use the method n2v2, which needs one"
    )


def _compared(recordings: Sequence[Recording], still: Sequence[bool], *, said: bool) -> str:
    """Say which frames are compared with which."""
    mean, near = "with the mean of the others", "with its neighbours"
    so = "is said to" if said else "does"
    if len(still) == 1:
        [one] = recordings
        if still[0]:
            return f"{one.name} {so} not move: each frame is compared {mean}"
        return f"{one.name} {'is said to move' if said else 'moves'}: each frame is compared {near}"
    if all(still):
        return f"none of the {len(still)} recordings moves: each frame is compared {mean}"
    if not any(still):
        return f"all {len(still)} recordings move: each frame is compared {near}"
    return (
        f"{sum(still)} of {len(still)} recordings do not move: there each frame is compared "
        f"{mean}, elsewhere {near}"
    )


def _check_two_differ(recording: Recording, reader: FrameReader) -> None:
    first, second = reader.read(recording, 0), reader.read(recording, 1)
    if np.array_equal(first, second):
        raise UsageError(
            f"{recording.label(0)} and {recording.label(1)} are identical: two exposures never "
            "are. Leave copies out, or use the method n2v2"
        )


def _partner(recording: Recording, reader: FrameReader, *, static: bool) -> Partner:
    return Repeats(recording, reader) if static else Neighbours(recording, reader)


def twin_pairs(
    first: Sequence[Path], second: Sequence[Path], settings: PairSettings
) -> FootagePatches:
    """Learn from two noisy recordings of each scene, frame by frame.

    With `align` a shift is undone by cropping whole pixels: a noisy picture is never interpolated.

    Raises
    ------
    UsageError
        If the pairs cannot be learnt from; names the file or frame and the cure.
    """
    sides = [find_recordings(paths, settings.channel) for paths in (first, second)]
    check_types([*sides[0], *sides[1]])
    matching = match_recordings(*sides)
    reader = FrameReader(settings.cache_bytes)
    for one, other in matching.pairs:
        if other.frames == 1 < one.frames:
            raise UsageError(
                f"{other.name} has one frame for the {one.frames} of {one.name}, so that its noise "
                "would be learnt; give as many frames of each"
            )
    both = [each for pair in matching.pairs for each in pair]
    notes = check_recordings(both, reader, settings)
    footage = []
    for one, other in matching.pairs:
        pair = _Twins(one, other, reader)
        notes += pair.compare_brightness()
        offsets = check_shift(
            pair.pictures, one.frames, f"{one.name} and {other.name}", align=settings.align
        )
        notes += pair.compare_rests(offsets)
        alignments = [Alignment(each.whole_yx) for each in offsets]
        partner = Registered(other, reader, alignments, clean=False)
        region = common_region(one.shape_yx, offsets)
        footage.append(Footage.of(one, reader, partner, settings, region))
    names = [other for _, other in matching.pairs]
    provenance = describe("noise2noise: two recordings", settings, footage, names)
    return FootagePatches(split(footage, settings), settings, provenance, notes)


@dataclass(frozen=True, slots=True)
class _Twins:
    one: Recording
    other: Recording
    reader: FrameReader

    def pictures(self, frame: int) -> tuple[Pixels, Pixels]:
        same = frame if self.other.frames > 1 else 0
        return self.reader.read(self.one, frame), self.reader.read(self.other, same)

    def compare_brightness(self) -> list[str]:
        """Note when the two are not exposed alike: the network would learn the difference."""
        first, second = (np.asarray(each, np.float32) for each in self.pictures(0))
        dark = float(min(np.percentile(first, 1), np.percentile(second, 1)))
        ratio = (float(second.mean()) - dark) / max(float(first.mean()) - dark, 1e-6)
        if abs(ratio - 1) <= DIMMER:
            return []
        said = (
            f"{self.other.name} is {ratio:.2f} times as bright as {self.one.name}; n2n learns the "
            "brightness of the second recording. Record both alike, or use the method care"
        )
        return [said]

    def compare_rests(self, offsets: Sequence[Offset]) -> list[str]:
        """Note what cropping cannot undo."""
        rest = max(max(abs(each.rest_yx[0]), abs(each.rest_yx[1])) for each in offsets)
        if rest <= REST_PX:
            return []
        said = (
            f"{self.one.name} and {self.other.name} stay {rest:.2f} pixels apart: noisy pictures "
            "are shifted by whole pixels only; detail of that size will be blurred"
        )
        return [said]
