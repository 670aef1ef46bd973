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
    wanted = 0 if channel is None else channel
    low, high = find_recordings([path], wanted), find_recordings([path], reference.channel)
    if low[0].channel == reference.channel:
        raise UsageError(
            f"{path}: channel {wanted} holds the reference frames, which are the clean side: leave "
            "--channel out"
        )
    found: dict[tuple[int, int], set[int]] = {}
    for line in reader.lines("raw"):
        found.setdefault((line.position.c, line.position.p), set()).add(line.position.t)
    pairs = []
    for noisy, clean in zip(low, high, strict=True):
        taken = (found.get((each.channel, each.position), set()) for each in (noisy, clean))
        times = tuple(sorted(set.intersection(*taken)))
        if times:
            named = f"{clean.name}, reference"
            pairs.append(
                (
                    replace(noisy, size_t=len(times), times=times),
                    replace(clean, size_t=len(times), times=times, name=named),
                )
            )
    if not pairs:
        raise UsageError(f"{path}: no reference frame was recorded; record for longer")
    return pairs
