"""One batch through the engine and out into the restored ring."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from livecare.engines.protocol import Engine
from livecare.errors import EngineError
from livecare.frame import Pixels, PixelType, Restoration
from livecare.models.normalise import IntensityWindow
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
    window : IntensityWindow
        Locked for the run.
    restored_dtype : PixelType
        Type of the restored frames.
    """

    engine: Engine
    model: str
    model_sha256: str
    window: IntensityWindow
    restored_dtype: PixelType


class Restoring:
    """Restores batches and publishes the frames.

    Parameters
    ----------
    recipe : Recipe
        How.
    ring : RingWriter
        Where restored frames go.
    wait_for_slot : callable
        Returns when a slot may have become free; called while the ring is full.
    failed : callable of (int, str)
        Told the sequence and the reason of each frame that cannot be restored.
    """

    def __init__(
        self,
        recipe: Recipe,
        ring: RingWriter,
        wait_for_slot: Callable[[], None],
        failed: Callable[[int, str], None],
    ) -> None:
        self._recipe = recipe
        self._ring = ring
        self._wait_for_slot = wait_for_slot
        self._failed = failed

    def restore(self, batch: Batch) -> None:
        """Restore a batch; if that fails, each of its frames alone."""
        try:
            self._restore(batch)
        except EngineError as error:
            if len(batch.messages) == 1:
                self._failed(batch.messages[0].header.sequence, str(error))
                return
            for i, message in enumerate(batch.messages):
                self.restore(Batch([message], batch.pixels[i : i + 1]))

    def _restore(self, batch: Batch) -> None:
        taken_ns = time.perf_counter_ns()
        restored: Pixels = np.empty(batch.pixels.shape, self._recipe.restored_dtype)
        self._recipe.engine.infer(batch.pixels, restored, self._recipe.window)
        engine_ns = time.perf_counter_ns() - taken_ns
        for message, pixels in zip(batch.messages, restored, strict=True):
            self._publish(message, pixels, taken_ns, engine_ns, len(batch.messages))

    def _publish(
        self, message: FrameMessage, pixels: Pixels, taken_ns: int, engine_ns: int, batch: int
    ) -> None:
        slot = self._claim()
        header = message.header
        np.copyto(slot.pixels(header.shape_yx, self._recipe.restored_dtype), pixels)
        restoration = Restoration(
            engine=self._recipe.engine.name,
            precision=self._recipe.engine.precision,
            model=self._recipe.model,
            model_sha256=self._recipe.model_sha256,
            window_low=self._recipe.window.low,
            window_high=self._recipe.window.high,
            taken_ns=taken_ns,
            engine_ns=engine_ns,
            published_ns=time.perf_counter_ns(),
            batch=batch,
        )
        retyped = replace(header, dtype=self._recipe.restored_dtype)
        self._ring.publish(slot, FrameMessage(message.run_id, retyped, restoration))

    def _claim(self) -> Slot:
        while (slot := self._ring.claim()) is None:
            self._wait_for_slot()
        return slot
