"""Recalibration: intervals fitted to frames whose truth is known, and judged on other frames."""

from collections.abc import Callable, Hashable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from livecare.engines import Engine
from livecare.engines.choosing import choose_engine, list_candidates
from livecare.errors import ModelError, UsageError
from livecare.evaluation.conformal import (
    GROUPS,
    LEVEL,
    JudgedPixels,
    fit_intervals,
    judge_pixels,
)
from livecare.evaluation.imageset import ImageSet, Recording
from livecare.evaluation.preparing import prepare
from livecare.evaluation.watched import Watched
from livecare.models.locking import LOCK_FRAMES
from livecare.models.package import Model
from livecare.models.uncertainty.intervals import Intervals

FOLDS: Final = 5
"""Parts that take turns in judging what the others were fitted to, where there are so many."""
SEED: Final = 2_711
"""Of the pixels that are looked at: the same frames give the same intervals."""

By = Literal["fields", "frames"]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """One frame whose intervals were judged.

    Attributes
    ----------
    field : str
        Name of its recording.
    frame : int
        Place among the recording's scored frames.
    pixels : JudgedPixels
        What its pixels need.
    """

    field: str
    frame: int
    pixels: JudgedPixels


@dataclass(frozen=True, slots=True)
class Held:
    """How much the intervals of one frame hold that they were not fitted to.

    Attributes
    ----------
    field : str
        Name of its recording.
    before, after : float
        Coverage as predicted, and recalibrated.
    wide_before, wide_after : float
        The same of the quarter of the pixels with the widest predicted scales.
    """

    field: str
    before: float
    after: float
    wide_before: float
    wide_after: float


@dataclass(frozen=True, slots=True)
class Recalibration:
    """Intervals fitted to all frames, and what such intervals hold on frames left out.

    Attributes
    ----------
    intervals : Intervals
        With this provenance.
    by : {"fields", "frames"}
        What was left out: whole fields, or frames of fields that others were fitted to.
    held : tuple of Held
        Every frame, when it was left out.
    """

    intervals: Intervals
    by: By
    held: tuple[Held, ...]

    @property
    def before(self) -> float:
        """Mean coverage of frames as predicted."""
        return float(np.mean([each.before for each in self.held]))

    @property
    def after(self) -> float:
        """Mean coverage of frames that were left out, recalibrated."""
        return float(np.mean([each.after for each in self.held]))


def judge_set(
    model: Model,
    images: ImageSet,
    engine: str = "auto",
    threads: int = 1,
    say: Say = lambda _: None,
) -> list[Judged]:
    """Restore the scored frames of a set and return what their intervals need.

    Parameters
    ----------
    model : Model
        With scales; intervals that it has are left aside.
    images : ImageSet
        With truths.
    engine : str
        Key of `livecare.engines.ENGINES`, or "auto".
    threads : int
        CPU threads of the engine.
    say : callable
        Told what is going on.

    Raises
    ------
    ModelError
        If the model predicts no scales, or restores stacks.
    UsageError
        If a frame has no truth.
    """
    _check_model(model)
    plain = replace(model, intervals=None)
    rng = np.random.default_rng(SEED)
    found: list[Judged] = []
    with closing(choose_engine(plain, list_candidates(engine), threads).engine) as loaded:
        for recording in images.recordings:
            say(f"restoring {recording.name}")
            found += _judge_recording(plain, images, recording, loaded, rng)
    return found


def _check_model(model: Model) -> None:
    if not model.probabilistic or model.axes != "yx":
        raise ModelError(
            f"'{model.name}' has the outputs {', '.join(model.outputs)} and the axes {model.axes}: "
            "intervals need a model for single planes that predicts scales (train --probabilistic)"
        )


def _judge_recording(
    model: Model, images: ImageSet, recording: Recording, engine: Engine, rng: np.random.Generator
) -> list[Judged]:
    prepared = prepare(images, recording)
    first = list(recording.frames[:LOCK_FRAMES])
    normaliser = model.lock(first, noise=prepared.subject.restored_with)
    found = []
    for place, frame in enumerate(prepared.frames):
        watched = Watched(normaliser.of(frame.raw))
        batch = np.ascontiguousarray(frame.raw)[None]
        restored, spread = (np.empty(batch.shape, np.float32) for _ in range(2))
        engine.infer(batch, restored, [watched], spread)
        pixels = judge_pixels(frame, restored[0], watched, rng)
        found.append(Judged(recording.name, place, pixels))
    return found


def recalibrate(
    judged: Sequence[Judged], by: By | None = None, groups: int = GROUPS
) -> Recalibration:
    """Fit intervals to frames, and tell what they hold on frames that they were not fitted to.

    Parameters
    ----------
    judged : sequence of Judged
        From `judge_set`.
    by : {"fields", "frames"} or None
        What is left out in turn; None for fields where there are two or more, else frames.
    groups : int
        See `livecare.evaluation.conformal.fit_intervals`.

    Raises
    ------
    UsageError
        If there is nothing to leave out, or no intervals hold.
    """
    by = by or ("fields" if len({each.field for each in judged}) > 1 else "frames")
    parts: list[Hashable] = [each.field if by == "fields" else each.frame for each in judged]
    distinct = list(dict.fromkeys(parts))
    folds = min(FOLDS, len(distinct))
    if folds < 2:  # noqa: PLR2004 one to fit, one to judge
        raise UsageError(
            f"{len(judged)} frame(s), and nothing that could be left out to judge the intervals "
            "on: give two fields or more, or two frames or more of one (--frames)"
        )
    turns = [distinct.index(part) % folds for part in parts]
    held: list[Held] = []
    for fold in range(folds):
        others = [each.pixels for each, turn in zip(judged, turns, strict=True) if turn != fold]
        fitted = fit_intervals(others, groups)
        held += [
            _held(each, fitted) for each, turn in zip(judged, turns, strict=True) if turn == fold
        ]
    intervals = fit_intervals([each.pixels for each in judged], groups)
    found = Recalibration(intervals, by, tuple(held))
    return replace(found, intervals=replace(intervals, provenance=_provenance(found, judged)))


def _held(judged: Judged, intervals: Intervals) -> Held:
    pixels = judged.pixels
    return Held(
        judged.field,
        pixels.coverage(),
        pixels.coverage(intervals),
        pixels.coverage_of_wide(),
        pixels.coverage_of_wide(intervals),
    )


def _provenance(found: Recalibration, judged: Sequence[Judged]) -> dict[str, Any]:
    return {
        "level": LEVEL,
        "fields": len({each.field for each in judged}),
        "frames": len(judged),
        "left_out": found.by,
        "coverage_before": round(found.before, 4),
        "coverage_after": round(found.after, 4),
    }
