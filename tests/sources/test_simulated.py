"""The simulated source: frames of a scene at a camera's pace or at the reader's."""

import threading

import numpy as np
import pytest
from contracts.source import SourceContract, read_all
from fake_clock import FakeClock
from starting import start

from livecare.errors import ConfigError, SourceError
from livecare.frame import PixelType, Position, StreamInfo
from livecare.simulation import SimulatedScene
from livecare.sources import SimulatedSettings, SimulatedSource
from livecare.sources.protocol import Arrival, FrameSource, NoFrame

SIZE = (32, 40)


def settings(**changes: object) -> SimulatedSettings:
    return SimulatedSettings(**{"size_yx": SIZE, "bank_frames": 4, "frames": 40, **changes})


def started(clock: FakeClock, **changes: object) -> tuple[SimulatedSource, StreamInfo]:
    return start(SimulatedSource(settings(**changes), clock))


class TestAtTheCamerasPace(SourceContract):
    def make(self, frames: int | None) -> FrameSource:
        return SimulatedSource(settings(frames=frames, rate_hz=400.0))


class TestAtTheReadersPace(SourceContract):
    def make(self, frames: int | None) -> FrameSource:
        return SimulatedSource(settings(frames=frames, rate_hz=None))


class TestRenderedLive(SourceContract):
    def make(self, frames: int | None) -> FrameSource:
        return SimulatedSource(settings(frames=frames, rate_hz=0, bank_frames=0))


def test_frames_are_those_of_the_scene_in_the_streams_detail() -> None:
    source, stream = started(FakeClock(), frames=11, channels=("a", "b"))
    arrivals, frames = read_all(source, stream)
    scene = SimulatedScene.from_settings(stream.detail["simulation"])
    for arrival, frame in zip(arrivals, frames, strict=True):
        np.testing.assert_array_equal(frame, scene.frame(arrival.camera_index))
        assert arrival.position == scene.settings.position(arrival.camera_index)


def test_a_reader_that_keeps_up_loses_nothing_and_waits_for_each_frame() -> None:
    clock = FakeClock()
    source, stream = started(clock, rate_hz=20.0, buffer_frames=1)
    arrivals, _ = read_all(source, stream)
    assert [arrival.camera_index for arrival in arrivals] == list(range(40))
    assert source.why_lost is None
    assert clock.waits >= 39
    waited_ns = arrivals[-1].received_ns - arrivals[0].received_ns
    assert waited_ns == pytest.approx(39 / 20 * 1e9, rel=1e-6)


def test_a_stalled_reader_loses_exactly_what_the_buffer_cannot_hold() -> None:
    clock = FakeClock()
    source, stream = started(clock, rate_hz=100.0, buffer_frames=6, frames=50)

    def stall(arrival: Arrival) -> None:
        if arrival.camera_index == 4:
            clock.pass_s(0.2)  # 20 frames: 5..10 are held, 11..24 lost

    arrivals, _ = read_all(source, stream, after=stall)
    assert [a.camera_index for a in arrivals] == [*range(11), *range(25, 50)]
    assert {a.camera_index: a.lost_before for a in arrivals if a.lost_before} == {25: 14}
    assert source.lost_at_end == 0
    assert "lost 14 of 50 frames" in source.why_lost
    assert "buffer_frames" in source.why_lost
    assert source.problem is None, "it did not end early"


def test_a_reader_that_stalls_until_the_end_is_told_of_the_loss_at_the_end() -> None:
    clock = FakeClock()
    source, stream = started(clock, rate_hz=100.0, buffer_frames=6, frames=50)
    clock.pass_s(10)
    arrivals, _ = read_all(source, stream)
    assert len(arrivals) == 6
    assert source.lost_at_end == 44


def test_at_the_readers_pace_nothing_is_lost_however_slow_it_is() -> None:
    clock = FakeClock()
    source, stream = started(clock, rate_hz=None, buffer_frames=1)
    arrivals, _ = read_all(source, stream, after=lambda _: clock.pass_s(60))
    assert len(arrivals) == 40
    assert source.why_lost is None


def test_the_camera_stops_when_it_was_asked_to_not_when_the_reader_looks() -> None:
    clock = FakeClock()
    source, stream = started(clock, rate_hz=100.0, frames=None, buffer_frames=64)
    clock.pass_s(0.05)
    source.request_stop()
    clock.pass_s(5)
    arrivals, _ = read_all(source, stream)
    assert len(arrivals) == 6


def test_waiting_comes_back_after_the_timeout() -> None:
    clock = FakeClock()
    source, stream = started(clock, rate_hz=0.1)
    pixels = np.empty(stream.shape_yx, stream.dtype)
    source.read_into(pixels, 1.0)
    before_ns = clock.now_ns()
    assert source.read_into(pixels, 1.5) is NoFrame.WAITING
    assert clock.now_ns() - before_ns == pytest.approx(1.5e9)


def test_a_stop_wakes_a_reader_that_waits_for_a_distant_frame() -> None:
    source, stream = start(SimulatedSource(settings(rate_hz=0.001, frames=None)))
    pixels = np.empty(stream.shape_yx, stream.dtype)
    source.read_into(pixels, 1.0)
    threading.Timer(0.05, source.request_stop).start()
    assert source.read_into(pixels, 100.0) is NoFrame.ENDED


def test_the_stream_says_what_was_configured() -> None:
    stream = SimulatedSource(
        settings(
            channels=("actin", "DNA"),
            positions=("left", "right"),
            size_z=3,
            rate_hz=24.0,
            dtype="uint8",
            pixel_size_um=0.13,
        )
    ).open("run")
    assert (stream.channels, stream.positions) == (("actin", "DNA"), ("left", "right"))
    assert (stream.size_z, stream.z_step_um, stream.dtype) == (3, 0.5, "uint8")
    assert stream.interval_s == pytest.approx(12 / 24)
    assert stream.pixel_size_um == 0.13


def test_frames_cycle_through_planes_channels_positions() -> None:
    source, stream = started(
        FakeClock(), frames=9, channels=("a", "b"), positions=("l", "r"), size_z=2
    )
    arrivals, _ = read_all(source, stream)
    expected = [Position(0, c, z, p) for p in (0, 1) for c in (0, 1) for z in (0, 1)]
    assert [arrival.position for arrival in arrivals] == [*expected, Position(1)]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_every_pixel_type(dtype: PixelType) -> None:
    source, stream = started(FakeClock(), frames=2, dtype=dtype, rate_hz=None)
    _, frames = read_all(source, stream)
    assert stream.dtype == dtype
    assert 100 < frames[0].mean() < 160


def test_an_array_of_another_shape_or_type_is_refused() -> None:
    source, _ = started(FakeClock())
    with pytest.raises(SourceError, match=r"uint16 of \(32, 40\)"):
        source.read_into(np.empty((40, 32), np.uint16), 1.0)
    with pytest.raises(SourceError, match="float32"):
        source.read_into(np.empty(SIZE, np.float32), 1.0)


def test_opening_twice_and_starting_twice_are_refused() -> None:
    source, _ = started(FakeClock())
    with pytest.raises(SourceError, match="opened already"):
        source.open("again")
    with pytest.raises(SourceError, match="started already"):
        source.start()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"frames": 0}, "frames"),
        ({"rate_hz": -1.0}, "rate_hz"),
        ({"buffer_frames": 0}, "buffer_frames"),
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        settings(**wrong)


def test_an_unknown_specimen_is_refused_before_anything_is_rendered() -> None:
    with pytest.raises(ConfigError, match="slime"):
        SimulatedSource(settings(specimens=("slime",)))
