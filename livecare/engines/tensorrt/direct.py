"""Direct: frames of uint16 that go to the GPU and come back as they are, converted there alone."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.engines.request import check_restored
from livecare.engines.tensorrt.buffers import PinnedArrays
from livecare.engines.tensorrt.graph import MEAN, RAW, RESTORED, TABLE, UNITS
from livecare.engines.tensorrt.packing import pack_units
from livecare.engines.tensorrt.pipeline import Pipeline
from livecare.engines.tensorrt.slots import Slot
from livecare.frame import Pixels
from livecare.models.normalisation import Normalisation

WRITTEN_ONLY: Final = frozenset((RAW, UNITS, TABLE))
"""Inputs that the CPU writes and never reads."""


def restore_counts(
    engine: str,
    pipeline: Pipeline,
    pinned: PinnedArrays,
    batch: Pixels,
    restored: Pixels,
    normalisations: Sequence[Normalisation],
) -> None:
    """Restore frames with a "counts" program, of uint8 or uint16 to uint16.

    Frames of uint16 that stand in pinned memory are read and written there by the GPU; others are
    copied to or from the slot's own, and those of uint8 widened by it.

    Raises
    ------
    EngineError
        If the network fails or makes values that are not finite; names the frame.
    """
    units, table = pack_units(normalisations)

    def launch(slot: Slot, piece: slice) -> None:
        frames = piece.stop - piece.start
        given: dict[str, NDArray[Any]] = {}
        if batch.dtype == np.uint16 and pinned.holds(batch[piece]):
            given[RAW] = batch[piece]
        else:
            np.copyto(_as_counts(slot.host[RAW][:frames]), batch[piece])
        if pinned.holds(restored[piece]):
            given[RESTORED] = restored[piece]
        slot.host[UNITS][:frames] = units[piece]
        if table is not None:
            slot.host[TABLE][:frames] = table[piece]
        slot.launch(frames, given)

    def take(slot: Slot, piece: slice) -> None:
        frames = piece.stop - piece.start
        for index, mean in enumerate(slot.host[MEAN][:frames], piece.start):
            check_restored(engine, np.atleast_1d(mean), index)
        if not pinned.holds(restored[piece]):
            np.copyto(restored[piece], _as_counts(slot.host[RESTORED][:frames]))

    pipeline.run(pipeline.pieces(len(batch)), launch, take)


def _as_counts(pairs: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return pairs of bytes, little end first as on every machine with such a GPU, as counts."""
    return pairs.view(np.uint16)[..., 0]
