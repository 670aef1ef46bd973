"""Micro-Manager sources against a scripted core: older cores, rare errors, no hardware."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from epochs import read_parts
from fake_clock import FakeClock
from fake_core import EMPTIED, FakeCore, FakeMetadata, LateCore, Stopped

from livecare.errors import ConfigError, MissingExtraError, SourceError, StoppedError
from livecare.frame import Pixels, StreamInfo
from livecare.sources import MicroManagerSettings, MicroManagerSource
from livecare.sources.clock import StopSignal
from livecare.sources.micromanager.core import load_configuration
from livecare.sources.micromanager.own import OPEN_END, OwnSequence
from livecare.sources.micromanager.pause import SETTLE_NS
from livecare.sources.micromanager.polling import LONGEST_POLL_S, SHORTEST_POLL_S, poll_s
from livecare.sources.micromanager.tags import FrameTags, read_tags
from livecare.sources.micromanager.tap import NewestTap, await_sequence
from livecare.sources.micromanager.view import View
from livecare.sources.protocol import Arrival

Mode = Literal["own", "tap"]
KINDS = {"own": OwnSequence, "tap": NewestTap}


class Played:
    """A sequence of either kind on a scripted core, read to its end."""

    def __init__(
        self,
        mode: Mode,
        script: list[object],
        frames: int | None = None,
        core_kind: type[FakeCore] = FakeCore,
        **settings: object,
    ) -> None:
        self.clock = FakeClock()
        self.core = core_kind(script)
        self.stop = StopSignal(self.clock)
        chosen = MicroManagerSettings(
            mode=mode, frames=frames, **{"end_with_sequence": mode == "tap", **settings}
        )
        view = View(self.core, chosen, "run", self.clock)
        self.sequence = KINDS[mode](self.core, view, chosen, FakeMetadata(), self.clock, self.stop)
        self.stream = view.stream

    def read(self, after: Callable[[Arrival], object] = lambda _: None) -> "Played":
        self.sequence.start()
        self.parts = read_parts(self.sequence, self.stream, after=after)
        return self

    @property
    def arrivals(self) -> list[Arrival]:
        return [arrival for part in self.parts for arrival in part.arrivals]


def play(mode: Mode, *script_and_frames: object, **more: object) -> Played:
    return Played(mode, *script_and_frames, **more).read()


def test_an_own_sequence_stops_rather_than_drops() -> None:
    assert play("own", [(0, 1)], frames=1).core.requests == [(1, 0.0, True)]
    assert play("own", [(0, 1)]).core.requests[0] == (OPEN_END, 0.0, True)
    going_on = play("own", [(0, 1)], frames=1, on_overflow="continue")
    assert going_on.core.requests == [(1, 0.0, False)]


def test_an_empty_buffer_is_asked_again() -> None:
    played = play("own", [(0, 1), EMPTIED, (1, 2), EMPTIED, (2, 3)], frames=3)
    assert [arrival.camera_index for arrival in played.arrivals] == [0, 1, 2]
    assert played.sequence.problem is None


def test_a_frame_that_comes_as_the_sequence_ends_is_not_missed() -> None:
    played = play("own", [(0, 1), (1, 2)], frames=2, core_kind=LateCore)
    assert [arrival.camera_index for arrival in played.arrivals] == [0, 1]
    assert played.sequence.problem is None


def losses(played: Played) -> list[tuple[int, bool]]:
    return [(arrival.lost_before, arrival.loss_estimated) for arrival in played.arrivals]


def test_a_jump_of_the_number_is_an_exact_loss() -> None:
    played = play("own", [(0, 10), (1, 20), (5, 60)], frames=6)
    assert losses(played) == [(0, False), (0, False), (3, False)]
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)


def test_frames_lost_before_the_first_are_counted() -> None:
    assert losses(play("own", [(2, 30), (3, 40)], frames=4)) == [(2, False), (0, False)]


WRAP = [(0, 10), (1, 20), (2, 30), (0, 120), (1, 130)]
"""On an old core: its numbers begin again when the buffer was emptied, its time goes on."""


def test_the_wrap_of_an_old_core_is_an_estimated_loss() -> None:
    assert losses(play("own", WRAP, frames=13))[2:] == [(0, False), (8, True), (0, False)]


def test_an_overflow_that_goes_on_is_told_with_what_is_known_of_it() -> None:
    jump = [(0, 10), (1, 20), (5, 60)]
    exact = play("own", jump, frames=6, on_overflow="continue").sequence.problem
    assert "buffer of 3 frames overflowed" in exact
    assert ": 3 of its frames are lost" in exact
    guessed = play("own", WRAP, frames=13, on_overflow="continue").sequence.problem
    assert "an unknown number, estimated 8, of its frames" in guessed


def test_the_end_is_told_from_a_stop_though_the_loss_is_a_guess() -> None:
    played = play("own", WRAP, frames=15, on_overflow="continue")
    assert len(played.core.requests) == 1
    assert played.sequence.lost_at_end == 2
    assert len(play("own", WRAP, frames=23, on_overflow="continue").core.requests) > 1


def test_what_an_old_core_threw_away_before_the_first_frame_is_told_at_the_end() -> None:
    class Stamped(FakeCore):
        def popNextImageMD(self, metadata: FakeMetadata) -> Pixels:  # noqa: N802
            pixels = super().popNextImageMD(metadata)
            seconds = float(metadata.tags["ElapsedTime-ms"]) / 1000
            metadata.tags["TimeReceivedByCore"] = f"1970-01-02 00:00:{seconds:09.6f}"
            return pixels

    late = [(number, 810 + 10 * number) for number in range(20)]
    played = play("own", late, frames=100, on_overflow="continue", core_kind=Stamped)
    assert len(played.core.requests) == 1
    assert (len(played.arrivals), played.sequence.lost_at_end) == (20, 80)
    assert "an unknown number, estimated 80, of its frames" in played.sequence.problem


@pytest.mark.parametrize("mode", ["own", "tap"])
def test_a_sequence_that_began_anew_unseen_is_a_new_epoch(mode: Mode) -> None:
    played = play(mode, [(0, 10), (1, 20), (0, 5), (1, 15)], frames=4)
    assert [a.new_epoch for a in played.arrivals] == [False, False, True, False]
    assert [a.position.t for a in played.arrivals] == [0, 1, 2, 3]
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)


def test_a_stopped_sequence_is_started_again_for_the_rest() -> None:
    played = play("own", [(0, 10), (1, 20), Stopped(), (0, 8), (1, 18), (2, 28)], frames=5)
    assert played.core.requests == [(5, 0.0, True), (3, 0.0, True)]
    assert [a.new_epoch for a in played.arrivals] == [False, False, True, False, False]
    assert [a.position.t for a in played.arrivals] == [0, 1, 2, 3, 4]
    assert sum(lost for lost, _ in losses(played)) == 0
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)


def test_whoever_stopped_the_camera_is_given_time() -> None:
    played = Played("own", [(0, 10), Stopped(), (0, 8)], frames=2)
    times = []
    played.core.startSequenceAcquisition = lambda *request: (
        times.append(played.clock.now_ns()),
        FakeCore.startSequenceAcquisition(played.core, *request),
    )
    played.read()
    assert times[1] - times[0] >= SETTLE_NS


def test_a_camera_that_refuses_for_a_while_is_asked_again() -> None:
    played = play("own", [(0, 10), Stopped(refusals=4), (0, 8)], frames=2)
    assert len(played.core.requests) == 6
    assert len(played.arrivals) == 2
    assert played.sequence.problem is None


def test_a_camera_that_refuses_for_good_is_named() -> None:
    played = play("own", [(0, 10), Stopped(refusals=10_000)], frames=5)
    assert "cannot be started again: the camera is busy" in played.sequence.problem
    assert played.sequence.lost_at_end == 4


def test_a_camera_that_stops_each_time_is_given_up() -> None:
    played = play("own", [(0, 10), *[Stopped()] * 1000], frames=5)
    assert "after frame 0, and each time" in played.sequence.problem
    assert 10 < len(played.core.requests) < 100
    assert played.sequence.lost_at_end == 4


def test_somebody_who_plays_with_the_size_is_waited_for() -> None:
    shapes = [Stopped((2 + n % 2, 3)) for n in range(200)]
    played = play("own", [(0, 10), *shapes, (0, 8)], frames=2)
    assert [len(part.arrivals) for part in played.parts][0::200] == [1, 1]
    assert played.sequence.problem is None


def test_another_shape_is_said_before_its_sequence_starts() -> None:
    played = Played("own", [(0, 10), Stopped((2, 3), held=7), (0, 8), (1, 18)], frames=3)
    said = []

    class Watching(OwnSequence):
        def read_into(self, pixels: Pixels, timeout_s: float) -> object:
            arrival = super().read_into(pixels, timeout_s)
            said.append((arrival, len(played.core.requests)))
            return arrival

    played.sequence.__class__ = Watching
    played.read()
    first, second = played.parts
    assert [started for it, started in said if isinstance(it, StreamInfo)] == [1]
    assert (first.stream.shape_yx, second.stream.shape_yx) == ((4, 6), (2, 3))
    assert second.stream.expected_frames == 2
    assert [a.position.t for a in second.arrivals] == [0, 1]
    assert not any(a.new_epoch for a in second.arrivals), "the new stream says it"
    assert losses(played) == [(0, False), (7, False), (0, False)], "held, and never to be read"
    assert played.sequence.problem is None


def test_frames_that_went_with_an_emptied_buffer_are_a_guess() -> None:
    script = [(0, 10), (1, 20), (2, 30), (3, 40), Stopped(), (0, 8)]
    played = Played("own", script, frames=2)

    def empty(arrival: Arrival) -> None:
        if arrival.position.t == 0:
            while not isinstance(played.core.script[0], Stopped):
                played.core.script.popleft()

    played.read(after=empty)
    assert losses(played) == [(0, False), (3, True)]
    assert played.arrivals[1].new_epoch


def test_a_frame_of_another_shape_is_never_passed_on() -> None:
    script = [(0, 10), (1, 20, (9, 9)), Stopped(), (0, 8)]
    played = play("own", script, frames=2)
    assert [a.camera_index for a in played.arrivals] == [0, 0]
    assert losses(played)[1] == (1, False)


def test_pictures_that_livecare_does_not_take_end_it_by_name() -> None:
    played = Played("own", [(0, 10), Stopped((2, 3))], frames=5)

    def turn_to_colour(_: Arrival) -> None:
        played.core.getNumberOfComponents = lambda: 4

    played.read(after=turn_to_colour)
    assert "changed after frame 0" in played.sequence.problem
    assert "4 components" in played.sequence.problem
    assert played.sequence.lost_at_end == 4


def test_a_stop_while_the_camera_rests_ends_it() -> None:
    played = Played("own", [(0, 10), Stopped(), (0, 8)])
    played.core.isSequenceRunning = lambda: (
        FakeCore.isSequenceRunning(played.core) or (played.stop.request() or False)
    )
    played.read()
    assert len(played.arrivals) == 1
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)


@pytest.mark.parametrize("mode", ["own", "tap"])
def test_a_knob_that_is_turned_is_said_within_a_second(mode: Mode) -> None:
    played = Played(mode, [(n, 10 * n + 10) for n in range(8)], frames=8)

    def turn(arrival: Arrival) -> None:
        played.clock.pass_s(0.3)
        if arrival.position.t == 1:
            played.core.exposure_ms = 33.0

    played.read(after=turn)
    (part,) = played.parts
    assert played.stream.detail["exposure_ms"] == 10.0
    assert part.stream.detail["exposure_ms"] == 33.0
    assert [a.position.t for a in part.arrivals] == list(range(8))


def test_a_stage_that_does_not_answer_leaves_the_frames_alone() -> None:
    played = play("own", [(0, 1)], frames=1)
    assert played.stream.detail["stage_um"] == {"x": None, "y": None, "z": None}


@pytest.mark.parametrize(
    ("number", "began_ns", "anew"),
    [
        pytest.param(0, 900, True, id="number falls, and it began after the last frame"),
        pytest.param(0, 3, False, id="number falls, the beginning stays: a wrap"),
        pytest.param(8, 900, False, id="number rises"),
        pytest.param(None, 900, False, id="no number"),
        pytest.param(0, None, False, id="no beginning"),
    ],
)
def test_a_new_sequence_is_told_from_a_wrap(
    number: int | None,
    began_ns: int | None,
    anew: bool,  # noqa: FBT001 a column of the table
) -> None:
    earlier = FrameTags(7, 800, None, 0)
    assert FrameTags(number, 1000, None, began_ns).began_anew_since(earlier) is anew


def test_a_tap_reports_frames_as_skipped_never_as_lost() -> None:
    played = play("tap", [(3, 30), (3, 30), (4, 40), EMPTIED, (9, 90)])
    skipped = [(a.camera_index, a.skipped_before) for a in played.arrivals]
    assert skipped == [(3, 0), (4, 0), (9, 4)]
    assert not any(a.lost_before for a in played.arrivals)
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)


def test_a_tap_never_passes_on_a_frame_of_another_shape() -> None:
    played = play("tap", [(0, 10), (1, 20, (9, 9)), (2, 30)])
    assert [a.camera_index for a in played.arrivals] == [0, 2]


def test_a_tap_waits_for_a_sequence_and_a_stop_ends_the_wait() -> None:
    clock = FakeClock()
    stop = StopSignal(clock)
    core = FakeCore([Stopped(), (0, 1)])
    asked = []
    core.isSequenceRunning = lambda: (
        asked.append(1) or (len(asked) == 5 and stop.request()) or False
    )
    with pytest.raises(StoppedError, match="before anybody started"):
        await_sequence(core, stop)
    core.startSequenceAcquisition()
    core.isSequenceRunning = lambda: True
    await_sequence(core, stop)


def test_a_core_that_fails_is_named_with_the_frame() -> None:
    with pytest.raises(SourceError, match=r"frame 1 cannot be read: bus error"):
        play("tap", [(0, 1), RuntimeError("bus error")])


@pytest.mark.parametrize("stops", [True, False])
def test_a_camera_that_is_unplugged_ends_its_sequence(*, stops: bool) -> None:
    """Whatever the core is asked then, it raises; what had been asked for counts as lost."""
    played = Played("own", [(0, 1), (1, 2), (2, 3)], frames=5)

    def unplug(*_: object) -> bool:
        raise RuntimeError("Error in device\n  Camera")

    def after(arrival: Arrival) -> None:
        if arrival.camera_index == 1:
            played.core.isSequenceRunning = unplug
            if not stops:
                played.core.stopSequenceAcquisition = unplug

    played.read(after)
    assert [arrival.camera_index for arrival in played.arrivals] == [0, 1]
    problem = played.sequence.problem
    assert "the camera failed after frame 1: Error in device Camera; check" in problem
    assert played.sequence.lost_at_end == 3


def test_a_frame_that_cannot_be_read_ends_an_own_sequence() -> None:
    sequence = play("own", [(0, 1), RuntimeError("bus error")], frames=3).sequence
    assert "frame 1 cannot be read: bus error" in sequence.problem
    assert sequence.lost_at_end == 2


def test_a_core_that_is_gone_can_be_closed() -> None:
    core = FakeCore([(0, 1)])
    source = MicroManagerSource(MicroManagerSettings(config=None), core)
    source.open("run")
    source.start()

    def gone() -> bool:
        raise RuntimeError("no such device")

    core.isSequenceRunning = gone
    source.close()
    source.close()


def test_a_camera_without_numbers_is_counted_by_its_intervals() -> None:
    assert losses(play("own", [(None, t) for t in (10, 20, 30, 70)], frames=7))[-1] == (3, True)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"ImageNumber": "12", "ElapsedTime-ms": "1.5"}, FrameTags(12, 1_500_000)),
        (
            {"ImageNumber": "12", "TimeReceivedByCore": "1970-01-02 00:00:01.000002"},
            FrameTags(12, 86_401_000_002_000),
        ),
        (
            {"ElapsedTime-ms": "1000", "TimeReceivedByCore": "1970-01-02 00:00:01"},
            FrameTags(None, 1_000_000_000, None, 86_400_000_000_000),
        ),
        ({}, FrameTags(None, None)),
        ({"Height": "3", "Width": "5"}, FrameTags(None, None, (3, 5))),
    ],
)
def test_tags_are_read(tags: dict[str, str], expected: FrameTags) -> None:
    assert read_tags(FakeMetadata(tags)) == expected


@pytest.mark.parametrize(
    ("interval_ns", "exposure_ms", "wait_s"),
    [
        (None, 16.0, 0.002),
        (8_000_000, 16.0, 0.001),
        (1000, 1.0, SHORTEST_POLL_S),
        (None, 9000.0, LONGEST_POLL_S),
    ],
)
def test_polls_follow_the_interval(
    interval_ns: int | None, exposure_ms: float, wait_s: float
) -> None:
    assert poll_s(interval_ns, exposure_ms) == pytest.approx(wait_s)


class BrokenCore:
    def __init__(self, message: str) -> None:
        self._message = message

    def loadSystemConfiguration(self, _: str) -> None:  # noqa: N802
        raise OSError(self._message)

    def getAPIVersionInfo(self) -> str:  # noqa: N802
        return "Device API version 75"


def test_adapters_for_another_core_are_named_with_the_cure(tmp_path: Path) -> None:
    core = BrokenCore("Incompatible device interface version (required = 75; found = 74)")
    with pytest.raises(
        SourceError, match=r"another core \(Device API version 75\).*fourth version"
    ):
        load_configuration(core, tmp_path / "scope.cfg")


def test_a_configuration_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"scope\.cfg cannot be loaded: no such device"):
        load_configuration(BrokenCore("no such device"), tmp_path / "scope.cfg")


@pytest.mark.parametrize("package", ["pymmcore", "mm_test_adapters"])
def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    if package != "pymmcore":
        pytest.importorskip("pymmcore", reason="needs the core without the adapters")
    monkeypatch.setitem(sys.modules, package, None)
    source = MicroManagerSource(MicroManagerSettings())
    with pytest.raises(MissingExtraError, match=r"livecare\[micromanager\]"):
        source.open("run")
    source.close()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"mode": "steal"}, "'steal'"),
        ({"on_overflow": "panic"}, "'panic'"),
        ({"exposure_ms": 0}, "exposure_ms"),
        ({"frames": 0}, "frames"),
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        MicroManagerSettings(**wrong)


def test_a_tap_without_a_core_is_refused() -> None:
    with pytest.raises(SourceError, match="pass core"):
        MicroManagerSource(MicroManagerSettings(mode="tap")).open("run")


def test_a_stop_drains_the_buffer_first() -> None:
    played = Played("own", [(0, 1), (1, 2), (2, 3)])
    played.stop.request()
    played.read()
    assert len(played.arrivals) == 3
    assert np.all(played.parts[0].frames[0] == 1)
    assert (played.core.stopped, played.sequence.problem) == (1, None)
