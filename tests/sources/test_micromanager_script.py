"""Micro-Manager sources against a scripted core: older cores, rare errors, no hardware."""

import sys
from pathlib import Path

import numpy as np
import pytest
from contracts.source import read_all
from fake_clock import FakeClock
from fake_core import EMPTIED, FakeCore, FakeMetadata, LateCore

from livecare.errors import ConfigError, MissingExtraError, SourceError
from livecare.frame import StreamInfo
from livecare.sources import MicroManagerSettings, MicroManagerSource
from livecare.sources.clock import StopSignal
from livecare.sources.micromanager.core import load_configuration
from livecare.sources.micromanager.own import OPEN_END, OwnSequence
from livecare.sources.micromanager.polling import LONGEST_POLL_S, SHORTEST_POLL_S, poll_s
from livecare.sources.micromanager.tags import FrameTags, read_tags
from livecare.sources.micromanager.tap import NewestTap
from livecare.sources.protocol import Arrival


def run(
    kind: type[OwnSequence | NewestTap],
    script: list[object],
    frames: int | None = None,
    core_kind: type[FakeCore] = FakeCore,
) -> tuple[FakeCore, OwnSequence | NewestTap, list[Arrival]]:
    clock = FakeClock()
    core = core_kind(script)
    stream = StreamInfo("run", "fake", core.shape_yx, "uint16", expected_frames=frames)
    sequence = kind(core, stream, FakeMetadata(), clock, StopSignal(clock))
    sequence.start()
    arrivals, _ = read_all(sequence, stream)
    return core, sequence, arrivals


def test_an_own_sequence_stops_rather_than_drops() -> None:
    core, _, _ = run(OwnSequence, [(0, 1)], frames=1)
    assert core.started == (1, 0.0, True)
    core, _, _ = run(OwnSequence, [(0, 1)], frames=None)
    assert core.started == (OPEN_END, 0.0, True)


def test_an_empty_buffer_is_asked_again() -> None:
    _, sequence, arrivals = run(OwnSequence, [(0, 1), EMPTIED, (1, 2), EMPTIED, (2, 3)], frames=3)
    assert [arrival.camera_index for arrival in arrivals] == [0, 1, 2]
    assert sequence.problem is None


def test_a_frame_that_comes_as_the_sequence_ends_is_not_missed() -> None:
    _, sequence, arrivals = run(OwnSequence, [(0, 1), (1, 2)], frames=2, core_kind=LateCore)
    assert [arrival.camera_index for arrival in arrivals] == [0, 1]
    assert sequence.problem is None


def test_a_jump_of_the_number_is_an_exact_loss() -> None:
    _, sequence, arrivals = run(OwnSequence, [(0, 10), (1, 20), (5, 60)], frames=6)
    assert [(a.lost_before, a.loss_estimated) for a in arrivals] == [
        (0, False),
        (0, False),
        (3, False),
    ]
    assert (sequence.lost_at_end, sequence.problem) == (0, None)


def test_frames_lost_before_the_first_are_counted() -> None:
    _, _, arrivals = run(OwnSequence, [(2, 30), (3, 40)], frames=4)
    assert [arrival.lost_before for arrival in arrivals] == [2, 0]


def test_the_wrap_of_an_old_core_is_an_estimated_loss() -> None:
    _, _, arrivals = run(OwnSequence, [(0, 10), (1, 20), (2, 30), (0, 120), (1, 130)])
    assert [(a.lost_before, a.loss_estimated) for a in arrivals][2:] == [
        (0, False),
        (8, True),
        (0, False),
    ]


def test_a_sequence_that_began_anew_ends_the_own_one() -> None:
    core, sequence, arrivals = run(OwnSequence, [(0, 10), (1, 20), (0, 5), (1, 15)], frames=9)
    assert len(arrivals) == 2
    assert sequence.lost_at_end == 7
    assert "began anew after frame 1" in sequence.problem
    assert core.stopped == 1


@pytest.mark.parametrize("kind", [OwnSequence, NewestTap])
def test_a_change_of_shape_ends_it_and_names_both(kind: type[OwnSequence | NewestTap]) -> None:
    _, sequence, arrivals = run(kind, [(0, 10), (1, 20, (2, 3)), (2, 30)])
    assert len(arrivals) == 1
    assert "(4, 6)" in sequence.problem
    assert "(2, 3)" in sequence.problem


def test_a_tap_reports_frames_as_skipped_never_as_lost() -> None:
    _, sequence, arrivals = run(NewestTap, [(3, 30), (3, 30), (4, 40), EMPTIED, (9, 90)])
    assert [(a.camera_index, a.skipped_before) for a in arrivals] == [(3, 0), (4, 0), (9, 4)]
    assert not any(a.lost_before for a in arrivals)
    assert (sequence.lost_at_end, sequence.problem) == (0, None)


def test_a_tap_survives_a_restart_of_live_mode() -> None:
    _, sequence, arrivals = run(NewestTap, [(7, 70), (8, 80), (0, 3), (1, 13)])
    assert [(a.camera_index, a.skipped_before) for a in arrivals][2:] == [(0, 0), (1, 0)]
    assert sequence.problem is None


@pytest.mark.parametrize("kind", [OwnSequence, NewestTap])
def test_a_core_that_fails_is_named_with_the_frame(kind: type[OwnSequence | NewestTap]) -> None:
    with pytest.raises(SourceError, match=r"frame [01] cannot be read: bus error|after frame 0"):
        run(kind, [(0, 1), RuntimeError("bus error")])


def test_a_camera_without_numbers_is_counted_by_its_intervals() -> None:
    _, _, arrivals = run(OwnSequence, [(None, t) for t in (10, 20, 30, 70)])
    assert [(a.lost_before, a.loss_estimated) for a in arrivals][-1] == (3, True)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"ImageNumber": "12", "ElapsedTime-ms": "1.5"}, FrameTags(12, 1_500_000)),
        (
            {"ImageNumber": "12", "TimeReceivedByCore": "1970-01-02 00:00:01.000002"},
            FrameTags(12, 86_401_000_002_000),
        ),
        ({}, FrameTags(None, None)),
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
    clock = FakeClock()
    core = FakeCore([(0, 1), (1, 2), (2, 3)])
    stream = StreamInfo("run", "fake", core.shape_yx, "uint16")
    stop = StopSignal(clock)
    sequence = OwnSequence(core, stream, FakeMetadata(), clock, stop)
    sequence.start()
    stop.request()
    arrivals, frames = read_all(sequence, stream)
    assert len(arrivals) == 3
    assert np.all(frames[0] == 1)
    assert (core.stopped, sequence.problem) == (1, None)
