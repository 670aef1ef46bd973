"""What a restorer says of itself beside its frames: noted while it lives, then forgotten."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from recorder_fakes import PATIENCE_S, RESTORATION, CountingWaker, ListSink, QueueInbox, Ring

from livecare.errors import StoreError
from livecare.link import (
    Alarmed,
    Degraded,
    FrameFailed,
    GettingReady,
    PhotonFactor,
    Progress,
    Ready,
    Report,
    SpreadMeasured,
    Swapped,
)
from livecare.recorder import Collection

Start = Callable[[Callable[[], None]], Future[None]]
READY = Ready("identity", "exact", 2, 0.001)


def made_up() -> Collection:
    nobody: Any = None
    return Collection(nobody, nobody, nobody, nobody, lambda: 10)


def tell(collection: Collection, *reports: Report) -> None:
    for report in reports:
        collection._note(report)


def test_what_was_taken_is_more_than_what_is_settled() -> None:
    collection = made_up()
    assert collection.restorer.taken == 0
    tell(collection, Progress(7, 1, held=3))
    assert (collection.restorer.cursor, collection.restorer.taken) == (7, 10)
    collection.restorer_gone()
    assert (collection.restorer.cursor, collection.restorer.taken) == (0, 0)


def test_every_report_is_a_sign_of_life() -> None:
    collection = made_up()
    for number, report in enumerate(
        (GettingReady(), READY, Progress(1, 0), Degraded("raw", "no"), FrameFailed(3, "no")), 1
    ):
        tell(collection, report)
        assert collection.restorer.reports == number


def test_one_without_an_engine_is_there_all_the_same() -> None:
    collection = made_up()
    tell(collection, GettingReady())
    assert not collection.restorer.answerable
    tell(collection, Degraded("raw", "no engine can run the model"))
    assert collection.restorer.answerable
    assert collection.restorer.restores_nothing
    tell(collection, READY)
    assert not collection.restorer.restores_nothing
    assert collection.restorer.answerable
    assert collection.restorer.degraded is None, "the engine that is ready is what was missing"
    collection.restorer_gone()
    assert not collection.restorer.answerable


def test_an_alarm_is_known_until_it_is_over_and_its_wish_to_stop_stays() -> None:
    collection = made_up()
    tell(collection, READY, Alarmed(("empty",), "nothing there", "warn"))
    assert collection.findings.alarm == Alarmed(("empty",), "nothing there", "warn")
    assert collection.findings.stop_wanted == ""
    tell(collection, Alarmed(("empty",), "still nothing", "stop"))
    tell(collection, Alarmed(("empty", "saturated"), "worse", "stop"))
    assert collection.findings.stop_wanted == "still nothing"
    tell(collection, Alarmed((), "", "stop"))
    assert collection.findings.alarm is None
    assert collection.findings.stop_wanted == "still nothing"
    tell(collection, Alarmed(("empty",), "again", "warn"))
    collection.restorer_gone()
    assert collection.findings.alarm is None


def test_nothing_is_stopped_that_is_over() -> None:
    collection = made_up()
    collection.backfilling = True
    tell(collection, READY, Alarmed(("empty",), "nothing there", "stop"))
    assert collection.findings.stop_wanted == ""


def test_what_is_degraded_is_known_until_all_is_well_or_it_dies() -> None:
    collection = made_up()
    tell(collection, READY, Degraded("sparse", "it fails"))
    assert collection.restorer.degraded == Degraded("sparse", "it fails")
    tell(collection, Swapped(READY))
    assert collection.restorer.degraded is not None
    tell(collection, Degraded("full", ""))
    assert collection.restorer.degraded is None
    tell(collection, Degraded("full", "2 frames at once at most"))
    assert collection.restorer.degraded is not None
    collection.restorer_gone()
    assert collection.restorer.degraded is None


def test_patience_lasts_until_it_goes_on() -> None:
    collection = made_up()
    tell(collection, READY, GettingReady(300.0))
    assert (collection.restorer.getting_ready, collection.restorer.patience_s) == (True, 300.0)
    tell(collection, Swapped(READY))
    assert collection.restorer.getting_ready
    tell(collection, Progress(5, 0))
    assert not collection.restorer.getting_ready
    tell(collection, GettingReady(300.0))
    collection.restorer_gone()
    assert (collection.restorer.getting_ready, collection.restorer.patience_s) == (False, 0.0)
    tell(collection, GettingReady(), Progress(5, 0))
    assert collection.restorer.getting_ready, "frames that pass are no engine yet"


@dataclass
class SlowSink(ListSink):
    """Looks what the collection says of itself while it writes."""

    collection: Collection | None = None
    seen: list[bool] = field(default_factory=list)

    def append(self, *arguments: Any) -> None:  # noqa: ANN401
        assert self.collection is not None
        self.seen.append(self.collection.keeping)
        super().append(*arguments)


@pytest.mark.parametrize("fails_at", [None, 1])
def test_that_it_writes_and_that_it_is_over_is_known(
    ring: Ring, start: Start, fails_at: int | None
) -> None:
    sink = SlowSink(fails_at=fails_at, error=StoreError("the disk is gone"))
    collection = Collection(
        ring.gate,
        sink,
        QueueInbox(),  # type: ignore[arg-type]
        CountingWaker(),  # type: ignore[arg-type]
        lambda: 10,
    )
    sink.collection = collection
    assert (collection.keeping, collection.over) == (False, False)
    ring.publish(0, RESTORATION)
    ring.publish(1, RESTORATION)
    collection.finish()
    running = start(collection.run)
    if fails_at is None:
        running.result(PATIENCE_S)
        assert not collection.keeping
    else:
        with pytest.raises(StoreError):
            running.result(PATIENCE_S)
    assert collection.over
    assert sink.seen == [True, True]


def test_what_was_said_of_another_model_is_forgotten() -> None:
    spread = SpreadMeasured(0, (1.0,), ((1.0,), (1.0,)), ((1.0, 2.0), (1.0, 2.0)))
    for again in (READY, Swapped(READY)):
        collection = made_up()
        tell(collection, READY, spread, PhotonFactor(0, 9.0), again)
        assert collection.findings.photon_factors == {0: 9.0}
        assert collection.findings.spreads == {0: spread}
    other = msgspec.structs.replace(READY, model="another")
    for said in (other, Swapped(other)):
        collection = made_up()
        tell(collection, READY, spread, PhotonFactor(0, 9.0), said)
        assert collection.findings.photon_factors == collection.findings.spreads == {}
