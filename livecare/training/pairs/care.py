"""Registered pairs: a noisy and a clean picture of each field, taken one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.references.shifting import overlap
from livecare.training.pairs.alignment import Offset, check_shift, common_region
from livecare.training.pairs.brightness import Match, both_show, settle
from livecare.training.pairs.checks import check_recordings
from livecare.training.pairs.footage import Footage
from livecare.training.pairs.graininess import graininess
from livecare.training.pairs.matching import match_recordings
from livecare.training.pairs.partners import Alignment, Registered
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import Recording, check_types
from livecare.training.pairs.referenced import find_sides
from livecare.training.pairs.sampler import FootagePatches
from livecare.training.pairs.settings import PairSettings
from livecare.training.pairs.split import split
from livecare.training.pairs.telling import describe

SWAPPED: Final = 1.25
"""A clean side so many times grainier than the noisy side is the noisy side."""
ALIKE: Final = 0.8
"""A clean side of more than so much of the noisy side's grain is no clean side."""


def care_pairs(low: Sequence[Path], high: Sequence[Path], settings: PairSettings) -> FootagePatches:
    """Learn from registered pairs.

    Parameters
    ----------
    low, high : sequence of Path
        Files or folders of noisy and of clean recordings; matched by name, or by order. A clean
        recording of one frame serves all frames of its noisy one. A recording with reference
        frames, given as both, has its pairs in itself.
    settings : PairSettings
        Units, split, augmentation; `align` undoes shifts.

    Raises
    ------
    UsageError
        If the pairs cannot be learnt from; names the file or frame and the cure.
    """
    noisy, clean = find_sides(low, high, settings.channel)
    for side in (noisy, clean):
        check_types(side)
    matching = match_recordings(noisy, clean)
    reader = FrameReader(settings.cache_bytes)
    notes = check_recordings([one for one, _ in matching.pairs], reader, settings)
    notes += check_recordings([two for _, two in matching.pairs], reader, settings)
    if not matching.by_name:
        notes.append(
            "low and high were paired in the order of their names, since the names differ: "
            + ", ".join(f"{one.name} with {two.name}" for one, two in matching.pairs[:3])
        )
    notes += _check_sides(matching.pairs, reader)
    footage, matched = _footage(matching.pairs, reader, settings)
    provenance = describe("care", settings, footage, clean=[two for _, two in matching.pairs])
    same = all(two.frames == 1 for _, two in matching.pairs)  # one target: later frames have it too
    parts = split(footage, settings, still=same)
    return FootagePatches(parts, settings, provenance, [*notes, *matched])


def _footage(
    pairs: Sequence[tuple[Recording, Recording]], reader: FrameReader, settings: PairSettings
) -> tuple[list[Footage], list[str]]:
    """Align and match all pairs; say how bright the clean side is."""
    offsets = [
        check_shift(
            _pictures(low, high, reader),
            low.frames,
            f"{low.name} and {high.name}",
            align=settings.align,
        )
        for low, high in pairs
    ]
    frames = [
        _Pair(low, high, reader, frame, offset)
        for (low, high), moved in zip(pairs, offsets, strict=True)
        for frame, offset in enumerate(moved)
    ]
    matches, said = _matches(frames)
    left = iter(matches)
    footage = []
    for (low, high), moved in zip(pairs, offsets, strict=True):
        alignments = [Alignment(each.whole_yx, each.rest_yx, next(left)) for each in moved]
        partner = Registered(high, reader, alignments, clean=True)
        region = common_region(low.shape_yx, moved)
        footage.append(Footage.of(low, reader, partner, settings, region))
    return footage, said


@dataclass(frozen=True, slots=True)
class _Pair:
    low: Recording
    high: Recording
    reader: FrameReader
    frame: int
    offset: Offset

    def pictures(self) -> tuple[Pixels, Pixels]:
        """Return what both show."""
        noisy, clean = _pictures(self.low, self.high, self.reader)(self.frame)
        here, there = overlap(self.low.shape_yx, self.offset.whole_yx)
        return noisy[here], clean[there]

    def unlike(self) -> UsageError:
        """Return what is wrong with it where the two have nothing in common."""
        return UsageError(
            f"{self.low.label(self.frame)} and {self.high.name}: the two pictures have nothing in "
            "common; check that low and high are listed in the same order and show the same field"
        )


def _matches(pairs: Sequence[_Pair]) -> tuple[list[Match], list[str]]:
    """Match the brightness of all pairs; those that show nothing as the others'."""
    fits = [Match.between(*pair.pictures()) for pair in pairs]
    seen = [fit for fit in fits if fit is not None]
    if not seen:
        raise pairs[0].unlike()
    middle, steady = settle(seen)
    for pair, fit in zip(pairs, fits, strict=True):
        if fit is None and both_show(*pair.pictures()):
            raise pair.unlike()
    how = "by one scale for all" if steady else "by a scale for each, since they differ"
    said = [f"the clean side is {1 / middle.scale:.3g} times as bright; it was matched {how}"]
    if len(seen) < len(fits):
        said.append(
            f"{len(fits) - len(seen)} of {len(fits)} frames show nothing; their brightness was "
            "matched as the others'"
        )
    return [middle if steady or fit is None else fit for fit in fits], said


def _pictures(
    low: Recording, high: Recording, reader: FrameReader
) -> Callable[[int], tuple[Pixels, Pixels]]:
    def pair_of(frame: int) -> tuple[Pixels, Pixels]:
        same = frame if high.frames > 1 else 0
        return reader.read(low, frame), reader.read(high, same)

    return pair_of


def _check_sides(pairs: Sequence[tuple[Recording, Recording]], reader: FrameReader) -> list[str]:
    """Refuse pairs whose clean side is the noisier one; note one that is hardly cleaner."""
    ratios = [
        graininess(clean) / max(graininess(noisy), 1e-12)
        for noisy, clean in (_pictures(low, high, reader)(low.frames // 2) for low, high in pairs)
    ]
    ratio = float(np.median(ratios))
    low, high = pairs[int(np.argmax(ratios))]
    if ratio > SWAPPED:
        raise UsageError(
            f"{high.name}, given as the clean side, is {ratio:.1f} times as grainy as {low.name}; "
            "low and high seem to be swapped: exchange --low and --high"
        )
    if ratio > ALIKE:
        said = f"{high.name} is hardly less grainy than {low.name}; if both are noisy, use n2n"
        return [said]
    return []
