"""Channels are locked anew while their frames go on being restored, and none is lost for it."""

import numpy as np
import pytest
from lock_orders import dark, lit
from stage_bench import StageBench

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.link import NormalisationLocked, Progress, Swapped, SwapRefused
from livecare.models import IntensityWindow
from livecare.restorer.locking import Lock
from livecare.restorer.stage import Stage

WHOLE_RANGE = {"kind": "fixed", "low_percentile": 0.0, "high_percentile": 100.0}


def bright(sequence: int) -> Pixels:
    return lit(sequence, 10.0)


def blank(_: int) -> Pixels:
    return dark()


class Locked:
    """A stage whose channels are locked to their first four frames each."""

    def __init__(self, bench: StageBench, channels: int = 1) -> None:
        self.bench = bench
        bench.package("a", **WHOLE_RANGE)
        self.serving = bench.serving("a")
        self.stage: Stage = bench.stage(self.serving)
        self.count = 0
        for channel in range(channels):
            self.show(4, channel=channel)
        assert len(bench.locked) == channels
        bench.said.clear()

    def show(self, frames: int, channel: int = 0, how: object = lit) -> None:
        end = self.count + frames
        self.bench.publish(range(self.count, end), how, channel)  # type: ignore[arg-type]
        self.count = end
        self.bench.restore_all(self.stage)
        self.stage.answer_relock()

    def low_and_high(self, first: int) -> dict[str, float]:
        frames = [self.bench.shown[i] for i in range(first, first + 4)]
        return {"low": float(np.min(frames)), "high": float(np.max(frames))}

    @property
    def answers(self) -> list[Swapped | SwapRefused]:
        kinds = Swapped | SwapRefused
        return [each for each in self.bench.said if isinstance(each, kinds)]


def test_every_frame_is_restored_and_says_its_own_normalisation(bench: StageBench) -> None:
    locked = Locked(bench)
    before = locked.low_and_high(0)
    locked.stage.relock(7)
    locked.show(3, how=bright)
    assert (locked.answers, bench.locked) == ([], [])
    locked.show(3, how=bright)
    after = locked.low_and_high(4)
    [report] = bench.locked
    assert (report.values, report.origin, report.channel) == (after, "frames measured anew", 0)
    [answer] = locked.answers
    assert isinstance(answer, Swapped)
    assert (answer.ready.revision, answer.ready.model) == (7, "a")
    assert bench.sequences == list(range(10))
    said = [each.by.normalised_with for each in bench.found]
    changed = said.index(after)
    assert said == [before] * changed + [after] * (10 - changed)
    assert changed in {6, 7}, "from the batch of the last measured frame on"
    assert locked.stage.progress == Progress(10, 0)
    bench.assert_right(locked.serving)


def test_blank_frames_are_no_evidence_and_many_of_them_refuse(bench: StageBench) -> None:
    locked = Locked(bench)
    locked.stage.relock(1)
    locked.show(3, how=blank)
    locked.show(4, how=bright)
    assert len(bench.locked) == 1
    assert isinstance(locked.answers[0], Swapped)
    locked.stage.relock(2)
    locked.show(4, how=blank)
    refused = locked.answers[1]
    assert isinstance(refused, SwapRefused)
    assert refused.revision == 2
    assert "channel 0 cannot be measured: no noise in 4 frames" in refused.reason
    assert len(bench.locked) == 1
    assert bench.sequences == list(range(15)), "with what there was"
    assert bench.failed == []


def test_frames_that_do_not_lock_leave_what_was_locked(
    bench: StageBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConfigError("no good")

    locked = Locked(bench)
    monkeypatch.setattr(Lock, "make", fail)
    locked.stage.relock(1)
    locked.show(6)
    assert locked.answers == [SwapRefused(1, "channel 0 cannot be measured: no good")]
    assert {tuple(each.by.normalised_with.items()) for each in bench.found} == {
        tuple(locked.low_and_high(0).items())
    }


def test_channels_that_come_are_waited_for_and_others_follow_later(bench: StageBench) -> None:
    locked = Locked(bench, channels=3)
    locked.stage.relock(1)
    locked.show(1, channel=0, how=bright)
    locked.show(4, channel=1, how=bright)
    assert bench.locked == [], "together with channel 0"
    assert locked.answers == [], "channel 0 is being measured"
    locked.show(3, channel=0, how=bright)
    assert [each.channel for each in bench.locked] == [1, 0]
    assert len(locked.answers) == 1
    locked.show(4, channel=2, how=bright)
    assert [each.channel for each in bench.locked] == [1, 0, 2], "when its frames come"
    locked.show(4, channel=0)
    assert len(bench.locked) == 3, "once"
    assert len(locked.answers) == 1


def test_channels_change_together_or_not_at_all(bench: StageBench) -> None:
    locked = Locked(bench, channels=3)
    locked.stage.relock(1)
    locked.show(1, channel=1, how=blank)
    locked.show(4, channel=0, how=bright)
    locked.show(3, channel=1, how=blank)
    [refused] = locked.answers
    assert isinstance(refused, SwapRefused)
    assert refused.reason.startswith("channel 1 cannot be measured: no noise")
    locked.show(4, channel=2, how=bright)
    assert bench.locked == []
    locked.stage.relock(2)
    locked.show(4, channel=0, how=bright)
    locked.show(4, channel=1, how=blank)
    assert [each.channel for each in bench.locked] == [0], "of channel 1 none had come"
    assert isinstance(locked.answers[1], Swapped)


def test_what_is_taken_back_on_the_way_has_changed_nothing(bench: StageBench) -> None:
    locked = Locked(bench, channels=2)
    locked.stage.relock(1)
    locked.show(1, channel=1, how=bright)
    locked.show(4, channel=0, how=bright)
    locked.stage.keep_lock()
    locked.show(4, channel=1, how=bright)
    assert bench.locked == []


def test_the_acquisition_ends_before_there_are_enough_frames(bench: StageBench) -> None:
    locked = Locked(bench, channels=2)
    locked.stage.relock(1)
    locked.show(1, channel=1, how=bright)
    locked.show(4, how=bright)
    bench.drain()
    locked.show(6, how=bright)
    [refused] = locked.answers
    assert isinstance(refused, SwapRefused)
    assert "the acquisition ended" in refused.reason
    assert bench.locked == []
    assert bench.sequences == list(range(19))


def test_what_was_taken_back_is_neither_measured_nor_answered(bench: StageBench) -> None:
    locked = Locked(bench)
    locked.stage.relock(1)
    locked.show(2, how=bright)
    locked.stage.keep_lock()
    locked.show(6, how=bright)
    assert (locked.answers, bench.locked) == ([], [])


def test_a_change_of_the_model_on_the_way_ends_it(bench: StageBench) -> None:
    locked = Locked(bench)
    locked.stage.relock(1)
    locked.show(2, how=bright)
    bench.package("b", **WHOLE_RANGE)
    locked.stage.change_to(bench.serving("b", engine="onnxruntime"))
    locked.show(4, how=bright)
    assert bench.locked == []
    assert bench.models == ["a"] * 6 + ["b"] * 4


def test_noise_units_are_estimated_anew(bench: StageBench) -> None:
    bench.package("n", kind="anscombe")
    camera = {"gain": 1.0, "offset": 0.0, "read_noise": 0.0, "binning": 1.0}
    handed_on = NormalisationLocked("anscombe", camera, "before")
    stage = bench.stage(bench.serving("n", normalisation="anscombe", locked=(handed_on,)))
    stage.relock(1)
    bench.publish(range(6))
    bench.restore_all(stage)
    [report] = bench.locked
    assert report.values["gain"] == pytest.approx(2.0, rel=0.25)
    assert report.origin == "estimated anew from 4 frames"


def test_a_window_that_moves_begins_anew(bench: StageBench) -> None:
    bench.package("e", kind="ema", low_percentile=0.0, high_percentile=100.0)
    handed_on = NormalisationLocked("ema", {"low": 1.0, "high": 60000.0}, "before")
    stage = bench.stage(bench.serving("e", normalisation="ema", locked=(handed_on,)))
    stage.relock(1)
    bench.publish(range(6))
    bench.restore_all(stage)
    [report] = bench.locked
    window = IntensityWindow(**report.values)
    assert window.high < 1000
    assert bench.found[-1].by.normalised_with["high"] < 1000
