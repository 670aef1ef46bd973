"""Something else serves from one frame on: each frame once, in order, and none of them wrong."""

from pathlib import Path

import numpy as np
import pytest
from lock_orders import dark, lit
from stage_bench import StageBench

from livecare.errors import ConfigError
from livecare.link import LockWaits
from livecare.restorer.locking import Lock
from livecare.restorer.pace import Pace

OWN_WINDOW = {"kind": "fixed", "low": 90.0, "high": 250.0}
WIDE = {"kind": "fixed", "low_percentile": 0.0, "high_percentile": 100.0}


def test_the_provenance_changes_exactly_at_the_boundary(bench: StageBench) -> None:
    first = bench.serving("a", engine="first")
    stage = bench.stage(first)
    bench.publish(range(10))
    bench.restore_all(stage)
    bench.publish(range(10, 14))
    stage.restore_waiting()  # two of the four that wait
    second = bench.serving("b", engine="second", revision=1)
    stage.change_to(second)
    assert stage.serving.choice is second.choice
    bench.restore_all(stage)
    assert bench.sequences == list(range(14))
    assert bench.models == ["a"] * 12 + ["b"] * 2
    assert [each.by.engine for each in bench.found] == ["first"] * 12 + ["second"] * 2
    assert [each.by.precision for each in bench.found] == ["fp16"] * 12 + ["fp32"] * 2
    assert bench.found[-1].by.model_sha256 == second.model.sha256
    assert stage.restored == 14
    assert (stage.progress.cursor, stage.progress.skipped) == (14, 0)
    assert bench.failed == []
    assert bench.engines.open == ["second fp32"], "what served before is closed"
    bench.assert_right(second)


def test_the_same_units_keep_the_lock(bench: StageBench) -> None:
    stage = bench.stage(bench.serving("a"))
    bench.publish(range(6))
    bench.restore_all(stage)
    bench.publish(range(6, 12), lambda sequence: lit(sequence, brightness=20.0), channel=1)
    bench.restore_all(stage)
    stage.change_to(bench.serving("b"))
    bench.publish(range(12, 14))
    bench.publish(range(14, 16), lambda sequence: lit(sequence, brightness=20.0), channel=1)
    bench.restore_all(stage)
    assert bench.sequences == list(range(16))
    assert [each.channel for each in bench.locked] == [0, 1], "nothing is locked a second time"
    windows = [each.by.normalised_with for each in bench.found]
    assert windows == [windows[0]] * 6 + [windows[6]] * 6 + [windows[0]] * 2 + [windows[6]] * 2
    assert windows[0] != windows[6]


@pytest.mark.parametrize("changed", [WIDE, OWN_WINDOW, {"kind": "anscombe"}])
def test_other_units_lock_anew_whatever_is_handed_on(
    bench: StageBench, changed: dict[str, object]
) -> None:
    """The orders hand on what was locked for the model that served before."""
    stage = bench.stage(bench.serving("a"))
    bench.publish(range(4))
    bench.restore_all(stage)
    [before] = bench.locked
    bench.package("b", **changed)
    serving = bench.serving("b", normalisation=changed["kind"], locked=(before,))
    stage.change_to(serving)
    bench.publish(range(4, 12))
    bench.restore_all(stage)
    assert bench.sequences == list(range(12))
    assert bench.models == ["a"] * 4 + ["b"] * 8
    [_, after] = bench.locked
    assert after.values != before.values
    assert after.kind == changed["kind"]
    assert all(each.by.normalised_with == after.values for each in bench.found[4:])
    if "low" in changed:
        assert after.values == {"low": 90.0, "high": 250.0}
    bench.assert_right(serving)


def test_held_frames_go_over(bench: StageBench) -> None:
    stage = bench.stage(bench.serving("a"))
    bench.publish(range(3))
    bench.restore_all(stage)
    assert bench.sequences == []
    assert stage.progress.cursor == 0
    serving = bench.serving("b")
    stage.change_to(serving)
    assert (stage.progress.cursor, stage.progress.skipped) == (0, 0)
    bench.publish(range(3, 5))
    bench.restore_all(stage)
    assert bench.sequences == list(range(5))
    assert set(bench.models) == {"b"}
    assert (stage.progress.cursor, stage.progress.skipped, bench.failed) == (5, 0, [])
    assert len(bench.locked) == 1
    bench.assert_right(serving)


def test_held_frames_that_can_be_restored_at_once_are_settled_with_the_change(
    bench: StageBench,
) -> None:
    """The end waits for the cursor: it must not wait for a frame that will never come."""
    stage = bench.stage(bench.serving("a"))
    bench.publish(range(3))
    bench.restore_all(stage)
    bench.package("b", **OWN_WINDOW)
    stage.change_to(bench.serving("b"))
    bench.collect()
    assert bench.sequences == [0, 1, 2]
    assert (stage.progress.cursor, stage.progress.skipped) == (3, 0)
    assert not stage.holding_after_acquisition


def test_live_frames_that_are_held_for_a_longer_lock_stay_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the ring is less than the lock wants; while live there is room for all of it."""
    bench = StageBench(tmp_path, monkeypatch, slots=8)
    stage = bench.stage(bench.serving("a", lock_frames=8))
    for sequence in range(6):
        bench.publish(range(sequence, sequence + 1))
        bench.restore_all(stage)
    bench.package("b", **WIDE)
    serving = bench.serving("b", lock_frames=8)
    stage.change_to(serving)
    assert (bench.failed, stage.progress.skipped, bench.locked) == ([], 0, [])
    bench.publish(range(6, 8))
    bench.restore_all(stage)
    assert bench.sequences == [6, 7], "the newest, since half a ring is behind"
    assert (bench.failed, stage.progress.skipped) == ([], 6)
    [locked] = bench.locked
    frames = [bench.shown[i] for i in range(8)]
    assert locked.values == {"low": np.min(frames), "high": np.max(frames)}, "of all eight"
    bench.close()


def test_live_frames_that_the_new_model_cannot_lock_to_are_left_for_later(
    bench: StageBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConfigError("no good")

    stage = bench.stage(bench.serving("a", lock_frames=8))
    bench.publish(range(4))
    bench.restore_all(stage)
    bench.package("b", **WIDE)
    serving = bench.serving("b", lock_frames=4)
    monkeypatch.setattr(Lock, "make", fail)
    stage.change_to(serving)
    bench.collect()
    assert bench.said == [LockWaits(0, "no good")]
    assert (bench.sequences, bench.failed) == ([], [])
    assert (stage.progress.cursor, stage.progress.skipped) == (4, 4)


def test_after_the_acquisition_held_frames_go_over_too(bench: StageBench) -> None:
    stage = bench.stage(bench.serving("a"))
    bench.publish(range(3))
    bench.restore_all(stage)
    bench.drain()
    stage.change_to(bench.serving("b"))
    assert stage.holding_after_acquisition
    stage.settle()
    bench.collect()
    assert (bench.sequences, bench.models) == ([0, 1, 2], ["b"] * 3)
    assert (stage.progress.cursor, stage.progress.skipped, bench.failed) == (3, 0, [])


def test_what_was_skipped_before_counts_on(bench: StageBench) -> None:
    stage = bench.stage(bench.serving("a", window=(90.0, 250.0)))
    stage.skipped_before = 5
    bench.publish(range(10), lambda _: dark())
    bench.restore_all(stage)
    bench.paces.by_engine["second"] = Pace(batch=2, backlog=2, seconds_per_frame=1.0)
    stage.change_to(bench.serving("b", window=(90.0, 250.0), engine="second"))
    bench.publish(range(10, 20))
    bench.restore_all(stage)
    assert bench.sequences == [*range(10), 18, 19]
    assert (stage.progress.cursor, stage.progress.skipped) == (20, 5 + 8)


def test_several_changes_in_a_row(bench: StageBench) -> None:
    stage = bench.stage(bench.serving("a"))
    names = ["b", "a", "c", "b"]
    bench.package("c", **WIDE)
    for index, name in enumerate(names):
        bench.publish(range(5 * index, 5 * index + 5))
        bench.restore_all(stage)
        serving = bench.serving(name)
        stage.change_to(serving)
    bench.publish(range(20, 25))
    bench.restore_all(stage)
    assert bench.sequences == list(range(25))
    assert bench.models == [each for each in ("a", *names) for _ in range(5)]
    assert bench.failed == []
    assert len(bench.engines.open) == 1
    stage.close()
    assert bench.engines.open == []


def test_frames_that_wait_in_vain_are_said_by_whoever_serves(bench: StageBench) -> None:
    stage = bench.stage(bench.serving("a"))
    bench.publish(range(6), lambda _: dark())
    bench.restore_all(stage)
    stage.change_to(bench.serving("b"))
    bench.publish(range(6, 12), lambda _: dark())
    bench.restore_all(stage)
    assert len([each for each in bench.said if isinstance(each, LockWaits)]) == 2
    assert (stage.progress.cursor, stage.progress.skipped, bench.failed) == (12, 12, [])
