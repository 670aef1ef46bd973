"""Units: frames of any type that the CPU takes to network units and back, whole or in tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livecare.engines.request import Spread, apply_intervals, check_raw, check_restored
from livecare.engines.tensorrt.graph import RAW, RESTORED
from livecare.engines.tensorrt.pipeline import Pipeline
from livecare.engines.tensorrt.slots import Slot
from livecare.frame import Pixels
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model
from livecare.models.padding import Padding
from livecare.models.tiling import Tile

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class UnitsRequest:
    """A batch that a "units" program restores.

    Attributes
    ----------
    engine : str
        Who is named in errors.
    batch, restored : array, shape (n, y, x)
        Raw frames, and where the restored ones are written.
    normalisations : sequence of Normalisation, n of them
        One for each frame.
    spread : array of that shape, float32, or None
        Where the spread is written, if it is wanted.
    padding : Padding
        From the frame to the network's multiple.
    model : Model
        Whose intervals the spread is to have.
    """

    engine: str
    batch: Pixels
    restored: Pixels
    normalisations: Sequence[Normalisation]
    spread: Spread | None
    padding: Padding
    model: Model

    def fill(self, index: int, padded: Values) -> None:
        """Write a frame in network units into an array of the padded shape."""
        check_raw(self.engine, self.batch[index], index)
        self.normalisations[index].normalise(self.batch[index], padded[self.padding.frame])
        self.padding.fill(padded)

    def take(self, index: int, outputs: Values) -> None:
        """Write what the network made, shape (channels, padded y, padded x), as counts."""
        values = [np.ascontiguousarray(channel[self.padding.frame]) for channel in outputs]
        for channel in values:
            check_restored(self.engine, channel, index)
        normalisation = self.normalisations[index]
        if self.spread is not None:
            apply_intervals(self.model, values[1])
            normalisation.spread(values[0], values[1], self.spread[index])
        normalisation.denormalise(values[0], self.restored[index])


def restore_whole(pipeline: Pipeline, request: UnitsRequest) -> None:
    """Restore frames that the program takes whole. Raises EngineError; names the frame."""

    def launch(slot: Slot, piece: slice) -> None:
        for place, index in enumerate(range(piece.start, piece.stop)):
            request.fill(index, slot.host[RAW][place, 0])
        slot.launch(piece.stop - piece.start)

    def take(slot: Slot, piece: slice) -> None:
        for place, index in enumerate(range(piece.start, piece.stop)):
            request.take(index, slot.host[RESTORED][place])

    pipeline.run(pipeline.pieces(len(request.batch)), launch, take)


def restore_tiled(pipeline: Pipeline, request: UnitsRequest, tiles: Sequence[Tile]) -> None:
    """Restore frames of which the program takes a window at a time, frame by frame.

    Raises
    ------
    EngineError
        If the network fails or a value is not finite; names the frame.
    """
    padded = np.empty(request.padding.padded, np.float32)
    channels = pipeline.slots[0].host[RESTORED].shape[1]
    outputs = np.empty((channels, *padded.shape), np.float32)

    def launch(slot: Slot, tile: Tile) -> None:
        np.copyto(slot.host[RAW][0, 0], padded[tile.window])
        slot.launch(1)

    def take(slot: Slot, tile: Tile) -> None:
        everything: tuple[Any, ...] = (slice(None),)
        outputs[everything + tile.kept] = slot.host[RESTORED][0][everything + tile.inner]

    for index in range(len(request.batch)):
        request.fill(index, padded)
        pipeline.run(tiles, launch, take)
        request.take(index, outputs)
