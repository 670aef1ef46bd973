"""One batch through the engine and out into the restored ring."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from livecare.engines.protocol import Allocating, Engine
from livecare.errors import EngineError
from livecare.frame import Pixels, PixelType, Restoration
from livecare.models.normalise import Normalisation, Normaliser
from livecare.restorer.intake import Batch
from livecare.ring import RingWriter, Slot
from livecare.wire import FrameMessage


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


class Restoring:
    """Restores batches and publishes the frames.

    Parameters
    ----------
    ring : RingWriter
        Where restored frames go.
    wait_for_slot : callable
        Returns when a slot may have become free; called while the ring is full.
    failed : callable of (int, str)
        Told the sequence and the reason of each frame that cannot be restored.

    Attributes
    ----------
    recipe : Recipe
        How; another one takes its place between two batches.
    """

    def __init__(
        self,
        recipe: Recipe,
        ring: RingWriter,
        wait_for_slot: Callable[[], None],
        failed: Callable[[int, str], None],
    ) -> None:
        self.recipe = recipe
        self._ring = ring
        self._wait_for_slot = wait_for_slot
        self._failed = failed
        self._room: tuple[Engine | None, Pixels] = (None, np.empty((0, 0, 0)))

    def restore(self, batch: Batch) -> None:
        """Restore a batch whose channels have normalisers; if that fails, each frame alone."""
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
        except EngineError as error:
            if len(batch.messages) == 1:
                self._failed(batch.messages[0].header.sequence, str(error))
                return
            for i, message in enumerate(batch.messages):
                alone = Batch([message], batch.pixels[i : i + 1])
                self._restore(alone, normalisations[i : i + 1])
            return
        for message, pixels, normalisation in zip(
            batch.messages, restored, normalisations, strict=True
        ):
            self._publish(message, pixels, normalisation, times)

    def _infer(
        self, batch: Batch, normalisations: Sequence[Normalisation]
    ) -> tuple[Pixels, "_Times"]:
        taken_ns = time.perf_counter_ns()
        restored = self._room_for(batch.pixels)
        self.recipe.engine.infer(batch.pixels, restored, normalisations)
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

    def _publish(
        self, message: FrameMessage, pixels: Pixels, normalisation: Normalisation, times: "_Times"
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
