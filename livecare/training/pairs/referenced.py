"""Knows which frames of a recording are pairs: each reference frame, and the frame before it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from livecare.errors import StoreError, UsageError
from livecare.references import ReferenceStream
from livecare.sinks.reader import StoreReader
from livecare.training.pairs.recordings import Recording, find_recordings

Sides = tuple[tuple[Recording, ...], tuple[Recording, ...]]
"""Noisy and clean recordings; those of pairs within a recording stand at the same place."""


def find_sides(low: Sequence[Path], high: Sequence[Path], channel: int | str | None) -> Sides:
    """List the recordings of both sides; one that is given as both has its pairs in itself.

    Raises
    ------
    UsageError
        If there is none, or one that is given as both has no reference frames; names it.
    """
    both = [path for path in low if path in high]
    noisy: list[Recording] = []
    clean: list[Recording] = []
    for path in both:
        for one, other in _within(path, channel):
            noisy.append(one)
            clean.append(other)
    rest = [[path for path in side if path not in both] for side in (low, high)]
    for side, found in zip(rest, (noisy, clean), strict=True):
        if side or not both:
            found.extend(find_recordings(side, channel))
    return tuple(noisy), tuple(clean)


def _within(path: Path, channel: int | str | None) -> list[tuple[Recording, Recording]]:
    """Return the pairs of a recording, by stage position."""
    try:
        reader = StoreReader(path)
    except StoreError as error:
        raise UsageError(
            f"{path} is given as low and as high, and is no recording with reference frames "
            f"({error}): give the clean side with --high"
        ) from error
    reference = ReferenceStream.of(reader.info)
    if reference is None or reader.info.size_z > 1:
        why = "it has no reference frames" if reference is None else "it has several planes"
        raise UsageError(
            f"{path} is given as low and as high, and {why}: record with reference frames "
            "(docs/references.md) and one plane, or give the clean side with --high"
        )
    if all(line.position.c != reference.channel for line in reader.lines("raw")):
        raise _no_reference(path)
    wanted = 0 if channel is None else channel
    low, high = find_recordings([path], wanted), find_recordings([path], reference.channel)
    if low[0].channel == reference.channel:
        raise UsageError(
            f"{path}: channel {wanted} holds the reference frames, which are the clean side: leave "
            "--channel out"
        )
    pairs = []
    clean_at = {each.position: each for each in high}
    for noisy in low:
        clean = clean_at.get(noisy.position)
        if clean is not None and noisy.common(clean).frames:
            one, other = noisy.common(clean), clean.common(noisy)
            named = f"{clean.name}, reference"
            pairs.append((replace(one, left_out=0), replace(other, left_out=0, name=named)))
    if not pairs:
        raise _no_reference(path)
    return pairs


def _no_reference(path: Path) -> UsageError:
    return UsageError(f"{path}: no reference frame was recorded; record for longer")
