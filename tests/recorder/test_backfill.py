"""Restoring afterwards what there was no time for: each frame, through every death."""

from collections.abc import Callable
from concurrent.futures import Future

import numpy as np
import pytest
from recorder_fakes import (
    PATIENCE_S,
    RESTORATION,
    SHAPE,
    CountingWaker,
    ListSink,
    QueueInbox,
    Ring,
    header,
)

from livecare.errors import StoreError
from livecare.frame import FrameHeader, Pixels
from livecare.link import FrameFailed, Progress, Ready
from livecare.recorder import Backfill, Collection
from livecare.ring import Phase

Start = Callable[[Callable[[], None]], Future[None]]
READY = Ready("identity", "exact", 2, 0.001)


class Bench:
    """A raw and a restored ring, a collection that runs, and a back-fill."""

    def __init__(self, raw: Ring, restored: Ring, start: Start) -> None:
        self.raw, self.restored = raw, restored
        self.sink, self.inbox = ListSink(), QueueInbox()
        self.collection = Collection(
            restored.gate,
            self.sink,
            self.inbox,  # type: ignore[arg-type]
            CountingWaker(),  # type: ignore[arg-type]
            lambda: 100,
        )
        self.backfill = Backfill(
            "run",
            raw.writer,
            raw.gate,
            self.collection,
            CountingWaker(),  # type: ignore[arg-type]
        )
        self._collecting = start(self.collection.run)

    def say(self, report: Ready | Progress | FrameFailed) -> None:
        self.inbox.reports.put(report)

    def until(self, condition: Callable[[], bool]) -> None:
        assert self.collection.wait_for(condition, PATIENCE_S)

    def sent(self, count: int) -> list[int]:
        """Wait until so many more frames lie in the raw ring; return their sequences."""
        while self.raw.reader.waiting < count:
            self.collection.wait_for(lambda: self.raw.reader.waiting >= count, 0.01)
        sequences, block = [], np.empty(SHAPE, np.uint16)
        while self.raw.reader.waiting:
            message = self.raw.reader.read_into(block)
            assert message is not None
            assert (block == message.header.sequence).all()
            sequences.append(message.header.sequence)
        return sequences

    def restore(self, *sequences: int) -> None:
        for sequence in sequences:
            self.restored.publish(sequence, RESTORATION)
        self.say(Progress(0, 0))
        self.until(lambda: all(map(self.collection.settled, sequences)))

    def close(self) -> None:
        self.backfill.abandon()
        self.collection.finish()
        self._collecting.result(PATIENCE_S)


@pytest.fixture
def bench(ring: Ring, tmp_path_factory: pytest.TempPathFactory, start: Start) -> object:
    restored = Ring(tmp_path_factory.mktemp("restored"), 8)
    bench = Bench(ring, restored, start)
    yield bench
    bench.close()
    restored.close()


def read_raw(wanted: FrameHeader) -> Pixels | None:
    return np.full(SHAPE, wanted.sequence, np.uint16)


def headers(count: int) -> list[FrameHeader]:
    return [header(sequence) for sequence in range(count)]


def test_only_what_is_missing_is_sent_a_few_at_a_time(bench: Bench, start: Start) -> None:
    bench.restore(0, 2)
    bench.say(FrameFailed(3, "no"))
    bench.until(lambda: bench.collection.settled(3))
    running = start(lambda: bench.backfill.run(iter(headers(7)), read_raw))
    assert bench.sent(2) == [1, 4], "half of the ring of 4"
    assert not running.done()
    bench.restore(1)
    assert bench.sent(1) == [5]
    bench.say(FrameFailed(4, "no"))
    assert bench.sent(1) == [6]
    bench.restore(5, 6)
    running.result(PATIENCE_S)
    assert bench.backfill.sent == 4
    assert sorted(bench.sink.sequences) == [0, 1, 2, 5, 6]


def test_a_new_restorer_gets_what_the_dead_one_had(bench: Bench, start: Start) -> None:
    running = start(lambda: bench.backfill.run(iter(headers(4)), read_raw))
    assert bench.sent(2) == [0, 1]
    bench.collection.restorer_gone()
    bench.say(READY)
    assert bench.sent(2) == [0, 1]
    bench.restore(0)
    assert bench.sent(1) == [2]
    bench.collection.restorer_gone()
    bench.say(READY)
    assert bench.sent(2) == [1, 2]
    bench.restore(1, 2)
    assert bench.sent(1) == [3]
    bench.restore(3)
    running.result(PATIENCE_S)
    assert bench.sink.sequences == [0, 1, 2, 3]


def test_it_can_be_given_up(bench: Bench, start: Start) -> None:
    running = start(lambda: bench.backfill.run(iter(headers(4)), read_raw))
    assert bench.sent(2) == [0, 1]
    bench.backfill.abandon()
    running.result(PATIENCE_S)
    assert bench.backfill.sent == 2


def test_nothing_is_missing(bench: Bench) -> None:
    bench.backfill.run(iter(()), read_raw)
    bench.restore(0, 1)
    bench.backfill.run(iter(headers(2)), read_raw)
    assert bench.backfill.sent == 0


def test_a_recorded_frame_that_is_not_there_is_an_error(bench: Bench) -> None:
    with pytest.raises(StoreError, match="raw frame 0"):
        bench.backfill.run(iter(headers(1)), lambda _: None)


def test_draining_waits_for_all_that_was_acquired(bench: Bench, start: Start) -> None:
    bench.say(READY)
    bench.until(lambda: bench.collection.restorer.generation == 1)
    for sequence in range(3):
        bench.raw.publish(sequence)
    draining = start(bench.backfill.drain)
    bench.say(Progress(2, 0))
    bench.until(lambda: bench.collection.restorer.cursor == 2)
    assert not draining.done(), "a restorer that was ready before the end is no news"
    assert bench.raw.reader.phase is Phase.DRAIN
    bench.say(Progress(3, 1))
    draining.result(PATIENCE_S)


def test_draining_ends_when_a_restorer_begins_behind_everything(bench: Bench, start: Start) -> None:
    bench.say(READY)
    bench.until(lambda: bench.collection.restorer.generation == 1)
    bench.raw.publish(0)
    draining = start(bench.backfill.drain)
    while bench.raw.reader.phase is not Phase.DRAIN:
        bench.collection.wait_for(lambda: bench.raw.reader.phase is Phase.DRAIN, 0.01)
    bench.collection.restorer_gone()
    assert not draining.done()
    bench.say(READY)
    draining.result(PATIENCE_S)


def test_draining_can_be_given_up(bench: Bench, start: Start) -> None:
    bench.raw.publish(0)
    draining = start(bench.backfill.drain)
    bench.backfill.abandon()
    draining.result(PATIENCE_S)
