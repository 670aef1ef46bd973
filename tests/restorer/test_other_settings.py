"""Other settings for what serves: another budget keeps the engine, another window takes hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stage_bench import StageBench

from livecare.restorer.pace import Pace


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StageBench]:
    bench = StageBench(tmp_path, monkeypatch)
    bench.paces.by_engine["first"] = Pace(batch=4, backlog=10, seconds_per_frame=0.01)
    yield bench
    bench.close()


def test_another_budget_keeps_engine_and_lock_and_comes_back(bench: StageBench) -> None:
    stage = bench.stage(bench.serving("a", engine="first"))
    bench.publish(range(8))
    bench.restore_all(stage)
    engine, locked = stage.serving.choice.engine, len(bench.locked)
    for budget_ms, pace in (
        (20.0, Pace(2, 2, 0.01)),
        (1.0, Pace(1, 1, 0.01)),
        (70.0, Pace(4, 7, 0.01)),
        (9000.0, Pace(4, 8, 0.01)),  # half of the ring
    ):
        spec = bench.spec("a", engine="first", latency_budget_ms=budget_ms, revision=1)
        within = stage.serving.within(spec)
        assert within is not None
        stage.limit_to(within)
        assert stage.serving.pace == pace
        assert stage.serving.follows(spec)
        assert stage.serving.choice.engine is engine
        assert stage.intake.backlog == pace.backlog
    bench.publish(range(8, 11))
    stage.limit_to(stage.serving.within(bench.spec("a", engine="first", latency_budget_ms=20.0)))
    bench.restore_all(stage)
    assert bench.sequences == [*range(8), 9, 10], "of three the newest two"
    assert stage.progress.skipped == 1
    assert len(bench.locked) == locked


def test_more_than_another_budget_needs_an_engine(bench: StageBench) -> None:
    made = bench.serving("a", engine="first")
    for other in ({"max_batch": 8}, {"precision": "fp32"}, {"window": (90.0, 250.0)}):
        spec = bench.spec("a", engine="first", latency_budget_ms=20.0, **other)
        assert made.within(spec) is None


def test_a_window_that_is_given_takes_hold_and_what_was_locked_is_forgotten(
    bench: StageBench,
) -> None:
    stage = bench.stage(bench.serving("a", engine="first"))
    bench.publish(range(4))
    bench.restore_all(stage)
    [measured] = bench.locked
    given = bench.serving("a", engine="first", window=(90.0, 250.0), locked=(measured,))
    stage.change_to(given)
    bench.publish(range(4, 6))
    bench.restore_all(stage)
    assert bench.found[-1].by.normalised_with == {"low": 90.0, "high": 250.0}
    configured = bench.locked[-1]
    assert configured.origin == "the configuration"
    restarted = bench.stage(
        bench.serving("a", engine="first", window=(95.0, 260.0), locked=(configured,))
    )
    bench.publish(range(6, 8))
    bench.restore_all(restarted)
    assert bench.found[-1].by.normalised_with == {"low": 95.0, "high": 260.0}
    stage.close()
    restarted.close()
