"""What comes back from restorers, dead and alive: each frame once, each word noted."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from recorder_fakes import PATIENCE_S, RESTORATION, CountingWaker, ListSink, QueueInbox, Ring

from livecare.errors import DiskFullError, ProtocolError
from livecare.frame import NormalisationKind, Position
from livecare.link import (
    FrameFailed,
    GettingReady,
    LockWaits,
    NormalisationLocked,
    Progress,
    Ready,
)
from livecare.recorder import Collection
from livecare.recorder import collection as collection_module

Start = Callable[[Callable[[], None]], Future[None]]
READY = Ready("identity", "exact", 2, 0.001)
ACQUIRED = 10
WINDOW = {"low": 1.0, "high": 2.0}


class Bench:
    """A collection with fakes all around."""

    def __init__(self, ring: Ring, sink: ListSink | None = None) -> None:
        self.ring, self.sink = ring, sink or ListSink()
        self.inbox, self.waker = QueueInbox(), CountingWaker()
        self.collection = Collection(
            ring.gate,
            self.sink,
            self.inbox,  # type: ignore[arg-type]
            self.waker,  # type: ignore[arg-type]
            lambda: ACQUIRED,
        )

    def until(self, condition: Callable[[Collection], bool]) -> None:
        assert self.collection.wait_for(lambda: condition(self.collection), PATIENCE_S)


def test_frames_are_kept_once(ring: Ring, start: Start) -> None:
    bench = Bench(ring)
    running = start(bench.collection.run)
    for sequence in (0, 1, 1, 0, 2):
        bench.until(lambda _: ring.writer.claim() is not None)
        ring.publish(sequence, RESTORATION)
    bench.until(lambda collection: len(collection.restored) == 3)
    bench.collection.finish()
    running.result(PATIENCE_S)
    assert bench.sink.sequences == [0, 1, 2]
    assert bench.collection.restored_live == 3
    assert bench.waker.count == 5, "a slot is free again, whatever was in it"
    assert bench.sink.provenances[0] is not None
    assert bench.sink.provenances[0]["normalised_with"]["high"] == 900.0
    assert "backfilled" not in bench.sink.provenances[0]
    assert bench.collection.stages.added.percentile_ms(50) == pytest.approx(0.0015, rel=0.02)
    recent, longest = bench.collection.stages.age.percentiles_ms(50, 100)
    assert recent == longest == pytest.approx(0.002, rel=0.03)


def test_a_restorer_gets_ready_until_it_is_or_is_gone(ring: Ring, start: Start) -> None:
    bench = Bench(ring)
    running = start(bench.collection.run)
    assert not bench.collection.restorer.getting_ready
    bench.inbox.reports.put(GettingReady())
    bench.until(lambda collection: collection.restorer.getting_ready)
    bench.inbox.reports.put(READY)
    bench.until(lambda collection: collection.restorer.ready is not None)
    assert not bench.collection.restorer.getting_ready
    bench.collection.restorer_gone()
    bench.inbox.reports.put(GettingReady())
    bench.until(lambda collection: collection.restorer.getting_ready)
    bench.collection.restorer_gone()
    assert not bench.collection.restorer.getting_ready
    bench.collection.finish()
    running.result(PATIENCE_S)


def test_what_a_restorer_before_said_is_not_said_of_the_next(ring: Ring) -> None:
    bench = Bench(ring)
    bench.inbox.reports.put(READY)
    bench.collection.finish()
    bench.collection.run()
    assert bench.collection.restorer.ready == READY
    bench.collection.go_on(ring.gate, QueueInbox(), bench.waker)  # type: ignore[arg-type]
    assert bench.collection.restorer.ready is None
    assert not bench.collection.over


class CursorSink(ListSink):
    """Notes how far the restorer is said to be while each frame is appended."""

    def __init__(self) -> None:
        super().__init__()
        self.bench: Bench | None = None
        self.cursors: list[int] = []

    def append(self, *arguments: Any) -> None:  # noqa: ANN401
        assert self.bench is not None
        self.cursors.append(self.bench.collection.restorer.cursor)
        super().append(*arguments)


def test_progress_is_noted_once_the_frames_that_it_speaks_of_are_collected(ring: Ring) -> None:
    """A back-fill begins when all is said to be done: what was restored live is there by then."""
    sink = CursorSink()
    bench = sink.bench = Bench(ring, sink)
    for sequence in range(2):
        ring.publish(sequence, RESTORATION)
    bench.inbox.reports.put(Progress(2, 0))
    bench.collection.finish()
    bench.collection.run()
    assert sink.cursors == [0, 0]
    assert bench.collection.restorer.cursor == 2


def test_all_reports_that_wait_at_the_end_are_read(ring: Ring) -> None:
    bench = Bench(ring)
    for report in (FrameFailed(4, "no"), None, ProtocolError("no report"), FrameFailed(5, "no")):
        bench.inbox.reports.put(report)
    bench.collection.finish()
    bench.collection.run()
    assert (bench.collection.settled(4), bench.collection.settled(5)) == (True, True)
    assert bench.collection.malformed == 1


def test_strangers_who_never_stop_hold_up_no_end(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_module, "LAST_WORDS_S", 0.01)
    bench = Bench(ring)
    monkeypatch.setattr(bench.inbox, "_now", lambda: None)
    bench.collection.finish()
    bench.collection.run()
    assert bench.collection.over


def test_what_waits_at_the_end_is_collected(ring: Ring) -> None:
    bench = Bench(ring)
    for sequence in range(4):
        ring.publish(sequence, RESTORATION)
    bench.collection.finish()
    bench.collection.run()
    assert bench.sink.sequences == [0, 1, 2, 3]


def test_back_filled_frames_are_marked_and_not_timed(ring: Ring) -> None:
    bench = Bench(ring)
    bench.collection.backfilling = True
    ring.publish(4, RESTORATION)
    bench.collection.finish()
    bench.collection.run()
    assert bench.sink.provenances[0] is not None
    assert bench.sink.provenances[0]["backfilled"] is True
    assert bench.collection.restored_live == 0
    assert bench.collection.stages.restored.percentile_ms(50) is None


@pytest.mark.parametrize(
    ("kind", "moment", "low"),
    [("fixed", "live", 100), ("ema", "live", 5), ("ema", "back-filled", 100)],
)
def test_the_normalisation_is_known_from_the_first_frame_at_the_latest(
    ring: Ring, kind: NormalisationKind, moment: str, low: float
) -> None:
    """A restorer may be killed between its first frame and the report of what it locked.

    A window that follows the frames is known as it was for the latest live one.
    """
    bench = Bench(ring)
    bench.collection.backfilling = moment == "back-filled"
    first = replace(RESTORATION, normalisation=kind)
    ring.publish(0, first)
    ring.publish(1, replace(first, normalised_with={"low": 5.0, "high": 900.0}))
    bench.collection.finish()
    bench.collection.run()
    [known] = bench.collection.normalisation
    assert (known.kind, known.values) == (kind, {"low": low, "high": 900.0})
    assert known.origin == "the first restored frame"


def test_each_channel_has_a_normalisation_of_its_own(ring: Ring) -> None:
    bench = Bench(ring)
    for sequence, c in enumerate([1, 0, 1]):
        window = {"low": 10.0 * c, "high": 90.0 + sequence}
        moving = replace(RESTORATION, normalisation="ema", normalised_with=window)
        ring.publish(sequence, moving, Position(sequence, c))
    bench.collection.finish()
    bench.collection.run()
    found = [(each.channel, each.values) for each in bench.collection.normalisation]
    assert found == [(0, {"low": 0.0, "high": 91.0}), (1, {"low": 10.0, "high": 92.0})]


def test_a_frame_that_was_normalised_with_nonsense_is_kept(ring: Ring) -> None:
    bench = Bench(ring)
    ring.publish(0, replace(RESTORATION, normalised_with={"low": float("nan"), "high": 1.0}))
    ring.publish(1, replace(RESTORATION, normalised_with={"gain": 1.0}))
    bench.collection.finish()
    bench.collection.run()
    assert bench.sink.sequences == [0, 1]
    assert bench.collection.normalisation == ()
    assert bench.collection.malformed == 2


def test_reports_are_noted(ring: Ring, start: Start) -> None:
    bench = Bench(ring)
    running = start(bench.collection.run)
    put = bench.inbox.reports.put
    for report in (
        READY,
        NormalisationLocked("fixed", WINDOW, "channel two", 2),
        NormalisationLocked("fixed", WINDOW, "a test"),
        LockWaits(1, "it is dark"),
        Progress(7, 3),
        FrameFailed(4, "no"),
    ):
        put(report)
    bench.until(lambda collection: collection.settled(4))
    collection = bench.collection
    assert collection.restorer.ready == READY
    assert collection.restorer.generation == 1
    assert collection.normalisation == (
        NormalisationLocked("fixed", WINDOW, "a test"),
        NormalisationLocked("fixed", WINDOW, "channel two", 2),
    )
    assert (collection.restorer.cursor, collection.restorer.skipped_live) == (7, 3)
    assert not collection.settled(3)

    collection.restorer_gone()
    assert collection.restorer.ready is None
    assert collection.restorer.ready_last == READY
    assert (collection.restorer.cursor, collection.restorer.skipped_live) == (0, 3)
    put(READY)
    put(Progress(2, 1))
    bench.until(lambda collection: collection.restorer.skipped_live == 4)
    assert collection.restorer.generation == 2
    collection.finish()
    running.result(PATIENCE_S)


def test_reports_that_make_no_sense_are_counted(ring: Ring, start: Start) -> None:
    bench = Bench(ring)
    running = start(bench.collection.run)
    bench.inbox.reports.put(ProtocolError("no report"))
    bench.inbox.reports.put(FrameFailed(ACQUIRED, "there is no such frame"))
    bench.inbox.reports.put(FrameFailed(1 << 62, "nor this one"))
    bench.inbox.reports.put(FrameFailed(ACQUIRED - 1, "this one is"))
    bench.until(lambda collection: len(collection.failed) == 1)
    assert bench.collection.malformed == 3
    bench.collection.finish()
    running.result(PATIENCE_S)


def test_after_a_full_disk_nothing_more_is_kept_and_nobody_waits(ring: Ring, start: Start) -> None:
    bench = Bench(ring, ListSink(fails_at=1, error=DiskFullError("full")))
    running = start(bench.collection.run)
    for sequence in range(7):
        bench.until(lambda _: ring.writer.claim() is not None)
        ring.publish(sequence, RESTORATION)
    bench.inbox.reports.put(READY)
    bench.until(lambda collection: collection.restorer.ready is not None)
    bench.collection.finish()
    with pytest.raises(DiskFullError):
        running.result(PATIENCE_S)
    assert bench.sink.sequences == [0]
    assert bench.collection.restored_live == len(bench.collection.restored) == 1
    assert not bench.collection.settled(1)


def test_no_frame_is_kept_whose_raw_one_is_lost(ring: Ring) -> None:
    bench = Bench(ring)
    bench.collection = Collection(
        ring.gate,
        bench.sink,
        bench.inbox,  # type: ignore[arg-type]
        bench.waker,  # type: ignore[arg-type]
        lambda: ACQUIRED,
        lambda sequence: sequence < 2,
    )
    for sequence in range(4):
        ring.publish(sequence, RESTORATION)
    bench.collection.finish()
    bench.collection.run()
    assert bench.sink.sequences == [0, 1]
    assert not bench.collection.settled(2)
