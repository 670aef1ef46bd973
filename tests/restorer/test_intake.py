"""Which frames the restorer takes: the newest while live and behind, every one afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from livecare.frame import FrameHeader, Position
from livecare.restorer.intake import Batch, Intake
from livecare.ring import GatingReader, OverrunnableReader, Phase, RingWriter
from livecare.wire import FrameMessage

SHAPE = (4, 6)
SLOTS = 8


class Bench:
    def __init__(self, folder: Path) -> None:
        path = folder / "raw.ring"
        self.ring = RingWriter.create(path, SLOTS, 48)
        self.gate = GatingReader(path)
        self.reader = OverrunnableReader(path)

    def intake(self, capacity: int = 4, backlog: int = 4) -> Intake:
        return Intake(self.reader, capacity, backlog, SHAPE, "uint16")

    def publish(self, sequences: range) -> None:
        for sequence in sequences:
            slot = self.ring.claim()
            assert slot is not None
            slot.pixels(SHAPE, "uint16")[:] = sequence
            header = FrameHeader(sequence, Position(sequence), SHAPE, "uint16", received_ns=0)
            self.ring.publish(slot, FrameMessage("run", header))
            self.gate.release()

    def close(self) -> None:
        for end in (self.ring, self.gate, self.reader):
            end.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def sequences(batch: Batch) -> list[int]:
    """Return which frames a batch has; their pixels must be theirs."""
    found = [message.header.sequence for message in batch.messages]
    assert batch.pixels.shape == (len(found), *SHAPE)
    assert batch.pixels[:, 0, 0].tolist() == found
    assert (batch.pixels == batch.pixels[:, :1, :1]).all()
    return found


def test_all_that_wait_up_to_the_limit(bench: Bench) -> None:
    intake = bench.intake()
    assert sequences(intake.take(4)) == []
    bench.publish(range(3))
    assert intake.waiting == 3
    assert sequences(intake.take(2)) == [0, 1]
    assert sequences(intake.take(2)) == [2]
    assert (intake.skipped, intake.cursor) == (0, 3)


def test_the_newest_when_more_wait_than_the_budget_allows(bench: Bench) -> None:
    intake = bench.intake()
    bench.publish(range(4))
    assert sequences(intake.take(2)) == [0, 1], "within the budget: in turn"
    bench.publish(range(4, 7))
    assert sequences(intake.take(2)) == [5, 6], "behind: the newest"
    assert (intake.skipped, intake.cursor, intake.waiting) == (3, 7, 0)


def test_every_one_in_turn_where_that_is_wanted(bench: Bench) -> None:
    intake = bench.intake()
    bench.publish(range(7))
    assert sequences(intake.take(2, in_turn=True)) == [0, 1]
    assert (intake.skipped, intake.waiting) == (0, 5)
    assert sequences(intake.take(2)) == [5, 6]


@pytest.mark.parametrize("phase", [Phase.DRAIN, Phase.CLOSED])
def test_every_one_in_turn_when_nothing_new_comes(bench: Bench, phase: Phase) -> None:
    intake = bench.intake()
    bench.publish(range(SLOTS))
    bench.ring.set_phase(phase)
    assert not intake.live
    assert not intake.closed
    taken = [sequences(intake.take(3)) for _ in range(3)]
    assert taken == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert intake.skipped == 0
    assert intake.closed == (phase is Phase.CLOSED)


def test_overrun_frames_are_counted(bench: Bench) -> None:
    intake = bench.intake()
    bench.publish(range(SLOTS + 3))
    bench.ring.set_phase(Phase.DRAIN)
    found = []
    while intake.waiting:
        found += sequences(intake.take(4))
    assert found == list(range(3, SLOTS + 3))
    assert intake.skipped == 3


def test_frames_of_a_batch_one_by_one(bench: Bench) -> None:
    intake = bench.intake()
    bench.publish(range(3))
    frames = list(intake.take(4).frames())
    assert [frame.message.header.sequence for frame in frames] == [0, 1, 2]
    assert [int(frame.pixels[0, 0]) for frame in frames] == [0, 1, 2]
    assert {frame.channel for frame in frames} == {0}
