"""What restores: a model, the engine that runs it, and their pace; how they are made ready."""

import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from livecare.engines.cache import Cache, cache_folder
from livecare.engines.checking import Check, check_engine
from livecare.engines.choosing import (
    REFERENCE,
    Choice,
    Reference,
    Refusal,
    choose_engine,
    is_reference,
    list_candidates,
)
from livecare.engines.protocol import Expected
from livecare.engines.timings import Timings
from livecare.errors import EngineError
from livecare.link import Ready, RestorerSpec
from livecare.logs import logger
from livecare.models.locking import is_blank
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model
from livecare.restorer.intake import Batch, Frame
from livecare.restorer.locking import Lock
from livecare.restorer.pace import Pace, measure_pace
from livecare.restorer.restoring import Recipe
from livecare.restorer.streams import Streams


@dataclass(frozen=True, slots=True)
class Serving:
    """Everything that frames are restored with, warm.

    Attributes
    ----------
    spec : RestorerSpec
        The orders that it follows.
    model : Model
        The model.
    choice : Choice
        The engine, and why it is this one.
    pace : Pace
        How many frames go at once.
    ready_s : float
        How long making it ready took, seconds.
    checked : bool
        Whether the engine was compared with fp32 on frames of this acquisition.
    measured : Pace or None
        The pace for another latency budget, where that was changed since.
    """

    spec: RestorerSpec
    model: Model
    choice: Choice
    pace: Pace
    ready_s: float
    checked: bool = False
    measured: Pace | None = None

    @classmethod
    def prepare(cls, spec: RestorerSpec, refused: tuple[Refusal, ...] = ()) -> "Serving":
        """Load the model, choose an engine, check it and warm it up.

        Parameters
        ----------
        spec : RestorerSpec
            What for.
        refused : tuple of Refusal
            Engines that were found unfit before, and are not to be tried.

        Raises
        ------
        ModelError, EngineError, ConfigError, MissingExtraError
            If nothing can run the model.
        """
        begun = time.perf_counter()
        model = Model.load(Path(spec.model))
        expected = Expected(spec.shape_yx, spec.dtype, spec.restored_dtype, spec.max_batch)
        warm_up = Lock(spec, model).to_warm_up()
        candidates = list_candidates(spec.engine, spec.precision)
        choice = choose_engine(model, candidates, spec.threads, expected, refused)
        try:
            pace = measure_pace(
                choice.engine,
                expected,
                spec.latency_budget_ms / 1e3,
                warm_up,
                Timings(Cache(cache_folder()), choice.engine, model, expected, spec.threads),
            )
        except EngineError as error:  # such as too little memory for a batch
            choice.engine.close()
            return cls.prepare(spec, (*choice.refused, Refusal(choice.candidate, str(error))))
        return cls(spec, model, choice, pace, time.perf_counter() - begun)

    def limited_to(self, backlog: int, batch: int | None = None) -> "Serving":
        """Return the same with at most so many frames waiting before the oldest are skipped.

        And with batches of at most so many frames.
        """
        pace = self.pace
        limited = replace(
            pace,
            backlog=min(pace.backlog, backlog),
            batch=pace.batch if batch is None else min(pace.batch, batch),
        )
        return replace(self, pace=limited)

    def recipe(self, streams: Streams) -> Recipe:
        """Return how frames of these streams are restored."""
        return Recipe(
            self.choice.engine,
            self.model.name,
            self.model.sha256,
            streams.normalisers,
            self.spec.restored_dtype,
        )

    def ready_report(self) -> Ready:
        """Say what serves, for the recorder."""
        engine, pace = self.choice.engine, self.pace
        return Ready(
            engine.name,
            engine.precision,
            pace.batch,
            pace.seconds_per_frame,
            self.model.name,
            engine.device,
            self.choice.words,
            self.spec.revision,
        )

    def units_of(self, other: "Serving") -> bool:
        """Tell whether both want frames in the same units, so that what is locked holds on."""
        return (
            self.model.normalisation == other.model.normalisation
            and self.spec.normalisation == other.spec.normalisation
            and (self.spec.window, self.spec.camera) == (other.spec.window, other.spec.camera)
        )

    def within(self, spec: RestorerSpec) -> "Serving | None":
        """Return the same within another latency budget; None where orders ask for more than that.

        The batches stay those that were measured, or become smaller.
        """
        mine, measured = self.spec, self.measured or self.pace
        budget_s = spec.latency_budget_ms / 1e3
        within = replace(
            self, spec=msgspec.structs.replace(mine, latency_budget_ms=spec.latency_budget_ms)
        )
        if not within.follows(spec):
            return None
        fitting = max(1, int(budget_s / measured.seconds_per_frame))
        batch = min(measured.batch, fitting)
        pace = Pace(batch, fitting, measured.seconds_per_frame)
        return replace(self, spec=spec, pace=pace, measured=measured)

    def follows(self, spec: RestorerSpec) -> bool:
        """Tell whether these orders ask for what serves already."""
        mine = self.spec
        same = msgspec.structs.replace(
            spec, revision=mine.revision, locked=mine.locked, relocks=mine.relocks
        )
        return same == mine

    @property
    def needs_live_check(self) -> bool:
        """Whether it must be compared with fp32 on real frames before any is shown."""
        choice = self.choice
        return not self.checked and choice.check is not None and not is_reference(choice.engine)

    def checked_live(
        self, batch: Batch, streams: Streams, refused: Callable[[], None] = lambda: None
    ) -> "Serving":
        """Compare with fp32 on frames of this acquisition; return what may serve.

        That is the same where it passes; else the next engine that does, what others are compared
        with at the last. Frames on which nothing can be compared leave it as it is, for the next
        ones to judge.

        Parameters
        ----------
        batch : Batch
            The frames.
        streams : Streams
            Has their channels' normalisers.
        refused : callable
            Called before the next engine is made ready, which may take long.

        Raises
        ------
        EngineError
            If no engine is left.
        """
        serving = self
        while serving.needs_live_check:
            check = serving.check_on(batch, streams)
            if check is None:
                return serving
            choice = serving.choice
            if isinstance(check, Check) and check.passed:
                logger().info("engine checked on live frames", found=check.words)
                return replace(serving, choice=replace(choice, check=check), checked=True)
            found = f"it {check.words}, which is too much" if isinstance(check, Check) else check
            refusal = Refusal(choice.candidate, f"on live frames, {found}")
            logger().warning(
                "engine refused", engine=refusal.candidate.words, reason=refusal.reason
            )
            choice.engine.close()
            refused()
            pace = self.pace  # room for frames was made for it
            serving = serving.without((*choice.refused, refusal))
            serving = serving.limited_to(pace.backlog, pace.batch)
        return serving

    def without(self, refused: tuple[Refusal, ...]) -> "Serving":
        """Make the next engine ready, behind all that were refused. Raises EngineError."""
        try:
            return Serving.prepare(self.spec, refused)
        except EngineError:
            last = msgspec.structs.replace(self.spec, engine=REFERENCE, precision="fp32")
            return replace(Serving.prepare(last, refused), spec=self.spec)  # still what is followed

    def check_on(self, batch: Batch, streams: Streams) -> Check | str | None:
        """Compare with fp32 on the first frame of a batch that shows something.

        Returns
        -------
        Check, str or None
            What was found; why the engine cannot restore it, where fp32 can; None where it cannot
            either, or all frames are blank.
        """
        frame = next((each for each in batch.frames() if not is_blank(each.pixels)), None)
        if frame is None:
            return None
        normalisation = copy(streams.normalisers[frame.channel]).of(frame.pixels)
        spec = self.spec
        try:
            with Reference(self.model, spec.threads) as reference:
                return check_engine(
                    self.choice.engine,
                    reference.engine,
                    self.model,
                    [frame.pixels],
                    [normalisation],
                    spec.restored_dtype,
                )
        except EngineError as error:
            return str(error) if self._fp32_restores(frame, normalisation) else None

    def _fp32_restores(self, frame: Frame, normalisation: Normalisation) -> bool:
        restored = np.empty((1, *frame.pixels.shape), np.float32)
        try:
            with Reference(self.model, self.spec.threads) as reference:
                reference.engine.infer(frame.pixels[np.newaxis], restored, [normalisation])
        except EngineError as error:
            logger().warning("engine cannot be checked on these frames", reason=str(error))
            return False
        return True
