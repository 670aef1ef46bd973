"""Parts that others have followed: completed one at a time, waiting for little, then forgotten."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from operated_run import INFO, LARGER, PATIENCE_S, Operated, acquires, restoring

from livecare import run_place
from livecare.config import Config
from livecare.errors import DiskFullError
from livecare.frame import Ledger
from livecare.link.requests import Done, RecordRequest
from livecare.sinks.verify import verify
from livecare.supervisor import aftermath
from livecare.supervisor.account import Account
from livecare.supervisor.aftermath import Aftermath
from livecare.supervisor.part import Part
from livecare.supervisor.problems import Problems

BEHIND = 20
"""Frames that a restorer leaves."""


class MadeUpPart:
    """Notes what is done with it; `may_finish` and `fails` are what its completion comes to."""

    def __init__(self, done: list[str], name: str, *, recorded: bool = True) -> None:
        self.path, self.recorded, self.account = Path(name), recorded, self
        self.may_finish = threading.Event()
        self.fails: Exception | None = None
        self.problems: list[str] = []
        self._done = done

    def rest(self) -> None:
        self._done.append(f"{self.path} rests")

    def write_off(self, why: str) -> None:
        self._done.append(f"{self.path} is written off: {why}")

    def finish(self) -> None:
        assert self.may_finish.wait(PATIENCE_S)
        if self.fails is not None:
            raise self.fails
        self._done.append(f"{self.path} is finished")

    def close(self) -> None:
        self._done.append(f"{self.path} is closed")

    def note(self, problem: str) -> None:
        self.problems.append(problem)


class Bench:
    """An aftermath, and parts for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.aftermath = Aftermath(self._wake)
        self.done: list[str] = []
        self.parts: list[MadeUpPart] = []

    def leave(self, name: str, *, recorded: bool = True) -> MadeUpPart:
        part: Any = MadeUpPart(self.done, name, recorded=recorded)
        self.parts.append(part)
        self.aftermath.take(part)
        return self.parts[-1]

    def until(self, left: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.aftermath.left == left, PATIENCE_S)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    with bench.aftermath:
        yield bench
        for part in bench.parts:
            part.may_finish.set()


def test_recordings_are_completed_in_turn_and_others_at_once(bench: Bench) -> None:
    first, looked_at, second = bench.leave("a"), bench.leave("b", recorded=False), bench.leave("c")
    looked_at.may_finish.set()
    second.may_finish.set()
    bench.until(left=2)
    first.may_finish.set()
    bench.until(left=0)
    bench.aftermath.check()
    assert bench.done == [
        "b is finished", "b is closed", "c rests",
        "a is finished", "a is closed",
        "c is finished", "c is closed",
    ]  # fmt: skip


def test_what_comes_when_too_many_wait_is_closed_as_it_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aftermath, "MOST_WAITING", 2)
    for name in "abcd":
        bench.leave(name)
    bench.until(left=3)
    assert bench.done == [
        "b rests", "c rests", f"d is written off: {aftermath.WRITTEN_OFF}", "d is closed"
    ]  # fmt: skip


def test_what_went_wrong_is_noted_and_what_nobody_foresaw_is_raised_at_the_end(
    bench: Bench,
) -> None:
    full, strange = bench.leave("a"), bench.leave("b")
    full.fails, strange.fails = DiskFullError("full"), ZeroDivisionError("who would have thought")
    full.may_finish.set()
    strange.may_finish.set()
    bench.until(left=0)
    bench.aftermath.settle()
    assert full.problems == ["full"]
    assert bench.done[-1] == "b is closed"
    with pytest.raises(ZeroDivisionError):
        bench.aftermath.check()


class OverInAMoment(Future[None]):
    """Has failed as soon as somebody has heard that it is not over."""

    def done(self) -> bool:
        over = super().done()
        if not over:
            self.set_exception(DiskFullError("full"))
        return over


def test_what_goes_wrong_in_the_moment_in_which_it_is_looked_at_is_noted(bench: Bench) -> None:
    part: Any = MadeUpPart(bench.done, "a")
    bench.aftermath._ends.append((part, OverInAMoment()))
    bench.aftermath.settle()
    bench.aftermath.settle()
    assert (part.problems, bench.aftermath.left) == (["full"], 0)


def behind(run: Operated) -> Part:
    """Stop the restorer until frames are missing; return the part that goes on."""
    run.until(acquires)
    [part] = run.run._parts
    restorer = part.pipeline.restorer
    assert restorer is not None
    psutil.Process(restorer.pid).suspend()
    restored = len(part.pipeline.collection.restored)
    run.until(lambda seen: seen.ledger.recorded > restored + BEHIND)
    return part


def parts_of(part: Part) -> list[weakref.ref[object]]:
    """Refer to what takes memory in a part, without keeping it."""
    pipeline = part.pipeline
    stages = pipeline.collection.stages
    histograms = stages.waiting, stages.restored, stages.age, pipeline.recording.latency
    return [weakref.ref(each) for each in (part, pipeline, pipeline.collection, *histograms)]


def test_a_recording_that_waits_holds_next_to_nothing_is_completed_and_forgotten(
    config: Config, operate: Callable[[Config], Operated]
) -> None:
    run = operate(restoring(config))
    part, before = behind(run), MadeUpPart([], "before")
    ring = run_place.raw_ring(part._folder.path)
    run.have_done(lambda: run.run._aftermath.take(before))  # type: ignore[arg-type]
    run.source.becomes = replace(INFO, shape_yx=LARGER)
    run.until(lambda _: not ring.exists())
    assert not any(child.alive for child in part.pipeline.children)
    assert part.account.settled < part.account.taken
    left = parts_of(part)
    del part
    gc.disable()  # memory is to be free at once, not only when the collector finds it
    try:
        before.may_finish.set()
        run.until(lambda seen: acquires(seen) and all(each() is None for each in left))
    finally:
        gc.enable()
    report, last = run.end(), run.snapshots[-1]
    assert report.complete, report.problems
    assert [each.ledger.restored == each.ledger.recorded > 0 for each in report.parts] == [True] * 2
    assert last.tally.recorded_latency.counts[-1] == last.total.recorded == report.ledger.recorded
    assert report.parts[0].restorer["backfilled"] >= BEHIND
    assert report.parts[0].restorer["restarts"] == 0
    assert all(verify(Path(each.store)).sound for each in report.parts)
    assert config.ring.directory is not None
    assert not list(config.ring.directory.iterdir())


def test_what_is_written_off_counts_as_skipped_and_is_told(config: Config, tmp_path: Path) -> None:
    restorer = SimpleNamespace(restores_nothing=False, degraded=None)
    collection = SimpleNamespace(restorer=restorer)
    pipeline: Any = SimpleNamespace(restorer=SimpleNamespace(given_up=False), collection=collection)
    pipeline.config = restoring(config)
    counted, problems = Ledger(acquired=9, recorded=9, restored=4, failed=1), Problems()
    account = Account(config, INFO, pipeline, problems, tmp_path, lambda: counted, recorded=True)
    account.write_off("too many wait")
    assert account.close() == Ledger(acquired=9, recorded=9, restored=4, skipped=4, failed=1)
    cure = f"restore them with 'livecare restore {config.store.path} OUT'"
    assert problems.sentences == (
        f"4 recorded frames were not restored: too many wait; {cure}",
        "1 recorded frames could not be restored; the raw ones are safe",
    )


@pytest.mark.slow
def test_what_is_not_completed_is_said(
    config: Config, operate: Callable[[Config], Operated], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aftermath, "MOST_WAITING", 0)
    run = operate(restoring(config))
    behind(run)
    before = MadeUpPart([], "before")
    run.have_done(lambda: run.run._aftermath.take(before))  # type: ignore[arg-type]
    assert isinstance(run.ask(RecordRequest(on=False)), Done)
    before.may_finish.set()
    report = run.end()
    [problem] = report.problems
    assert report.ledger.skipped >= BEHIND
    assert f"{report.ledger.skipped} recorded frames were not restored" in problem
    assert f"'livecare restore {config.store.path} OUT'" in problem
    assert (report.complete, report.ledger.failed) == (False, 0)
    assert verify(config.store.path).sound
