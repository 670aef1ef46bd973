"""Draws patches from footage: where there is signal, each time laid and lit differently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.training.pairs.augmentation import Augmentation, draw_augmentation
from livecare.training.pairs.footage import Footage
from livecare.training.pairs.network_units import FrameUnits, binned
from livecare.training.pairs.partners import Place, Target
from livecare.training.pairs.protocol import Patches, Units
from livecare.training.pairs.settings import PairSettings
from livecare.training.pairs.split import Split

VALIDATION_PATCHES: Final = 64
VALIDATION_BATCH: Final = 16
"""Patches to judge by, and how many come together: a second of a small network's time."""
FRESH: Final = 0.1
"""Part of the draws that read a new frame where not all fit in memory; the others use one of those
in memory again, at another place."""
NAMED: Final = 5
"""Recordings named in a note."""
HAND_PART: Final = 0.25
"""Part of the cache that frames to draw from may fill; partners and sums need the rest."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Cut:
    source: Values
    target: Values | None


class FootagePatches:
    """Patches of footage; the patch source of all methods that learn from recordings.

    Parameters
    ----------
    parts : Split
        What to train on and what to judge by.
    settings : PairSettings
        Units, augmentation and seed.
    provenance : mapping
        What the footage was made from.
    notes : sequence of str
        What the user should be told.

    Raises
    ------
    UsageError
        If a part is too small for the settings' patches; names it and the cure.
    """

    def __init__(
        self,
        parts: Split,
        settings: PairSettings,
        provenance: Mapping[str, object],
        notes: Sequence[str],
    ) -> None:
        self._parts = parts
        self._settings = settings
        self._provenance = dict(provenance)
        self._notes = (*notes, *_binning_notes(parts), parts.said)
        self._ends = np.cumsum([len(each.frames) for each in parts.training])
        self._hand: list[tuple[Footage, int]] = []
        self._hand_frames = _frames_that_fit(parts.training)
        for footage in (*parts.training, *parts.validation):
            footage.covered_px(settings.patch_px)

    @property
    def units(self) -> Units:
        """What network units are."""
        return self._settings.units

    @property
    def provenance(self) -> Mapping[str, object]:
        """What the patches came from."""
        return self._provenance

    @property
    def notes(self) -> Sequence[str]:
        """What the user should be told."""
        return self._notes

    def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
        """Draw patches of `side` × `side` pixels from the training part.

        Where recordings do not fit in memory, what was drawn before has a say in what comes next.

        Raises
        ------
        UsageError
            If the footage is too small for such patches; names it.
        """
        drawn = []
        for _ in range(patches):
            footage, frame = self._draw_frame(rng)
            change = draw_augmentation(self._settings, footage.camera(frame), rng)
            drawn.append(_cut(footage, frame, side, change, rng))
        return _stack(drawn)

    def validation(self, side: int) -> Sequence[Patches]:
        """Return the patches to judge by: as recorded, the same every time."""
        rng = np.random.default_rng(self._settings.seed)
        kept = self._parts.validation
        drawn = []
        for index in range(VALIDATION_PATCHES):
            footage = kept[index % len(kept)]
            frame = footage.frames[int(rng.integers(len(footage.frames)))]
            drawn.append(_cut(footage, frame, side, None, rng))
        starts = range(0, VALIDATION_PATCHES, VALIDATION_BATCH)
        return [_stack(drawn[start : start + VALIDATION_BATCH]) for start in starts]

    def _draw_frame(self, rng: np.random.Generator) -> tuple[Footage, int]:
        full = len(self._hand) >= self._hand_frames
        if full and self._hand_frames < self._ends[-1] and rng.random() >= FRESH:
            return self._hand[int(rng.integers(len(self._hand)))]
        drawn = int(rng.integers(self._ends[-1]))
        at = int(np.searchsorted(self._ends, drawn, side="right"))
        footage = self._parts.training[at]
        frame = footage.frames[drawn - int(self._ends[at]) + len(footage.frames)]
        if self._hand_frames < self._ends[-1]:
            self._hand = [*self._hand[1 if full else 0 :], (footage, frame)]
        return footage, frame


def _frames_that_fit(training: Sequence[Footage]) -> int:
    """Return how many frames may be drawn from without reading any again."""
    frames = sum(len(each.frames) for each in training)
    largest = (
        max(each.recording.shape_yx[0] * each.recording.shape_yx[1] for each in training)
        * np.dtype(training[0].recording.dtype).itemsize
    )
    room = int(HAND_PART * training[0].reader.limit_bytes / largest)
    return frames if 2 * frames * largest <= training[0].reader.limit_bytes else max(1, room)


def _cut(
    footage: Footage,
    frame: int,
    side: int,
    change: Augmentation | None,
    rng: np.random.Generator,
) -> _Cut:
    """Cut a patch and its target and take both to network units."""
    covered = footage.covered_px(side)
    top, left = footage.signal(frame).draw_corner(covered, footage.region, rng)
    place: Place = (slice(top, top + covered), slice(left, left + covered))
    units = footage.units(frame)
    counts = binned(footage.counts(frame)[place], units.binning)
    target = _binned_target(footage.partner.target(frame, footage.frames, place, rng), units)
    if change is None:
        source = units.noisy(counts)
        if target is None:
            return _Cut(source, None)
        compared = units.clean(target.counts) if target.clean else units.noisy(target.counts)
        return _Cut(source, compared)
    return _Cut(
        change.finish(units.noisy(change.dim_noisy(counts, rng))),
        None if target is None else change.finish(change.target_values(target, units, rng)),
    )


def _binned_target(target: Target | None, units: FrameUnits) -> Target | None:
    if target is None or units.binning == 1:
        return target
    return Target(binned(target.counts, units.binning), target.clean)


def _stack(cuts: Sequence[_Cut]) -> Patches:
    source = np.stack([each.source for each in cuts])[:, np.newaxis]
    targets = [each.target for each in cuts if each.target is not None]
    return Patches(source, np.stack(targets)[:, np.newaxis] if targets else None)


def _binning_notes(parts: Split) -> list[str]:
    """Say which recordings are learnt from in means of 2 × 2 pixels."""
    both = (*parts.training, *parts.validation)
    names = list(dict.fromkeys(each.recording.name for each in both if each.binning > 1))
    if not names:
        return []
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    said = (
        f"neighbours share so much noise in {', '.join(names[:NAMED])}{more} that the network "
        "learns from means of 2 × 2 pixels, in which such frames are restored"
    )
    return [said]
