"""One batch through the engine and out into the restored ring."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from livecare.engines.faults import MEMORY_CURE
from livecare.engines.protocol import Allocating, Engine
from livecare.errors import EngineError, EngineLostError, EngineMemoryError, LivecareError
from livecare.frame import GuardReading, Pixels, PixelType, Restoration
from livecare.logs import logger
from livecare.models.normalise import Normalisation, Normaliser
from livecare.restorer.intake import Batch, Frame
from livecare.restorer.onlookers import Onlookers
from livecare.restorer.passing import pass_on
from livecare.ring import RingWriter, Slot
from livecare.wire import FrameMessage

NO_ROOM: Final[tuple[None, Pixels]] = (None, np.empty((0, 0, 0)))
"""No memory for restored frames yet."""

LOOKING_FAILS: Final = (ArithmeticError, LivecareError, LookupError, MemoryError, ValueError)
"""What may go wrong where numbers of strange frames are worked on."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What stays the same for every restored frame of a process.

    Attributes
    ----------
    engine : Engine
        Loaded and warm.
    model, model_sha256 : str
        Name of the model and the hash of its weights.
    normalisers : mapping of int to Normaliser
        Chooses the normalisation of each frame of a channel; channels may be added.
    restored_dtype : PixelType
        Type of the restored frames.
    """

    engine: Engine
    model: str
    model_sha256: str
    normalisers: Mapping[int, Normaliser]
    restored_dtype: PixelType


class Outcomes(Protocol):
    """Who is told what became of frames: see `livecare.restorer.judging.Judge`."""

    def worked(self, frames: int) -> None:
        """So many were restored at once."""
        ...

    def failed(self, sequence: int, error: EngineError) -> None:
        """A frame could not be restored, alone."""
        ...

    def too_large(self, frames: int, error: EngineMemoryError) -> None:
        """There was no memory for so many at once."""
        ...

    def withheld(self) -> None:
        """A frame was restored and is not shown, since it is not to be believed."""
        ...


class Restoring:
    """Restores batches and publishes the frames.

    Parameters
    ----------
    ring : RingWriter
        Where restored frames go.
    wait_for_slot : callable
        Returns when a slot may have become free; called while the ring is full.
    outcomes : Outcomes
        Told what became of the frames.

    Attributes
    ----------
    recipe : Recipe
        How; another one takes its place between two batches.
    onlookers : Onlookers or None
        Shown each restored frame; None where nobody looks. Others take their place, too.
    """

    def __init__(
        self,
        recipe: Recipe,
        ring: RingWriter,
        wait_for_slot: Callable[[], None],
        outcomes: Outcomes,
    ) -> None:
        self.recipe = recipe
        self.onlookers: Onlookers | None = None
        self._ring = ring
        self._wait_for_slot = wait_for_slot
        self._outcomes = outcomes
        self._room: tuple[Engine | None, Pixels] = NO_ROOM

    def restore(self, batch: Batch) -> None:
        """Restore a batch whose channels have normalisers; if that fails, each frame alone.

        One that finds no memory is restored in halves.

        Raises
        ------
        EngineLostError
            If the engine's state is lost: nothing can be restored by this process any more.
        """
        normalisations = [
            self._normaliser(message).of(frame)
            for message, frame in zip(batch.messages, batch.pixels, strict=True)
        ]
        self._restore(batch, normalisations)

    def _normaliser(self, message: FrameMessage) -> Normaliser:
        return self.recipe.normalisers[message.header.position.c]

    def _restore(self, batch: Batch, normalisations: Sequence[Normalisation]) -> None:
        """Restore it with these normalisations, one for each frame."""
        try:
            restored, times = self._infer(batch, normalisations)
        except EngineLostError:
            raise
        except EngineError as error:
            self._restore_less(batch, normalisations, error)
            return
        made = list(zip(batch.frames(), restored, normalisations, strict=True))
        examined = [
            self._examine_and_publish(frame, pixels, normalisation, times)
            for frame, pixels, normalisation in made
        ]
        for (frame, pixels, normalisation), was in zip(made, examined, strict=True):
            self._let_measure(frame, pixels, normalisation, examined=was)
        self._outcomes.worked(len(batch.messages))

    def _restore_less(
        self, batch: Batch, normalisations: Sequence[Normalisation], error: EngineError
    ) -> None:
        """Restore a batch that failed in parts; a single frame has failed for good."""
        frames, part = len(batch.messages), 1
        if frames == 1:
            self._outcomes.failed(batch.messages[0].header.sequence, error)
            return
        if isinstance(error, EngineMemoryError):
            self._room = NO_ROOM
            self._outcomes.too_large(frames, error)
            part = frames // 2
        for i in range(0, frames, part):
            less = Batch(batch.messages[i : i + part], batch.pixels[i : i + part])
            self._restore(less, normalisations[i : i + part])

    def _infer(
        self, batch: Batch, normalisations: Sequence[Normalisation]
    ) -> tuple[Pixels, "_Times"]:
        taken_ns = time.perf_counter_ns()
        try:
            restored = self._room_for(batch.pixels)
            self.recipe.engine.infer(batch.pixels, restored, normalisations)
        except MemoryError as error:
            words = f"{self.recipe.engine.name}: no memory for {len(batch.messages)} frames"
            raise EngineMemoryError(f"{words} ({error}): {MEMORY_CURE}") from error
        engine_ns = time.perf_counter_ns() - taken_ns
        return restored, _Times(taken_ns, engine_ns, len(batch.messages))

    def _room_for(self, frames: Pixels) -> Pixels:
        """Return memory for restored frames: the engine's own where it has a preference."""
        engine, dtype = self.recipe.engine, self.recipe.restored_dtype
        of, room = self._room
        if of is engine and len(room) >= len(frames) and room.shape[1:] == frames.shape[1:]:
            return room[: len(frames)]
        room = (
            engine.allocate(len(frames), frames.shape[1:], dtype)
            if isinstance(engine, Allocating)
            else np.empty(frames.shape, dtype)
        )
        self._room = engine, room
        return room

    def _examine_and_publish(
        self, frame: Frame, pixels: Pixels, normalisation: Normalisation, times: "_Times"
    ) -> bool:
        """Publish a restored frame with what the guards find; the raw one where that is wanted.

        Tells whether they have examined it.
        """
        found = self._examine(frame, pixels, normalisation)
        if self.onlookers is not None and self.onlookers.withholds:
            self._outcomes.withheld()
            pass_on(self._ring, frame, self.recipe.restored_dtype)
        else:
            self._publish(frame.message, pixels, normalisation, times, found)
        return bool(found)

    def _examine(
        self, frame: Frame, pixels: Pixels, normalisation: Normalisation
    ) -> dict[str, GuardReading]:
        if self.onlookers is None:
            return {}
        try:
            return self.onlookers.examine(frame, pixels, normalisation)
        except LOOKING_FAILS as error:
            self._dismiss(self.onlookers, error)
            return {}

    def _let_measure(
        self, frame: Frame, pixels: Pixels, normalisation: Normalisation, *, examined: bool
    ) -> None:
        if self.onlookers is None:
            return
        try:
            self.onlookers.measure(frame, pixels, normalisation, examined=examined)
        except LOOKING_FAILS as error:
            self._dismiss(self.onlookers, error)

    def _dismiss(self, onlookers: Onlookers, error: Exception) -> None:
        """Let nobody look any more: who only looks must not end restoring."""
        logger().error("nobody looks at restored frames any more", reason=repr(error))
        onlookers.leave()
        self.onlookers = None

    def _publish(
        self,
        message: FrameMessage,
        pixels: Pixels,
        normalisation: Normalisation,
        times: "_Times",
        guards: dict[str, GuardReading],
    ) -> None:
        slot = self._claim()
        header = message.header
        np.copyto(slot.pixels(header.shape_yx, self.recipe.restored_dtype), pixels)
        restoration = Restoration(
            engine=self.recipe.engine.name,
            precision=self.recipe.engine.precision,
            model=self.recipe.model,
            model_sha256=self.recipe.model_sha256,
            normalisation=self._normaliser(message).kind,
            normalised_with=normalisation.record(),
            taken_ns=times.taken_ns,
            engine_ns=times.engine_ns,
            published_ns=time.perf_counter_ns(),
            batch=times.batch,
            guards=guards,
        )
        retyped = replace(header, dtype=self.recipe.restored_dtype)
        self._ring.publish(slot, FrameMessage(message.run_id, retyped, restoration))

    def _claim(self) -> Slot:
        while (slot := self._ring.claim()) is None:
            self._wait_for_slot()
        return slot


@dataclass(frozen=True, slots=True)
class _Times:
    """When a batch was taken, how long the engine worked on it (ns), and how many frames it had."""

    taken_ns: int
    engine_ns: int
    batch: int
