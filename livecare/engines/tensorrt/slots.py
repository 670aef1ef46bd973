"""Slots: as many pieces of work as the GPU has in flight, each with buffers of its own.

While one slot's network runs, the next one's frames travel in and the last one's travel out.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from types import MappingProxyType
from typing import Any, Final, TypeVar

from numpy.typing import NDArray

from livecare.engines.tensorrt.buffers import TensorBuffer
from livecare.engines.tensorrt.cuda import Cuda
from livecare.engines.tensorrt.graphs import CapturedRun
from livecare.engines.tensorrt.runtime import Program
from livecare.errors import EngineError

Arrays = Mapping[str, NDArray[Any]]
OWN: Final[Arrays] = MappingProxyType({})
"""No array of the caller's: the slot's own host memory is used for every tensor."""

Piece = TypeVar("Piece")


class Slot:
    """A stream with buffers for a piece of work, and a captured network per batch size.

    Parameters
    ----------
    cuda : Cuda
        Where it runs.
    program : Program
        The network.
    batch : int
        Most frames of a piece.
    written_only : collection of str
        Inputs that the CPU only ever writes on the host; their memory is write-combined.

    Attributes
    ----------
    host : dict of str to array, each of shape (batch, ...)
        The tensors on the host. Free to use from `wait` to `launch`.

    Raises
    ------
    EngineError
        If memory does not suffice; nothing stays allocated then.
    """

    def __init__(
        self, cuda: Cuda, program: Program, batch: int, written_only: frozenset[str]
    ) -> None:
        self._cuda = cuda
        self._program = program
        self._runs: dict[int, CapturedRun] = {}
        with ExitStack() as resources:
            self._stream = cuda.make_stream()
            resources.callback(cuda.destroy_stream, self._stream)
            self._done = cuda.make_event()
            resources.callback(cuda.destroy_event, self._done)
            self._buffers = {
                tensor.name: TensorBuffer(
                    cuda,
                    (batch, *tensor.shape),
                    tensor.dtype,
                    resources,
                    write_combined=tensor.name in written_only,
                )
                for tensor in program.tensors
            }
            self._resources = resources.pop_all()
        self.host = {name: buffer.host for name, buffer in self._buffers.items()}

    @property
    def captured(self) -> dict[int, bool]:
        """For each batch size that ran here, whether it is a CUDA graph."""
        return {frames: run.captured for frames, run in self._runs.items()}

    def prepare(self, frames: int) -> CapturedRun:
        """Return the network for a batch size; made when it is asked for first."""
        if frames not in self._runs:
            addresses = {name: buffer.device for name, buffer in self._buffers.items()}
            run = CapturedRun(self._cuda, self._program, frames, addresses, self._stream)
            self._resources.callback(run.close)
            self._runs[frames] = run
        return self._runs[frames]

    def launch(self, frames: int, given: Arrays = OWN) -> None:
        """Queue copies in, network and copies out; returns at once.

        Parameters
        ----------
        frames : int
            How many of the batch there are.
        given : mapping of str to array
            Pinned memory of the caller's in place of `host`, by the tensor's name. An input must
            stay as it is and an output alone until `wait`.
        """
        run = self.prepare(frames)
        for tensor in self._program.tensors:
            if tensor.is_input:
                source = given.get(tensor.name, self.host[tensor.name])
                size_bytes = frames * tensor.frame_bytes
                device = self._buffers[tensor.name].device
                self._cuda.copy_in(device, source, size_bytes, self._stream)
        run.enqueue()
        for tensor in self._program.tensors:
            if not tensor.is_input:
                target = given.get(tensor.name, self.host[tensor.name])
                size_bytes = frames * tensor.frame_bytes
                device = self._buffers[tensor.name].device
                self._cuda.copy_out(target, device, size_bytes, self._stream)
        self._cuda.record(self._done, self._stream)

    def wait(self) -> None:
        """Wait until what was launched is done and its results are on the host."""
        self._cuda.wait_for_event(self._done)

    def drain(self) -> None:
        """Wait for all that is queued, even half a piece, and throw its results away."""
        self._cuda.wait_for_stream(self._stream)

    def close(self) -> None:
        """Wait for what is queued and free everything; safe to call twice."""
        if self._buffers:
            self._runs, self._buffers, self.host = {}, {}, {}
            with self._resources:
                self.drain()


def run_over(
    slots: Sequence[Slot],
    pieces: Iterable[Piece],
    launch: Callable[[Slot, Piece], None],
    take: Callable[[Slot, Piece], None],
) -> None:
    """Send pieces over slots in turn and take their results in the order of the pieces.

    Parameters
    ----------
    slots : sequence of Slot
        At least one, none in use.
    pieces : iterable
        What is to be done.
    launch : callable
        Fills a free slot with a piece and launches it.
    take : callable
        Takes a piece's results out of its slot, which has been waited for.

    Raises
    ------
    EngineError
        As one of the two raises it; no slot is in use then.
    """
    flying: deque[tuple[Slot, Piece]] = deque()
    try:
        for index, piece in enumerate(pieces):
            if len(flying) == len(slots):
                _land(flying, take)
            slot = slots[index % len(slots)]
            launch(slot, piece)
            flying.append((slot, piece))
        while flying:
            _land(flying, take)
    except BaseException:  # an interrupt, too: the GPU still writes to the slots; raised again
        for slot in slots:
            with suppress(EngineError):  # a GPU that failed for good has said so
                slot.drain()
        raise


def _land(
    flying: deque[tuple[Slot, Piece]],
    take: Callable[[Slot, Piece], None],
) -> None:
    slot, piece = flying.popleft()
    slot.wait()
    take(slot, piece)
