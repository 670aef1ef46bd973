"""Registered pairs: a noisy and a clean picture of each field, taken one after the other."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.references.shifting import overlap
from livecare.training.pairs.alignment import Offset, check_shift, common_region
from livecare.training.pairs.brightness import Match, settle
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
    notes = check_recordings(noisy, reader, settings)
    notes += check_recordings(clean, reader, settings)
    if not matching.by_name:
        notes.append(
            "low and high were paired in the order of their names, since the names differ: "
            + ", ".join(f"{one.name} with {two.name}" for one, two in matching.pairs[:3])
        )
    notes += _check_sides(matching.pairs, reader)
    footage, matched = _footage(matching.pairs, reader, settings)
    provenance = describe("care", settings, footage, clean=[two for _, two in matching.pairs])
    return FootagePatches(split(footage, settings), settings, provenance, [*notes, matched])


def _footage(
    pairs: Sequence[tuple[Recording, Recording]], reader: FrameReader, settings: PairSettings
) -> tuple[list[Footage], str]:
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
    fits = [
        _fit(low, high, reader, frame, offset)
        for (low, high), moved in zip(pairs, offsets, strict=True)
        for frame, offset in enumerate(moved)
    ]
    matches, steady = settle(fits)
    left = iter(matches)
    footage = []
    for (low, high), moved in zip(pairs, offsets, strict=True):
        alignments = [Alignment(each.whole_yx, each.rest_yx, next(left)) for each in moved]
        partner = Registered(high, reader, alignments, clean=True)
        region = common_region(low.shape_yx, moved)
        footage.append(Footage.of(low, reader, partner, settings, region))
    scale = 1 / float(np.median([match.scale for match in matches]))
    said = "by one scale for all" if steady else "by a scale for each, since they differ"
    return footage, f"the clean side is {scale:.3g} times as bright; it was matched {said}"


def _fit(low: Recording, high: Recording, reader: FrameReader, frame: int, offset: Offset) -> Match:
    """Match the brightness of a pair where both show the same."""
    noisy, clean = _pictures(low, high, reader)(frame)
    here, there = overlap(low.shape_yx, offset.whole_yx)
    return Match.between(noisy[here], clean[there], f"{low.label(frame)} and {high.name}")


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
        for noisy, clean in (_pictures(low, high, reader)(0) for low, high in pairs)
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
