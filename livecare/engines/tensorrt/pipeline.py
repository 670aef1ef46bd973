"""Pipeline: a program, the slots that it runs in, and how a batch is cut over them."""

import math
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Final, TypeVar

from livecare.engines.tensorrt.cuda import Cuda
from livecare.engines.tensorrt.runtime import Program
from livecare.engines.tensorrt.slots import Slot, run_over

SLOTS: Final = 3
"""One piece travels in, one runs, one travels out."""
PIECE_PIXELS: Final = 1 << 20
"""Pixels of a piece above which more frames at once gain nothing: a GPU is full with fewer."""
SPARE: Final = 0.9
"""Share of the GPU's free memory that may be taken: TensorRT allocates a little beside it."""

Piece = TypeVar("Piece")


def piece_frames(batch: int, pixels: int) -> int:
    """Return how many frames of some pixels a piece has where batches have so many at most.

    A power of two, so that the pieces of usual batches are alike, with a piece for every slot
    where the batch has so many frames.
    """
    most = min(-(-batch // SLOTS), PIECE_PIXELS // pixels)
    return 1 << (max(1, most).bit_length() - 1)


class Pipeline:
    """Runs one program on pieces of work.

    Parameters
    ----------
    cuda : Cuda
        Where it runs.
    program : Program
        The network.
    batch : int
        Frames of a full piece; what is left of a batch goes frame by frame, so that there are only
        two sizes to prepare.
    written_only : collection of str
        Inputs that the CPU only ever writes.

    Raises
    ------
    EngineError
        If memory does not suffice for one slot.
    """

    def __init__(
        self, cuda: Cuda, program: Program, batch: int, written_only: frozenset[str] = frozenset()
    ) -> None:
        self.batch = batch
        count = min(SLOTS, max(1, fitting_slots(cuda, program, batch)))
        with ExitStack() as resources:
            self.slots: list[Slot] = []
            for _ in range(count):
                self.slots.append(Slot(cuda, program, batch, written_only))
                resources.callback(self.slots[-1].close)
            for slot in self.slots:
                for frames in {1, batch}:
                    slot.prepare(frames)
            self._resources = resources.pop_all()

    def pieces(self, frames: int) -> list[slice]:
        """Cut a batch of so many frames."""
        full = frames // self.batch * self.batch
        return [
            *(slice(start, start + self.batch) for start in range(0, full, self.batch)),
            *(slice(start, start + 1) for start in range(full, frames)),
        ]

    def run(
        self,
        pieces: Iterable[Piece],
        launch: Callable[[Slot, Piece], None],
        take: Callable[[Slot, Piece], None],
    ) -> None:
        """Send pieces over the slots; see `livecare.engines.tensorrt.slots.run_over`."""
        run_over(self.slots, pieces, launch, take)

    def close(self) -> None:
        """Free the slots; safe to call twice."""
        self.slots = []
        self._resources.close()


def fitting_slots(cuda: Cuda, program: Program, batch: int) -> int:
    """Return how many slots the GPU's free memory has room for."""
    contexts = len({1, batch}) * program.context_bytes
    buffers = batch * sum(tensor.frame_bytes for tensor in program.tensors)
    return math.floor(SPARE * cuda.free_bytes() / max(1, contexts + buffers))
