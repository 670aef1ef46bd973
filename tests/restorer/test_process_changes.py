"""A restorer at work, told step by step of other orders: what serves from when on, who says so."""

import pytest
from lock_orders import lit
from made_up_engines import Fault
from stage_bench import StageBench
from step_by_step import Step, Surroundings

from livecare.errors import EngineError
from livecare.link import Progress, Swapped, SwapRefused


def test_another_engine_serves_from_a_frame_on(bench: StageBench, around: Surroundings) -> None:
    around.run(
        bench.spec("a", engine="first"),
        *around.ordering(bench.spec("b", engine="second", revision=1), after=6),
        around.until_prepared,
        lambda: bench.publish(range(6, 10)),
    )
    assert bench.sequences == list(range(10))
    assert bench.models == ["a"] * 6 + ["b"] * 4
    [swapped] = around.of(Swapped)
    assert isinstance(swapped, Swapped)
    assert (swapped.ready.model, swapped.ready.engine, swapped.ready.revision) == ("b", "second", 1)
    assert around.of(SwapRefused) == []
    assert around.last_progress == Progress(10, 0)


def test_frames_go_on_being_restored_while_another_engine_is_made(
    bench: StageBench, around: Surroundings
) -> None:
    may_load = around.hold("second")
    around.run(
        bench.spec("a", engine="first"),
        *around.ordering(bench.spec("b", engine="second", revision=1), after=4),
        *around.publishing(4, 9),
        may_load.set,
        around.until_prepared,
        *around.publishing(9, 11),
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
        *around.ordering(spec, after=5),
        around.until_prepared,
        *around.publishing(5, 8),
    )
    assert bench.sequences == list(range(8))
    assert set(bench.models) == {"a"}
    [refused] = around.of(SwapRefused)
    assert isinstance(refused, SwapRefused)
    assert refused.revision == 1
    words = {"gone": "gone", "no engine": "no GPU", "differs": "differs from fp32"}
    assert words[trouble] in refused.reason
    assert around.of(Swapped) == []
    assert bench.engines.open == []


def test_an_order_that_is_taken_back_loads_nothing_anew(
    bench: StageBench, around: Surroundings
) -> None:
    bench.engines.faults["second"] = Fault(load=EngineError("second: no GPU"))
    around.run(
        bench.spec("a", engine="first"),
        *around.ordering(bench.spec("b", engine="second", revision=1), after=5),
        around.until_prepared,
        lambda: around.order(bench.spec("a", engine="first", revision=2)),
        *around.publishing(5, 8),
    )
    assert bench.sequences == list(range(8))
    assert bench.engines.loaded("first") == 1
    [swapped] = around.of(Swapped)
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
    assert around.last_progress == Progress(18, 0)


def test_the_normalisation_is_measured_anew_with_what_serves_instead_of_a_refused_engine(
    bench: StageBench, around: Surroundings
) -> None:
    bench.engines.faults["first"] = Fault(counts=500.0, dim_frames_only=True)
    around.run(
        bench.spec("a", engine="first"),
        around.until_prepared,
        *around.publishing(0, 6),
        lambda: around.order(bench.spec("a", engine="first", revision=1, relocks=1)),
        lambda: bench.publish(range(6, 12), lambda i: lit(i, 1.0 + i)),
    )
    assert [each.ready.engine for each in bench.swapped] == ["onnxruntime"] * 2
    assert bench.swapped[1].ready.revision == 1
    assert bench.locked[-1].origin == "frames measured anew"
    assert bench.engines.loaded("first") == 1
    assert bench.sequences == list(range(12))


@pytest.mark.parametrize("changed", [{"max_batch": 8}, {"latency_budget_ms": 50.0}])
def test_the_normalisation_is_measured_anew_behind_another_change(
    bench: StageBench, around: Surroundings, changed: dict[str, object]
) -> None:
    anew = bench.spec("a", engine="first", revision=1, relocks=1, **changed)
    around.run(
        bench.spec("a", engine="first"),
        *around.ordering(anew, after=6),
        *([around.until_prepared] if "max_batch" in changed else []),
        lambda: bench.publish(range(6, 12), lambda i: lit(i, 1.0 + i)),
    )
    assert [each.origin for each in bench.locked] == ["the first frames", "frames measured anew"]
    assert bench.swapped[-1].ready.revision == 1
    assert [each.ready.revision for each in bench.swapped[:-1]] == [0] * ("max_batch" in changed)
    assert bench.said.index(bench.locked[1]) < bench.said.index(bench.swapped[-1])
    assert bench.sequences == list(range(12))


def test_a_newer_order_takes_the_place_of_one_that_is_being_followed(
    bench: StageBench, around: Surroundings
) -> None:
    may_load = around.hold("second")
    bench.package("c")

    def both_prepared() -> None:
        around.until_prepared()
        may_load.set()
        around.until_prepared()

    around.run(
        bench.spec("a", engine="first"),
        *around.ordering(bench.spec("b", engine="second", revision=1), after=5),
        around.nothing,
        lambda: around.order(bench.spec("c", engine="onnxruntime", revision=2)),
        both_prepared,
        *around.publishing(5, 8),
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
        *around.ordering(bench.spec("b", engine="onnxruntime", revision=1), after=3),
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
        *around.ordering(bench.spec("b", engine="first", revision=1), after=3),
        around.until_prepared,
        *around.publishing(3, 5),
    )
    assert bench.sequences == list(range(5))
    assert {each.by.engine for each in bench.found} == {"onnxruntime"}
    assert {(each.ready.engine, each.ready.revision) for each in bench.swapped} == {
        ("onnxruntime", 1)
    }
