"""Which recording belongs to which: by name where names tell, else by order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from livecare.errors import UsageError
from livecare.training.pairs.recordings import Recording

SIDES: Final = re.compile(
    r"(?<![a-z])(low|high|raw|noisy|clean|gt|truth|groundtruth|source|target|input|snr|"
    r"exposure|avg|mean|lowsnr|highsnr)\d*(?![a-z])"
)
"""Words (with a number perhaps: avg400) that say which side of a pair a file is."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Recordings in pairs.

    Attributes
    ----------
    pairs : sequence of (Recording, Recording)
        First and second side.
    by_name : bool
        Whether names told; else it was their order.
    """

    pairs: Sequence[tuple[Recording, Recording]]
    by_name: bool


def match_recordings(first: Sequence[Recording], second: Sequence[Recording]) -> Matching:
    """Pair two lists of recordings; where one of a pair lacks frames, those that both have.

    Raises
    ------
    UsageError
        If their numbers differ or a pair's frames are not alike; names what is wrong.
    """
    by_key = {_key(each): each for each in second}
    by_name = len(by_key) == len(second) and {_key(each) for each in first} == set(by_key)
    if len(first) != len(second):
        raise UsageError(_unequal(first, second))
    if by_name:
        pairs = [(each, by_key[_key(each)]) for each in first]
    else:
        pairs = list(zip(first, second, strict=True))
    pairs = [_together(one, other) for one, other in pairs]
    for one, other in pairs:
        _check_alike(one, other)
    return Matching(pairs, by_name or len(pairs) == 1)


def _together(one: Recording, other: Recording) -> tuple[Recording, Recording]:
    """Keep the frames that both have, where one lacks some; a file's only frame serves all."""
    alone = other.frames == 1 and not other.partial
    if alone or not (one.partial or other.partial):
        return one, other
    both = one.common(other), other.common(one)
    if not both[0].frames:
        raise UsageError(
            f"{one.name} and its partner {other.name} have no frame of the same time point and "
            "plane; leave both out, or record them again"
        )
    return both


def _key(recording: Recording) -> tuple[str, int]:
    """Return what is left of a name without the words for a side, and the position."""
    stem = recording.path.name.split(".")[0].lower()
    return re.sub(r"[^a-z0-9]+", " ", SIDES.sub(" ", stem)).strip(), recording.position


def _unequal(first: Sequence[Recording], second: Sequence[Recording]) -> str:
    keys = [{_key(each) for each in side} for side in (first, second)]
    alone = [
        each.name
        for side, other in ((first, keys[1]), (second, keys[0]))
        for each in side
        if _key(each) not in other
    ]
    named = f"; without a partner by name: {', '.join(alone[:5])}" if alone else ""
    return (
        f"{len(first)} recordings ({first[0].path.parent}) on one side and {len(second)} "
        f"({second[0].path.parent}) on the other cannot be paired{named}. "
        "Give as many of each, under the same names"
    )


def _check_alike(one: Recording, other: Recording) -> None:
    if one.shape_yx != other.shape_yx:
        raise UsageError(
            f"{one.name} has frames of {one.shape_yx[0]} × {one.shape_yx[1]} pixels and its "
            f"partner {other.name} of {other.shape_yx[0]} × {other.shape_yx[1]}; crop or bin them "
            "to one size"
        )
    same_axes = (one.size_t, one.size_z) == (other.size_t, other.size_z)
    if not same_axes and other.frames != 1:
        raise UsageError(
            f"{one.name} has {one.size_t} time points of {one.size_z} planes and its partner "
            f"{other.name} {other.size_t} of {other.size_z}; give as many frames of each, or one "
            "clean frame"
        )
