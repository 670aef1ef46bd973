"""A stage whose engine fails: less is tried, raw frames pass, every frame is accounted for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lock_orders import lit
from made_up_engines import Fault, MadeUpEngine
from stage_bench import StageBench

from livecare.errors import EngineError, EngineLostError, EngineMemoryError
from livecare.frame import Pixels
from livecare.link import Degraded, Swapped
from livecare.restorer.degrading import EVERY, FALL_AFTER, SPARSE_FALL_AFTER, Trust
from livecare.restorer.pace import Pace
from livecare.restorer.stage import Stage

WINDOW = {"window": (90.0, 250.0), "engine": "onnxruntime"}
BROKEN = EngineError("onnxruntime: its wires are cut")


def numbered(sequence: int) -> Pixels:
    """Give a frame that says its number in its first pixel."""
    pixels = lit(sequence)
    pixels[0, 0] = sequence
    return pixels


class Case:
    """A stage that is fed by and by, a clock, and what became of every frame."""

    def __init__(self, bench: StageBench) -> None:
        self.bench = bench
        self.now_s = 0.0
        self.stage = bench.stage(bench.serving("a", **WINDOW))
        self.stage._judge._clock = lambda: self.now_s
        self.engine: MadeUpEngine = self.stage.serving.choice.engine  # type: ignore[assignment]
        self.sent = 0

    def show(self, frames: int, at_once: int = 1) -> None:
        """Let frames come, so many at a time."""
        for begin in range(self.sent, self.sent + frames, at_once):
            end = min(begin + at_once, self.sent + frames)
            self.bench.publish(range(begin, end))
            self.bench.restore_all(self.stage)
        self.sent += frames

    def break_down(self) -> None:
        self.engine.fault = Fault(infer=BROKEN)

    def mend(self) -> None:
        self.engine.fault = Fault()

    @property
    def restored(self) -> list[int]:
        return [each.sequence for each in self.bench.found if not each.by.passed_through]

    @property
    def passed(self) -> list[int]:
        return [each.sequence for each in self.bench.found if each.by.passed_through]

    @property
    def levels(self) -> list[str]:
        return [each.to for each in self.bench.said if isinstance(each, Degraded)]

    def assert_accounted(self) -> None:
        """Each frame is restored, failed or counted as skipped; none is two of it."""
        restored, failed = set(self.restored), set(self.bench.failed)
        progress = self.stage.progress
        assert len(restored) == len(self.restored)
        assert not restored & failed
        assert len(restored) + len(failed) + progress.skipped == self.sent == progress.cursor


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StageBench]:
    bench = StageBench(tmp_path, monkeypatch)
    bench.paces.by_engine["onnxruntime"] = Pace(batch=4, backlog=100, seconds_per_frame=0.001)
    yield bench
    bench.close()


@pytest.fixture
def case(bench: StageBench) -> Case:
    return Case(bench)


@pytest.mark.parametrize("at_once", [1, 4, 6])
def test_down_to_raw_frames_and_up_again(case: Case, at_once: int) -> None:
    case.show(8, at_once)
    case.break_down()
    case.show(FALL_AFTER, at_once)
    assert case.levels == ["sparse"]
    tried = len(case.engine.batches)
    case.show(SPARSE_FALL_AFTER * EVERY - 1, at_once)
    assert len(case.engine.batches) == tried + SPARSE_FALL_AFTER - 1, "one of eight is tried"
    assert case.passed == []
    case.show(8, at_once)
    assert case.levels == ["sparse", "raw"]
    shown = len(case.passed)
    assert case.passed[-1] == case.sent - 1, "the newest is shown as it came"
    case.show(8, at_once)
    assert len(case.passed) > shown
    raw = [each for each in case.bench.found if each.by.passed_through]
    assert all((each.pixels == case.bench.shown[each.sequence]).all() for each in raw)
    case.mend()
    case.now_s += 10
    case.show(1)
    assert case.levels == ["sparse", "raw", "sparse"]
    assert case.restored[-1] == case.sent - 1
    case.show(EVERY * 10, at_once)
    assert case.levels == ["sparse", "raw", "sparse", "full"]
    assert case.bench.failed == []
    restored = len(case.restored)
    case.show(12, at_once)
    assert len(case.restored) == restored + 12
    case.assert_accounted()


def test_a_try_in_vain_shows_the_frame_as_it_came(case: Case) -> None:
    case.break_down()
    case.show(FALL_AFTER + SPARSE_FALL_AFTER * EVERY)
    assert case.stage._judge.trust is Trust.NONE
    tried = len(case.engine.batches)
    case.now_s += 100
    case.show(1)
    assert len(case.engine.batches) == tried + 1
    assert case.passed[-1] == case.sent - 1
    case.assert_accounted()


def test_bad_frames_among_good_ones_fail_alone(bench: StageBench) -> None:
    """Also many of them, also several in a row: nothing is degraded, and no good one suffers."""
    case = Case(bench)
    bad = {i for i in range(100) if i % 10 in (3, 4, 5) or i % 7 == 0}
    restore = case.engine._restore

    def refuse(frame: Pixels, target: Pixels, normalisation: object) -> None:
        if int(frame[0, 0]) in bad:
            raise BROKEN
        restore(frame, target, normalisation)  # type: ignore[arg-type]

    case.engine._restore = refuse  # type: ignore[method-assign]

    for begin in range(0, 100, 5):
        bench.publish(range(begin, begin + 5), numbered)
        bench.restore_all(case.stage)
    case.sent = 100
    assert set(bench.failed) == bad
    assert set(case.restored) == set(range(100)) - bad
    assert case.levels == []
    case.assert_accounted()


def test_after_the_acquisition_every_frame_is_tried(case: Case) -> None:
    case.break_down()
    case.show(FALL_AFTER + SPARSE_FALL_AFTER * EVERY + 8)
    assert case.levels == ["sparse", "raw"]
    passed = len(case.passed)
    case.bench.drain()
    case.mend()
    case.show(5)
    assert case.levels == ["sparse", "raw", "full"]
    assert len(case.restored) == 5
    assert len(case.passed) == passed
    case.break_down()
    case.show(20)
    assert len(case.bench.failed) == 20, "there is nobody to bring them a second time"
    case.assert_accounted()


def memory_for(case: Case, frames: int) -> None:
    """Let the engine find memory for so many frames at once and no more."""
    infer = MadeUpEngine.infer

    def limited(batch: Pixels, restored: Pixels, normalisations: list[object]) -> None:
        if len(batch) > frames:
            raise EngineMemoryError(f"onnxruntime: CUDA out of memory for {len(batch)} frames")
        infer(case.engine, batch, restored, normalisations)  # type: ignore[arg-type]

    case.engine.infer = limited  # type: ignore[method-assign,assignment]


def test_batches_that_find_no_memory_become_smaller_for_good(case: Case) -> None:
    case.show(8, at_once=4)
    assert max(shape[0] for shape in case.engine.batches) == 4
    memory_for(case, 2)
    case.show(8, at_once=8)
    assert case.restored == list(range(16)), "none is lost on the way"
    [told] = [each for each in case.bench.said if isinstance(each, Degraded)]
    assert (told.to, "2 frames at once at most" in told.words) == ("full", True)
    [swapped] = [each for each in case.bench.said if isinstance(each, Swapped)]
    assert swapped.ready.batch == 2
    memory_for(case, 4)
    case.engine.batches.clear()
    case.show(16, at_once=8)
    assert max(shape[0] for shape in case.engine.batches) == 2
    assert case.restored == list(range(32))
    assert case.levels == ["full"]
    case.assert_accounted()


def test_where_one_frame_does_not_fit_either_it_degrades_and_comes_back(case: Case) -> None:
    memory_for(case, 0)
    case.show(40 + FALL_AFTER + SPARSE_FALL_AFTER * EVERY, at_once=4)
    assert case.levels[-1] == "raw"
    words = [each.words for each in case.bench.said if isinstance(each, Degraded)][-1]
    assert "CUDA out of memory for 1 frames" in words
    assert "one frame at once at most" in words
    assert case.restored == case.bench.failed == []
    memory_for(case, 1)
    case.now_s += 100
    case.show(EVERY * 20)
    assert case.levels[-1] == "full"
    words = [each.words for each in case.bench.said if isinstance(each, Degraded)][-1]
    assert words.startswith("one frame at once at most"), "that stays, and stays said"
    case.assert_accounted()


def test_python_itself_may_be_what_finds_no_memory(case: Case) -> None:
    infer = MadeUpEngine.infer

    def limited(batch: Pixels, restored: Pixels, normalisations: list[object]) -> None:
        if len(batch) > 1:
            raise MemoryError("Unable to allocate 1.2 GiB for an array")
        infer(case.engine, batch, restored, normalisations)  # type: ignore[arg-type]

    case.engine.infer = limited  # type: ignore[method-assign,assignment]
    case.show(8, at_once=4)
    assert case.restored == list(range(8))
    assert case.stage.serving.pace.batch == 1
    case.assert_accounted()


def test_an_engine_whose_state_is_lost_is_left_to_the_next_process(case: Case) -> None:
    case.show(4)
    case.engine.fault = Fault(infer=EngineLostError("the GPU's state is lost"))
    with pytest.raises(EngineLostError):
        case.show(1)


def test_another_model_begins_with_full_trust(case: Case) -> None:
    case.break_down()
    case.show(FALL_AFTER + SPARSE_FALL_AFTER * EVERY)
    assert case.levels == ["sparse", "raw"]
    case.stage.change_to(case.bench.serving("b", **WINDOW))
    assert case.levels == ["sparse", "raw", "full"]
    case.show(8, at_once=4)
    assert len(case.restored) == 8
    case.assert_accounted()


def test_a_full_ring_is_not_waited_for_by_raw_frames(
    case: Case, bench: StageBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.break_down()
    case.show(FALL_AFTER + SPARSE_FALL_AFTER * EVERY)
    collect = bench.collect
    monkeypatch.setattr(bench, "collect", lambda: None)
    case.show(2 * bench.restored.slots)
    collect()
    case.assert_accounted()


def test_held_frames_are_said_to_be_held(bench: StageBench) -> None:
    stage: Stage = bench.stage(bench.serving("a", engine="onnxruntime"))
    bench.publish(range(3))
    bench.restore_all(stage)
    progress = stage.progress
    assert (progress.cursor, progress.held) == (0, 3)
    bench.publish(range(3, 4))
    bench.restore_all(stage)
    assert (stage.progress.cursor, stage.progress.held) == (4, 0)
