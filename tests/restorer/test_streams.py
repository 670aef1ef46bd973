"""Channels lock one by one: held, passed over, restored late or failed, and none forgotten."""

import pytest
from lock_orders import SPEC, batch_of, dark, frame, lit, model_for, spec_with
from structlog.testing import capture_logs

from livecare.errors import ConfigError
from livecare.link import FrameFailed, LockWaits, NormalisationLocked, Report, RestorerSpec
from livecare.models.normalise import IntensityWindow, Kind
from livecare.restorer.intake import Batch, Frame
from livecare.restorer.locking import Lock
from livecare.restorer.pace import Pace
from livecare.restorer.streams import Streams

ROOM = 8


class Bench:
    """Streams, and what they said."""

    def __init__(
        self, spec: RestorerSpec = SPEC, backlog: int = 100, kind: Kind = "fixed", room: int = ROOM
    ) -> None:
        self.said: list[Report] = []
        self.lock = Lock(spec, model_for(kind))
        pace = Pace(batch=3, backlog=backlog, seconds_per_frame=0.01)
        self.streams = Streams(self.lock, pace, room, self.said.append)

    def take(self, *frames: Frame, live: bool = True) -> list[int]:
        """Return the sequences of what can be restored after these frames."""
        return sequences(self.streams.sort(batch_of(*frames), live=live))

    @property
    def failed(self) -> list[int]:
        return [report.sequence for report in self.said if isinstance(report, FrameFailed)]

    @property
    def locked(self) -> list[int]:
        return [report.channel for report in self.said if isinstance(report, NormalisationLocked)]

    @property
    def waits(self) -> list[LockWaits]:
        return [report for report in self.said if isinstance(report, LockWaits)]


def sequences(batches: list[Batch]) -> list[int]:
    assert all(len(batch.messages) == len(batch.pixels) for batch in batches)
    assert all(0 < len(batch.messages) <= 4 for batch in batches)
    return [message.header.sequence for batch in batches for message in batch.messages]


def lit_frame(sequence: int, c: int = 0, brightness: float = 1.0) -> Frame:
    return frame(sequence, lit(sequence, brightness), c)


def dark_frame(sequence: int, c: int = 0) -> Frame:
    return frame(sequence, dark(), c)


def test_the_first_frames_are_held_and_then_restored_in_turn() -> None:
    bench = Bench()
    frames = [lit_frame(i) for i in range(5)]
    kept = [each.pixels.copy() for each in frames]
    assert bench.take(frames[0], frames[1]) == []
    assert bench.streams.holding
    for each in frames[:2]:
        each.pixels[:] = 0  # the intake's block is overwritten by the next batch
    restored = bench.streams.sort(batch_of(*frames[2:]), live=True)
    assert sequences(restored) == [0, 1, 2, 3, 4]
    assert [len(batch.messages) for batch in restored] == [3, 2], "no batch beyond the pace's"
    for batch in restored:
        for each in batch.frames():
            assert (each.pixels == kept[each.message.header.sequence]).all()
    assert bench.streams.normalisers[0].present == model_for("fixed").lock(kept[:4]).present
    assert not bench.streams.holding
    assert (bench.streams.skipped, bench.locked, bench.failed) == (0, [0], [])


def test_locked_channels_pass_as_they_are() -> None:
    bench = Bench(spec_with(window=(1.0, 2.0)))
    assert bench.take(lit_frame(0), lit_frame(1, c=2)) == [0, 1]
    batch = batch_of(lit_frame(2), lit_frame(3, c=2))
    [same] = bench.streams.sort(batch, live=True)
    assert same is batch
    assert bench.locked == [0, 2]
    assert bench.streams.sort(Batch([], batch.pixels[:0]), live=True) == []


def test_each_channel_locks_from_its_own_frames_when_they_come() -> None:
    bench = Bench()
    first = [lit_frame(i) for i in range(4)]
    assert bench.take(*first) == [0, 1, 2, 3]
    late = [lit_frame(i, c=1, brightness=10.0) for i in range(4, 8)]
    assert bench.take(lit_frame(8), late[0], lit_frame(9)) == [8, 9], "a new channel holds none up"
    assert bench.take(*late[1:]) == [4, 5, 6, 7]
    windows = [bench.streams.normalisers[c].present for c in (0, 1)]
    assert windows == [
        model_for("fixed").lock([each.pixels for each in frames]).present
        for frames in (first, late)
    ]
    assert isinstance(windows[1], IntensityWindow)
    assert windows[1].high > 1000
    assert bench.locked == [0, 1]


def test_what_was_handed_on_is_not_locked_again() -> None:
    handed = NormalisationLocked("fixed", {"low": 1.0, "high": 2.0}, "before", 1)
    bench = Bench(spec_with(locked=(handed,)))
    assert bench.take(lit_frame(0, c=1), lit_frame(1, c=0)) == [0]
    assert bench.streams.normalisers[1].present == IntensityWindow(1.0, 2.0)
    assert bench.said == []


@pytest.mark.parametrize("kind", ["fixed", "anscombe"])
def test_dark_frames_are_left_for_later_and_said_once(kind: Kind) -> None:
    bench = Bench(spec_with(normalisation=kind), kind=kind)
    with capture_logs() as logs:
        for sequence in range(20):
            assert bench.take(dark_frame(sequence)) == []
    cure = "[restorer] window" if kind == "fixed" else "gain, offset, read_noise"
    assert len(bench.waits) == 1
    assert cure in bench.waits[0].reason
    assert "no noise in 4 frames" in bench.waits[0].reason
    assert len(logs) == 1
    assert (bench.streams.skipped, bench.streams.holding) == (20, False)
    assert bench.take(*[lit_frame(i) for i in range(20, 24)]) == [20, 21, 22, 23]
    assert bench.take(dark_frame(24)) == [24], "once locked, whatever comes is restored"
    assert bench.failed == []


def test_frames_count_in_turn_until_the_first_lock_or_the_first_wait() -> None:
    bench = Bench()
    assert bench.streams.begins
    bench.take(lit_frame(0), dark_frame(1))
    assert bench.streams.begins
    bench.take(*[lit_frame(i) for i in range(2, 5)])
    assert not bench.streams.begins
    dark_one = Bench()
    dark_one.take(*[dark_frame(i) for i in range(4)])
    assert not dark_one.streams.begins
    handed = NormalisationLocked("fixed", {"low": 1.0, "high": 2.0}, "before", 1)
    assert not Bench(spec_with(locked=(handed,))).streams.begins


def test_a_few_dark_frames_are_nothing_to_speak_of() -> None:
    bench = Bench()
    dark_ones = [dark_frame(i) for i in range(3)]
    assert bench.take(*dark_ones, *[lit_frame(i) for i in range(3, 7)]) == [3, 4, 5, 6]
    assert (bench.waits, bench.streams.skipped) == ([], 3)


def test_when_behind_the_newest_of_those_held_are_taken() -> None:
    bench = Bench(backlog=3)
    assert bench.take(*[lit_frame(i) for i in range(4)]) == [1, 2, 3]
    assert bench.streams.skipped == 1


def test_frames_that_do_not_lock_are_tried_again_at_growing_intervals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    tried: list[int] = []

    def fail(frames: list[Frame]) -> None:
        tried.append(frames[0].message.header.sequence)
        raise ConfigError("no good")

    monkeypatch.setattr(bench.lock, "make", fail)
    for sequence in range(60):
        assert bench.take(lit_frame(sequence)) == []
    assert tried == [0, 8, 20, 40], "pauses of 4, 8 and 16 frames after tries from 4"
    assert [each.reason for each in bench.waits] == ["no good"]
    assert bench.failed == []
    assert bench.streams.skipped == 60
    monkeypatch.undo()
    for sequence in range(60, 76):
        assert bench.take(lit_frame(sequence)) == []
    assert bench.take(*[lit_frame(i) for i in range(76, 80)]) == [76, 77, 78, 79]


def test_after_the_acquisition_dark_frames_are_held_until_the_light_comes() -> None:
    bench = Bench()
    assert bench.take(dark_frame(0), dark_frame(1), lit_frame(2), live=False) == []
    assert bench.take(*[lit_frame(i) for i in range(3, 6)], live=False) == [0, 1, 2, 3, 4, 5]
    assert (bench.streams.skipped, bench.failed) == (0, [])


def test_fewer_frames_than_wanted_must_do_when_no_more_come() -> None:
    bench = Bench()
    assert bench.take(lit_frame(0), lit_frame(1)) == [], "live ones are held too"
    assert bench.take(dark_frame(2), live=False) == []
    assert sequences(bench.streams.settle()) == [0, 1, 2]
    assert not bench.streams.holding
    assert bench.streams.settle() == []


def test_a_channel_that_stays_dark_fails_with_the_reason_and_holds_nobody_up() -> None:
    bench = Bench()
    assert bench.take(dark_frame(0), dark_frame(1, c=1), lit_frame(2), live=False) == []
    assert sequences(bench.streams.settle()) == [0, 2]
    assert bench.failed == [1]
    assert bench.take(dark_frame(3, c=1), dark_frame(4, c=1), live=False) == []
    assert (bench.failed, bench.streams.holding) == ([1, 3, 4], False)
    reasons = {report.reason for report in bench.said if isinstance(report, FrameFailed)}
    assert all("shutter closed" in reason for reason in reasons)
    lit_ones = [lit_frame(i, c=1) for i in range(5, 9)]
    assert bench.take(*lit_ones, live=False) == [5, 6, 7, 8], "it is not given up for good"


def test_frames_that_were_tried_in_vain_after_the_acquisition_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()

    def fail(_: list[Frame]) -> None:
        raise ConfigError("no good")

    monkeypatch.setattr(bench.lock, "make", fail)
    assert bench.take(*[lit_frame(i) for i in range(6)], live=False) == []
    assert bench.failed == [0, 1, 2, 3, 4, 5]
    assert not bench.streams.holding


def test_what_is_held_after_the_acquisition_is_bounded() -> None:
    """The oldest are passed over: half a ring is under way in the back-fill, never more."""
    bench = Bench(room=3)
    assert bench.take(*[dark_frame(i) for i in range(5)], live=False) == []
    assert bench.streams.skipped == 2
    assert bench.take(lit_frame(5), lit_frame(6), live=False) == []
    assert bench.take(lit_frame(7), live=False) == [5, 6, 7], "as many as there is room for must do"
    assert bench.streams.skipped == 5


def test_frames_that_are_too_small_fail_each() -> None:
    spec = spec_with(normalisation="anscombe", shape_yx=(16, 20))
    bench = Bench(spec, kind="anscombe")
    assert bench.take(lit_frame(0), lit_frame(1)) == []
    assert bench.take(lit_frame(2), live=False) == []
    assert bench.failed == [0, 1, 2]
    assert not bench.streams.holding
