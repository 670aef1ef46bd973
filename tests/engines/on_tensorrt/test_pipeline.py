import numpy as np
import pytest
from fake_cuda import FakeCudart

from livecare.engines.tensorrt.cuda import Cuda
from livecare.engines.tensorrt.pipeline import PIECE_PIXELS, Pipeline, piece_frames
from livecare.engines.tensorrt.runtime import Context, Program, Tensor
from livecare.engines.tensorrt.slots import Slot


@pytest.mark.parametrize(
    ("batch", "pixels", "frames"),
    [
        (1, 64 * 64, 1),
        (3, 64 * 64, 1),
        (4, 64 * 64, 2),
        (8, 512 * 512, 2),
        (64, 512 * 512, 4),
        (64, 64 * 64, 16),
        (64, PIECE_PIXELS, 1),
        (64, 2304 * 2304, 1),
    ],
)
def test_frames_of_a_piece(batch: int, pixels: int, frames: int) -> None:
    assert piece_frames(batch, pixels) == frames
    assert frames == 1 or frames * pixels <= PIECE_PIXELS


class Adder(Program):
    """A network of one byte: what it is given and 1."""

    tensors = (
        Tensor("in", (1,), np.dtype(np.uint8), is_input=True),
        Tensor("out", (1,), np.dtype(np.uint8), is_input=False),
    )
    context_bytes = 1

    def __init__(self, cudart: FakeCudart) -> None:
        self.cudart = cudart

    def make_context(self) -> Context:
        return AdderContext(self.cudart)


class AdderContext(Context):
    def __init__(self, cudart: FakeCudart) -> None:
        self.cudart, self.addresses, self.frames = cudart, {}, 0

    def bind(self, tensor: Tensor, frames: int, address: int) -> None:
        self.frames, self.addresses[tensor.name] = frames, address

    def enqueue(self, stream: int) -> None:
        def add() -> None:
            given, made = (self.cudart.array(self.addresses[n], self.frames) for n in ("in", "out"))
            np.add(given, 1, out=made)

        assert self.cudart.enqueue(stream, add)


@pytest.mark.parametrize("batch", [1, 2, 4])
@pytest.mark.parametrize("frames", [0, 1, 5, 23])
def test_all_pieces_come_back_in_order(batch: int, frames: int) -> None:
    cudart = FakeCudart()
    pipeline = Pipeline(Cuda(cudart), Adder(cudart), batch)
    given, made, order = np.arange(frames), np.zeros(frames, int), []

    def launch(slot: Slot, piece: slice) -> None:
        slot.host["in"][: piece.stop - piece.start, 0] = given[piece]
        slot.launch(piece.stop - piece.start)

    def take(slot: Slot, piece: slice) -> None:
        order.append(piece.start)
        made[piece] = slot.host["out"][: piece.stop - piece.start, 0]

    pieces = pipeline.pieces(frames)
    assert {piece.stop - piece.start for piece in pieces} <= {1, batch}
    pipeline.run(pieces, launch, take)
    assert made.tolist() == (given + 1).tolist()
    assert order == sorted(order)
    assert all(slot.captured == dict.fromkeys({1, batch}, True) for slot in pipeline.slots)
    pipeline.close()
    pipeline.close()
    assert cudart.leaks() == {}


def test_a_slot_that_is_closed_in_flight_lands_first() -> None:
    cudart = FakeCudart()
    slot = Slot(Cuda(cudart), Adder(cudart), 2, frozenset())
    slot.launch(2)
    slot.close()
    slot.close()
    assert cudart.leaks() == {}
