"""A restorer at work, told step by step what happens around it: passing, changing, ending."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lock_orders import frame, lit
from made_up_engines import PATIENCE_S, Fault
from stage_bench import StageBench

from livecare.errors import EngineError
from livecare.link import (
    GettingReady,
    Progress,
    Ready,
    Report,
    RestorerSpec,
    Swapped,
    SwapRefused,
    write_spec,
)
from livecare.restorer.orders import Orders
from livecare.restorer.process import RestorerProcess
from livecare.ring import Phase

Step = Callable[[], object]


class Surroundings:
    """Wakes, the recorder and the supervisor: does the next step whenever the restorer waits."""

    def __init__(self, bench: StageBench) -> None:
        self.bench = bench
        self.orders = bench.folder / "restorer.json"
        self.steps: list[Step] = []
        self.prepared = threading.Semaphore(0)
        self.waits = 0

    def wait(self) -> None:
        self.bench.collect()
        self.waits += 1
        if self.steps:
            self.steps.pop(0)()
        else:
            self.bench.raw.set_phase(Phase.CLOSED)

    def wake(self) -> None:
        self.prepared.release()

    def send(self, report: Report) -> None:
        self.bench.said.append(report)

    def run(self, spec: RestorerSpec, *steps: Step) -> None:
        self.order(spec)
        self.steps = list(steps)
        process = RestorerProcess(
            Orders(self.orders),
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
        )
        process.run()
        self.bench.collect()

    def order(self, spec: RestorerSpec) -> None:
        write_spec(self.orders, spec)

    def until_prepared(self) -> None:
        assert self.prepared.acquire(timeout=PATIENCE_S)

    def nothing(self) -> None:
        """Look again."""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StageBench]:
    bench = StageBench(tmp_path, monkeypatch)
    yield bench
    bench.close()


@pytest.fixture
def around(bench: StageBench) -> Surroundings:
    return Surroundings(bench)


def of(bench: StageBench, kind: type[Report]) -> list[Report]:
    return [report for report in bench.said if isinstance(report, kind)]


def last_progress(bench: StageBench) -> Progress:
    report = of(bench, Progress)[-1]
    assert isinstance(report, Progress)
    return report


def steps_of(bench: StageBench, begin: int, end: int) -> list[Step]:
    return [lambda i=i: bench.publish(range(i, i + 1)) for i in range(begin, end)]  # type: ignore[misc]


def test_frames_pass_until_an_engine_is_ready_and_all_count_as_skipped(
    bench: StageBench, around: Surroundings
) -> None:
    may_load = threading.Event()
    bench.engines.faults["first"] = Fault(may_load=may_load)
    around.run(
        bench.spec("a", engine="first", window=(90.0, 250.0)),
        *steps_of(bench, 0, 4),
        lambda: bench.publish(range(4, 7)),  # two of them are passed over
        may_load.set,
        around.until_prepared,
        *steps_of(bench, 7, 9),
    )
    passed = [each.sequence for each in bench.found if each.by.passed_through]
    restored = [each.sequence for each in bench.found if not each.by.passed_through]
    assert passed == [0, 1, 2, 3, 6]
    assert restored == [7, 8]
    assert all((each.pixels == bench.shown[each.sequence]).all() for each in bench.found[:5])
    assert last_progress(bench) == Progress(9, 7)
    assert len(of(bench, Ready)) == 1
    assert bench.engines.open == []


def test_frames_that_come_while_an_engine_becomes_ready_count_too(
    bench: StageBench, around: Surroundings
) -> None:
    may_load = threading.Event()
    bench.engines.faults["first"] = Fault(may_load=may_load)

    def both() -> None:
        may_load.set()
        around.until_prepared()
        bench.publish(range(3))

    around.run(bench.spec("a", engine="first", window=(90.0, 250.0)), both, *steps_of(bench, 3, 5))
    assert bench.sequences == [3, 4]
    assert last_progress(bench) == Progress(5, 3)


def test_a_full_ring_is_waited_for_while_frames_pass(
    bench: StageBench, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorder is behind: nothing is said over and over."""
    may_load = threading.Event()
    bench.engines.faults["first"] = Fault(may_load=may_load)
    for _ in range(bench.restored.slots):
        slot = bench.restored.claim()
        assert slot is not None
        bench.restored.publish(slot, frame(0, lit(0)).message)
    monkeypatch.setattr(bench, "collect", lambda: None)
    around.run(
        bench.spec("a", engine="first", window=(90.0, 250.0)),
        lambda: bench.publish(range(3)),
        around.nothing,
        around.nothing,
        may_load.set,
        around.until_prepared,
    )
    assert last_progress(bench) == Progress(3, 3)
    assert len(of(bench, Progress)) == 1, "that of the engine that is ready"


def test_another_engine_serves_from_a_frame_on(bench: StageBench, around: Surroundings) -> None:
    around.run(
        bench.spec("a", engine="first"),
        around.until_prepared,
        lambda: bench.publish(range(6)),
        lambda: around.order(bench.spec("b", engine="second", revision=1)),
        around.until_prepared,
        lambda: bench.publish(range(6, 10)),
    )
    assert bench.sequences == list(range(10))
    assert bench.models == ["a"] * 6 + ["b"] * 4
    [swapped] = of(bench, Swapped)
    assert isinstance(swapped, Swapped)
    assert (swapped.ready.model, swapped.ready.engine, swapped.ready.revision) == ("b", "second", 1)
    assert of(bench, SwapRefused) == []
    assert last_progress(bench) == Progress(10, 0)


def test_frames_go_on_being_restored_while_another_engine_is_made(
    bench: StageBench, around: Surroundings
) -> None:
    may_load = threading.Event()
    bench.engines.faults["second"] = Fault(may_load=may_load)
    around.run(
        bench.spec("a", engine="first"),
        around.until_prepared,
        lambda: bench.publish(range(4)),
        lambda: around.order(bench.spec("b", engine="second", revision=1)),
        *steps_of(bench, 4, 9),
        may_load.set,
        around.until_prepared,
        *steps_of(bench, 9, 11),
    )
    assert bench.sequences == list(range(11))
    assert bench.models == ["a"] * 9 + ["b"] * 2


@pytest.mark.parametrize("trouble", ["gone", "no engine", "differs"])
def test_a_refused_change_leaves_what_serves(
    bench: StageBench, around: Surroundings, trouble: str
) -> None:
    spec = bench.spec("b", engine="second", revision=1)
    if trouble == "gone":
        spec = bench.spec(model=str(bench.folder / "gone"), revision=1)
    elif trouble == "no engine":
        bench.engines.faults["second"] = Fault(load=EngineError("second: no GPU"))
    else:
        bench.engines.faults["second"] = Fault(counts=5000.0)
    around.run(
        bench.spec("a", engine="first"),
        around.until_prepared,
        lambda: bench.publish(range(5)),
        lambda: around.order(spec),
        around.until_prepared,
        *steps_of(bench, 5, 8),
    )
    assert bench.sequences == list(range(8))
    assert set(bench.models) == {"a"}
    [refused] = of(bench, SwapRefused)
    assert isinstance(refused, SwapRefused)
    assert refused.revision == 1
    words = {"gone": "gone", "no engine": "no GPU", "differs": "differs from fp32"}
    assert words[trouble] in refused.reason
    assert of(bench, Swapped) == []
    assert bench.engines.open == []


def test_an_order_that_is_taken_back_loads_nothing_anew(
    bench: StageBench, around: Surroundings
) -> None:
    bench.engines.faults["second"] = Fault(load=EngineError("second: no GPU"))
    around.run(
        bench.spec("a", engine="first"),
        around.until_prepared,
        lambda: bench.publish(range(5)),
        lambda: around.order(bench.spec("b", engine="second", revision=1)),
        around.until_prepared,
        lambda: around.order(bench.spec("a", engine="first", revision=2)),
        *steps_of(bench, 5, 8),
    )
    assert bench.sequences == list(range(8))
    assert bench.engines.loaded("first") == 1
    [swapped] = of(bench, Swapped)
    assert isinstance(swapped, Swapped)
    assert (swapped.ready.revision, swapped.ready.model) == (2, "a"), "it is answered all the same"


def test_the_normalisation_is_measured_anew_when_it_is_ordered_and_only_then(
    bench: StageBench, around: Surroundings
) -> None:
    def order(revision: int, relocks: int) -> Step:
        spec = bench.spec("a", engine="first", revision=revision, relocks=relocks)
        return lambda: around.order(spec)

    def show(begin: int, end: int) -> Step:
        return lambda: bench.publish(range(begin, end), lambda i: lit(i, 1.0 + i))

    around.run(
        bench.spec("a", engine="first", relocks=3),  # as to a restarted one
        around.until_prepared,
        show(0, 6),
        order(1, 4),
        show(6, 12),
        order(2, 4),
        show(12, 18),
    )
    assert bench.sequences == list(range(18))
    assert [each.origin for each in bench.locked] == ["the first frames", "frames measured anew"]
    assert [each.ready.revision for each in bench.swapped] == [1, 2]
    assert bench.said.index(bench.locked[1]) < bench.said.index(bench.swapped[0])
    assert bench.engines.loaded("first") == 1
    assert last_progress(bench) == Progress(18, 0)


def test_it_says_that_it_gets_ready_before_it_is(bench: StageBench, around: Surroundings) -> None:
    around.run(bench.spec("a", engine="first"), around.until_prepared)
    assert isinstance(bench.said[0], GettingReady)
    assert len(of(bench, GettingReady)) == len(of(bench, Ready)) == 1


def test_a_newer_order_takes_the_place_of_one_that_is_being_followed(
    bench: StageBench, around: Surroundings
) -> None:
    may_load = threading.Event()
    bench.engines.faults["second"] = Fault(may_load=may_load)
    bench.package("c")

    def both_prepared() -> None:
        around.until_prepared()
        may_load.set()
        around.until_prepared()

    around.run(
        bench.spec("a", engine="first"),
        around.until_prepared,
        lambda: bench.publish(range(5)),
        lambda: around.order(bench.spec("b", engine="second", revision=1)),
        around.nothing,
        lambda: around.order(bench.spec("c", engine="onnxruntime", revision=2)),
        both_prepared,
        *steps_of(bench, 5, 8),
    )
    assert bench.sequences == list(range(8))
    assert bench.models == ["a"] * 5 + ["c"] * 3
    assert [each.ready.revision for each in bench.swapped] == [2]
    assert bench.engines.open == []


def test_held_frames_that_a_change_restores_are_said_to_be_settled(
    bench: StageBench, around: Surroundings
) -> None:
    bench.package("b", kind="fixed", low=90.0, high=250.0)
    around.run(
        bench.spec("a", engine="first"),
        around.until_prepared,
        lambda: bench.publish(range(3)),
        lambda: around.order(bench.spec("b", engine="onnxruntime", revision=1)),
        around.until_prepared,
        around.nothing,
        lambda: around.bench.said.append(Progress(0, 77)),  # a mark: what comes later is the end's
    )
    mark = bench.said.index(Progress(0, 77))
    before = [each for each in bench.said[:mark] if isinstance(each, Progress)]
    assert before[-1] == Progress(3, 0)
    assert bench.sequences == [0, 1, 2]


def test_what_serves_in_the_end_is_what_is_said(bench: StageBench, around: Surroundings) -> None:
    """The held frames refuse the engine that was ordered before it has shown one."""
    bench.package("b", kind="fixed", low=90.0, high=250.0)
    bench.engines.faults["first"] = Fault(counts=500.0, dim_frames_only=True)
    around.run(
        bench.spec("a", engine="onnxruntime"),
        around.until_prepared,
        lambda: bench.publish(range(3)),
        lambda: around.order(bench.spec("b", engine="first", revision=1)),
        around.until_prepared,
        *steps_of(bench, 3, 5),
    )
    assert bench.sequences == list(range(5))
    assert {each.by.engine for each in bench.found} == {"onnxruntime"}
    assert {(each.ready.engine, each.ready.revision) for each in bench.swapped} == {
        ("onnxruntime", 1)
    }


def test_an_engine_that_cannot_be_made_at_first_ends_it(
    bench: StageBench, around: Surroundings
) -> None:
    for name in ("first", "second", "onnxruntime"):
        bench.engines.faults[name] = Fault(load=EngineError(f"{name}: no"))
    with pytest.raises(EngineError, match="onnxruntime: no"):
        around.run(bench.spec("a"), around.until_prepared)


def test_several_threads_may_say_that_they_are_done_even_when_all_is_over(
    bench: StageBench, around: Surroundings
) -> None:
    may_load = threading.Event()
    bench.engines.faults["second"] = Fault(may_load=may_load)
    around.run(
        bench.spec("a", engine="first"),
        around.until_prepared,
        lambda: bench.publish(range(5)),
        lambda: around.order(bench.spec("b", engine="second", revision=1)),
        around.nothing,
    )
    done = threading.Event()
    around.wake = done.set  # type: ignore[method-assign]
    may_load.set()
    for thread in threading.enumerate():
        if thread.name.startswith("livecare-prepare"):
            thread.join(PATIENCE_S)
    assert not done.is_set(), "its socket is closed by now"
