"""A restorer at work, told step by step what happens around it: passing, beginning, ending."""

import threading

import pytest
from lock_orders import frame, lit
from made_up_engines import PATIENCE_S, Fault
from stage_bench import StageBench
from step_by_step import Surroundings

from livecare.errors import EngineError
from livecare.link import GettingReady, Progress, Ready


def test_frames_pass_until_an_engine_is_ready_and_all_count_as_skipped(
    bench: StageBench, around: Surroundings
) -> None:
    may_load = around.hold("first")
    around.run(
        bench.spec("a", engine="first", window=(90.0, 250.0)),
        *around.publishing(0, 4),
        lambda: bench.publish(range(4, 7)),  # two of them are passed over
        may_load.set,
        around.until_prepared,
        *around.publishing(7, 9),
    )
    passed = [each.sequence for each in bench.found if each.by.passed_through]
    restored = [each.sequence for each in bench.found if not each.by.passed_through]
    assert passed == [0, 1, 2, 3, 6]
    assert restored == [7, 8]
    assert all((each.pixels == bench.shown[each.sequence]).all() for each in bench.found[:5])
    assert around.last_progress == Progress(9, 7)
    assert len(around.of(Ready)) == 1
    assert bench.engines.open == []


def test_frames_that_come_while_an_engine_becomes_ready_count_too(
    bench: StageBench, around: Surroundings
) -> None:
    may_load = around.hold("first")

    def both() -> None:
        may_load.set()
        around.until_prepared()
        bench.publish(range(3))

    around.run(
        bench.spec("a", engine="first", window=(90.0, 250.0)), both, *around.publishing(3, 5)
    )
    assert bench.sequences == [3, 4]
    assert around.last_progress == Progress(5, 3)


def test_a_full_ring_is_waited_for_while_frames_pass(
    bench: StageBench, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorder is behind: nothing is said over and over."""
    may_load = around.hold("first")
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
    assert around.last_progress == Progress(3, 3)
    assert len(around.of(Progress)) == 1, "that of the engine that is ready"


def test_it_says_that_it_gets_ready_before_it_is(bench: StageBench, around: Surroundings) -> None:
    around.run(bench.spec("a", engine="first"), around.until_prepared)
    assert isinstance(bench.said[0], GettingReady)
    assert len(around.of(GettingReady)) == len(around.of(Ready)) == 1


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
    may_load = around.hold("second")
    around.run(
        bench.spec("a", engine="first"),
        *around.ordering(bench.spec("b", engine="second", revision=1), after=5),
        around.nothing,
    )
    done = threading.Event()
    around.wake = done.set  # type: ignore[method-assign]
    may_load.set()
    for thread in threading.enumerate():
        if thread.name.startswith("livecare-prepare"):
            thread.join(PATIENCE_S)
    assert not done.is_set(), "its socket is closed by now"
