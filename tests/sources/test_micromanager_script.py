"""Micro-Manager sources against a scripted core: older cores, rare errors, no hardware."""

import sys
from pathlib import Path

import numpy as np
import pytest
from fake_clock import FakeClock
from fake_core import EMPTIED, FakeCore, LateCore, Stopped
from played import Mode, Played, play

from livecare.errors import ConfigError, MissingExtraError, SourceError, StoppedError
from livecare.sources import MicroManagerSettings, MicroManagerSource
from livecare.sources.clock import StopSignal
from livecare.sources.micromanager.core import load_configuration
from livecare.sources.micromanager.own import OPEN_END
from livecare.sources.micromanager.polling import LONGEST_POLL_S, SHORTEST_POLL_S, poll_s
from livecare.sources.micromanager.tap import await_sequence
from livecare.sources.protocol import Arrival


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
