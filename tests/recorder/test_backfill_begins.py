"""How restoring afterwards begins: who is told, and what it will not begin with."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from recorder_fakes import SHAPE, CountingWaker, ListSink, QueueInbox, Ring, header

from livecare.errors import RingError
from livecare.frame import FrameHeader, Pixels
from livecare.recorder import Backfill, Collection


class Bench:
    """A back-fill whose collection does not run."""

    def __init__(self, raw: Ring, restored: Ring) -> None:
        self.raw, self.waker = raw, CountingWaker()
        self.collection = Collection(
            restored.gate,
            ListSink(),
            QueueInbox(),  # type: ignore[arg-type]
            CountingWaker(),  # type: ignore[arg-type]
            lambda: 100,
        )
        self.backfill = Backfill(
            "run",
            raw.writer,
            raw.gate,
            self.collection,
            self.waker,  # type: ignore[arg-type]
        )


@pytest.fixture
def bench(ring: Ring, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder: Path = tmp_path_factory.mktemp("restored")
    restored = Ring(folder)
    yield Bench(ring, restored)
    restored.close()


def black(wanted: FrameHeader) -> Pixels:
    del wanted
    return np.zeros(SHAPE, np.uint16)


def test_what_is_restored_from_now_on_counts_as_back_filled(bench: Bench) -> None:
    assert not bench.collection.backfilling
    bench.backfill.run(iter(()), black)
    assert bench.collection.backfilling


def test_the_restorer_is_woken_to_take_every_frame(bench: Bench) -> None:
    bench.backfill.drain()
    assert bench.waker.count == 1


def test_frames_that_are_not_recorded_yet_are_never_overwritten(bench: Bench) -> None:
    for sequence in range(bench.raw.writer.slots):
        bench.raw.publish(sequence)
    with pytest.raises(RingError, match="still holds frames; 9 cannot go in"):
        bench.backfill.run(iter([header(9)]), black)
    held = bench.raw.gate.peek()
    assert held is not None
    assert held[1].header.sequence == 0
