"""An engine is compared with fp32 before it shows its first live frame; a wrong one shows none."""

from dataclasses import replace

import numpy as np
import pytest
from lock_orders import dark, lit
from made_up_engines import Fault, First
from stage_bench import StageBench

from livecare.errors import EngineError
from livecare.frame import Pixels
from livecare.link import GettingReady
from livecare.models.anscombe import CameraNoise
from livecare.models.normalise import Anscombe
from livecare.restorer.locking import Lock
from livecare.restorer.pace import Pace
from livecare.restorer.stage import CHECK_S, REPLACE_S

OWN_WINDOW = {"kind": "fixed", "low": 90.0, "high": 250.0}
WRONG_ON_LIVE_FRAMES = Fault(counts=500.0, dim_frames_only=True)


def test_an_engine_is_checked_on_the_first_live_frames_and_once(bench: StageBench) -> None:
    stage = bench.stage(bench.serving("a", engine="first"))
    assert stage.serving.needs_live_check
    bench.publish(range(3))
    bench.restore_all(stage)
    assert stage.serving.needs_live_check, "no frame is restored yet"
    loaded = bench.engines.loaded("onnxruntime")
    bench.publish(range(3, 10))
    bench.restore_all(stage)
    assert not stage.serving.needs_live_check
    assert bench.engines.loaded("onnxruntime") == loaded + 1
    assert bench.sequences == list(range(10))
    assert bench.swapped == []
    assert bench.engines.open == ["first fp16"]


def test_the_reference_and_what_runs_no_network_are_not_checked(bench: StageBench) -> None:
    for name in ("onnxruntime", "identity"):
        assert not bench.serving("a", engine=name).needs_live_check


def test_an_engine_that_is_wrong_on_live_frames_never_shows_one(bench: StageBench) -> None:
    bench.engines.faults["first"] = WRONG_ON_LIVE_FRAMES
    serving = bench.serving("a", revision=7)
    assert serving.choice.engine.name == "first"
    stage = bench.stage(serving)
    bench.publish(range(8))
    bench.restore_all(stage)
    assert bench.sequences == list(range(8))
    assert {each.by.engine for each in bench.found} == {"second"}
    bench.assert_right(serving)
    [swapped] = bench.swapped
    assert (swapped.ready.engine, swapped.ready.revision) == ("second", 7)
    assert "not first fp16: on live frames, it differs from fp32 by" in swapped.ready.why
    assert not stage.serving.needs_live_check, "the next one was checked as well"
    assert (stage.progress.cursor, stage.progress.skipped, bench.failed) == (8, 0, [])
    assert bench.engines.open == ["second fp32"]


@pytest.mark.parametrize("engine", ["auto", "first"])
def test_where_none_is_right_on_live_frames_the_reference_serves(
    bench: StageBench, engine: str
) -> None:
    for name in ("first", "second"):
        bench.engines.faults[name] = WRONG_ON_LIVE_FRAMES
    serving = bench.serving("a", engine=engine)
    stage = bench.stage(serving)
    bench.publish(range(8))
    bench.restore_all(stage)
    assert bench.sequences == list(range(8))
    assert {(each.by.engine, each.by.precision) for each in bench.found} == {
        ("onnxruntime", "fp32")
    }
    bench.assert_right(serving)
    assert "first fp16: on live frames" in bench.swapped[-1].ready.why
    assert bench.engines.open == ["onnxruntime fp32"]


def test_an_engine_that_has_another_precision_than_was_asked_for_is_not_tried_for_ever(
    bench: StageBench,
) -> None:
    bench.engines.faults["second"] = Fault(counts=500.0, dim_frames_only=True, precision="fp32")
    stage = bench.stage(bench.serving("a", engine="second", precision="bf16"))
    bench.publish(range(4))
    bench.restore_all(stage)
    assert {each.by.engine for each in bench.found} == {"onnxruntime"}
    assert bench.engines.loaded("second") == 2


def test_an_engine_that_fails_on_live_frames_where_fp32_does_not_is_refused(
    bench: StageBench,
) -> None:
    bench.engines.faults["first"] = Fault(
        infer=EngineError("first: it overflows"), dim_frames_only=True
    )
    stage = bench.stage(bench.serving("a"))
    bench.publish(range(6))
    bench.restore_all(stage)
    assert (bench.sequences, bench.failed) == (list(range(6)), [])
    assert {each.by.engine for each in bench.found} == {"second"}
    assert "on live frames, first: it overflows" in bench.swapped[0].ready.why


def test_the_next_engine_may_want_larger_batches(bench: StageBench) -> None:
    bench.engines.faults["first"] = WRONG_ON_LIVE_FRAMES
    bench.paces.by_engine["second"] = Pace(batch=4, backlog=200, seconds_per_frame=0.001)
    stage = bench.stage(bench.serving("a"))
    for begin in (0, 8):
        bench.publish(range(begin, begin + 8))
        bench.restore_all(stage)
    assert bench.sequences == list(range(16))
    assert stage.progress.skipped == 0


def test_the_next_engine_is_as_far_behind_as_its_own_pace_allows(bench: StageBench) -> None:
    bench.engines.faults["first"] = WRONG_ON_LIVE_FRAMES
    bench.paces.by_engine["second"] = Pace(batch=1, backlog=3, seconds_per_frame=0.03)
    stage = bench.stage(bench.serving("a"))
    bench.publish(range(8))
    bench.restore_all(stage)
    assert stage.serving.choice.engine.name == "second"
    skipped = stage.progress.skipped
    bench.publish(range(8, 16))
    bench.restore_all(stage)
    assert bench.sequences[-1] == 15
    assert stage.progress.skipped == skipped + 7, "the newest is shown, not one of long ago"


def test_blank_frames_judge_nobody(bench: StageBench) -> None:
    """On a dark frame every engine is right."""
    bench.engines.faults["first"] = Fault(counts=0.4, dim_frames_only=True)
    stage = bench.stage(bench.serving("a", window=(90.0, 91.0), restored_dtype="float32"))
    bench.publish(range(4), lambda _: dark())
    bench.restore_all(stage)
    assert stage.serving.needs_live_check
    assert bench.swapped == []
    bench.engines.faults["first"].counts = 500.0
    bench.publish(range(4, 6), lambda sequence: dark() if sequence == 4 else lit(sequence))
    bench.restore_all(stage)
    assert [each.by.engine for each in bench.found] == ["first"] * 4 + ["second"] * 2
    assert len(bench.swapped) == 1


def test_frames_that_fp32_cannot_restore_either_judge_nobody(bench: StageBench) -> None:
    def with_nan(sequence: int) -> Pixels:
        frame = lit(sequence).astype(np.float32)
        frame[3, 3] = np.nan
        return frame

    settings = {"dtype": "float32", "restored_dtype": "float32", "window": (90.0, 250.0)}
    stage = bench.stage(bench.serving("a", **settings))
    bench.publish(range(2), with_nan)
    bench.restore_all(stage)
    assert bench.failed == [0, 1]
    assert stage.serving.needs_live_check
    assert bench.swapped == []
    bench.publish(range(2, 4), lambda sequence: lit(sequence).astype(np.float32))
    bench.restore_all(stage)
    assert bench.sequences == [2, 3]
    assert not stage.serving.needs_live_check


def test_a_change_to_an_engine_that_the_held_frames_refuse(bench: StageBench) -> None:
    bench.engines.faults["first"] = WRONG_ON_LIVE_FRAMES
    stage = bench.stage(bench.serving("a", engine="onnxruntime"))
    bench.publish(range(3))
    bench.restore_all(stage)
    bench.package("b", **OWN_WINDOW)
    serving = bench.serving("b", revision=3)
    stage.change_to(serving)
    bench.collect()
    assert serving.choice.engine.name == "first"
    assert stage.serving.choice.engine.name == "second"
    assert [(each.by.engine, each.sequence) for each in bench.found] == [
        ("second", 0),
        ("second", 1),
        ("second", 2),
    ]
    bench.assert_right(serving)
    assert bench.engines.open == ["second fp32"]


@pytest.mark.parametrize("kind", ["per-frame", "ema"])
def test_a_window_that_moves_is_that_of_the_frame_and_does_not_move_by_a_check(
    bench: StageBench, kind: str
) -> None:
    stage = bench.stage(bench.serving("a", engine="first", normalisation=kind))
    bench.publish(range(6))
    bench.restore_all(stage)
    reference = [each for each in bench.engines.made if each.name == "onnxruntime"][-1]
    [checked_with] = reference.normalisations
    assert checked_with.record() == bench.found[0].by.normalised_with
    alone = bench.stage(bench.serving("a", engine="onnxruntime", normalisation=kind))
    windows = [each.by.normalised_with for each in bench.found]
    bench.found.clear()
    bench.publish(range(6))
    bench.restore_all(alone)
    assert [each.by.normalised_with for each in bench.found] == windows


@pytest.mark.parametrize("checked", [True, False])
def test_time_is_asked_for_before_a_gpu_takes_frames_another_way(
    bench: StageBench, monkeypatch: pytest.MonkeyPatch, *, checked: bool
) -> None:
    def allocate(_: object, frames: int, shape: tuple[int, ...], dtype: str) -> Pixels:
        return np.zeros((frames, *shape), dtype)

    binned = Anscombe(CameraNoise(2.0, 100.0, 1.5, binning=2))
    monkeypatch.setattr(First, "allocate", allocate, raising=False)
    monkeypatch.setattr(Lock, "make", lambda *_: binned)
    bench.package("n", kind="anscombe")
    served = bench.serving("n", engine="first", normalisation="anscombe")
    stage = bench.stage(replace(served, checked=checked))
    for begin in (0, 6):
        bench.publish(range(begin, begin + 6))
        bench.restore_all(stage)
    assert bench.sequences == list(range(12))
    asked = [each.patience_s for each in bench.said if isinstance(each, GettingReady)]
    assert asked == [REPLACE_S if checked else CHECK_S + REPLACE_S]
    [locked] = bench.locked
    bench.said.clear()
    again = bench.serving("n", engine="first", normalisation="anscombe", locked=(locked,))
    stage = bench.stage(replace(again, checked=True))
    bench.publish(range(12, 14))
    bench.restore_all(stage)
    assert not any(isinstance(each, GettingReady) for each in bench.said)
