"""Micro-Manager sources on a real MMCore with DemoCamera: every measured trap."""

import dataclasses
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from contracts.source import SourceContract, read_all

from livecare.errors import SourceError
from livecare.frame import StreamInfo
from livecare.sources import MicroManagerSettings, MicroManagerSource
from livecare.sources.micromanager import demo_settings
from livecare.sources.micromanager.core import configure, load_core
from livecare.sources.protocol import Arrival, FrameSource, NoFrame

if TYPE_CHECKING:
    from pymmcore import CMMCore

pytest.importorskip("pymmcore", reason="needs a real core: pip install livecare[micromanager]")
pytest.importorskip("mm_test_adapters", reason="needs DemoCamera: livecare[micromanager]")

SIZE = (64, 96)
EXPOSURE_MS = 2.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Poll a core, which has no events, for at most 20 s."""
    pause = threading.Event()
    for _ in range(4000):
        if condition():
            return
        pause.wait(0.005)
    pytest.fail(f"never happened: {what}")


def demo(frames: int | None, **changes: object) -> MicroManagerSettings:
    settings = demo_settings(SIZE, EXPOSURE_MS, frames)
    return dataclasses.replace(settings, **changes)


@pytest.fixture
def core() -> Iterator["CMMCore"]:
    core = load_core(MicroManagerSettings())
    configure(core, demo(None))
    yield core
    core.stopSequenceAcquisition()
    core.reset()


def started(
    settings: MicroManagerSettings, core: "CMMCore | None" = None
) -> tuple[MicroManagerSource, StreamInfo]:
    source = MicroManagerSource(settings, core)
    stream = source.open("run")
    source.start()
    return source, stream


class TestOwn(SourceContract):
    def make(self, frames: int | None) -> FrameSource:
        return MicroManagerSource(demo(frames))


class TestTap(SourceContract):
    @pytest.fixture(autouse=True)
    def running_core(self, core: "CMMCore") -> None:
        core.startContinuousSequenceAcquisition(0)
        self.core = core

    def make(self, frames: int | None) -> FrameSource:
        return MicroManagerSource(MicroManagerSettings(mode="tap", frames=frames), self.core)


def test_fifty_frames_all_arrive_with_the_cores_numbers() -> None:
    source, stream = started(demo(50))
    arrivals, frames = read_all(source, stream)
    source.close()
    assert [arrival.camera_index for arrival in arrivals] == list(range(50))
    assert frames[0].shape == SIZE
    elapsed_ns = arrivals[-1].camera_time_ns - arrivals[0].camera_time_ns
    assert elapsed_ns >= 49 * EXPOSURE_MS * 1e6 * 0.9


def test_the_stream_carries_what_frames_do_not() -> None:
    source = MicroManagerSource(demo(5))
    stream = source.open("run")
    source.close()
    assert stream.shape_yx == SIZE
    assert stream.dtype == "uint16"
    assert stream.channels == ("DAPI",)
    assert stream.pixel_size_um == 1.0
    assert stream.source == "micromanager: Camera"
    assert stream.detail["exposure_ms"] == EXPOSURE_MS
    assert stream.detail["bit_depth"] == 16


def test_an_overflow_is_a_named_problem_with_an_exact_count() -> None:
    source, stream = started(demo(400, buffer_mb=1, exposure_ms=0.5))
    wait_until(lambda: not source._core.isSequenceRunning(), "overflow")
    capacity = source._core.getBufferTotalCapacity()
    arrivals, _ = read_all(source, stream)
    source.close()
    assert [arrival.camera_index for arrival in arrivals] == list(range(capacity))
    assert source.lost_at_end == 400 - capacity
    assert f"buffer of {capacity} frames overflowed after frame {capacity - 1}" in source.problem
    assert "buffer_mb" in source.problem


def test_an_overflow_without_a_known_end_counts_as_one_at_least() -> None:
    source, stream = started(demo(None, buffer_mb=1, exposure_ms=0.5))
    wait_until(lambda: not source._core.isSequenceRunning(), "overflow")
    read_all(source, stream)
    source.close()
    assert source.lost_at_end == 1
    assert "overflowed" in source.problem


def test_a_region_of_interest_set_behind_its_back_is_noticed(core: "CMMCore") -> None:
    source, stream = started(demo(500), core)
    changed = []

    def set_region(arrival: Arrival) -> None:
        if arrival.camera_index == 5:
            core.setROI(0, 0, 48, 32)
            changed.append(arrival)

    arrivals, _ = read_all(source, stream, after=set_region)
    source.close()
    assert changed
    assert len(arrivals) + source.lost_at_end == 500
    assert "(32, 48)" in source.problem
    assert str(SIZE) in source.problem


def test_a_sequence_stopped_behind_its_back_is_noticed(core: "CMMCore") -> None:
    source, stream = started(demo(500), core)

    def stop(arrival: Arrival) -> None:
        if arrival.camera_index == 5:
            core.stopSequenceAcquisition()

    arrivals, _ = read_all(source, stream, after=stop)
    source.close()
    assert len(arrivals) + source.lost_at_end == 500
    assert "stopped behind livecare's back" in source.problem


def test_a_given_core_stays_loaded_and_stops_with_the_source(core: "CMMCore") -> None:
    source, _ = started(demo(None), core)
    source.close()
    assert not core.isSequenceRunning()
    assert core.getCameraDevice() == "Camera"


def test_a_tap_takes_nothing_from_the_owner_of_the_core(core: "CMMCore") -> None:
    core.startSequenceAcquisition(30, 0.0, True)
    source, stream = started(MicroManagerSettings(mode="tap"), core)
    arrivals, _ = read_all(source, stream)
    source.close()
    assert core.getRemainingImageCount() == 30
    passed = sum(arrival.skipped_before for arrival in arrivals)
    first, last = arrivals[0].camera_index, arrivals[-1].camera_index
    assert len(arrivals) + passed == last - first + 1
    assert last == 29
    assert (source.lost_at_end, source.problem) == (0, None)


def test_a_tap_leaves_the_owners_sequence_running(core: "CMMCore") -> None:
    core.startContinuousSequenceAcquisition(0)
    source, stream = started(MicroManagerSettings(mode="tap", frames=3), core)
    arrivals, _ = read_all(source, stream)
    source.close()
    assert len(arrivals) == 3
    assert core.isSequenceRunning()


def test_a_tap_sees_the_owner_pop_and_goes_on(core: "CMMCore") -> None:
    import pymmcore  # noqa: PLC0415 only here, where it was found above

    core.startContinuousSequenceAcquisition(0)
    source, stream = started(MicroManagerSettings(mode="tap", frames=20), core)

    def pop_all(_: Arrival) -> None:
        for _ in range(core.getRemainingImageCount()):
            core.popNextImageMD(pymmcore.Metadata())

    arrivals, _ = read_all(source, stream, after=pop_all)
    source.close()
    indices = [arrival.camera_index for arrival in arrivals]
    assert len(indices) == 20
    assert indices == sorted(set(indices))


def test_a_tap_waits_for_a_sequence_that_has_not_begun(core: "CMMCore") -> None:
    source, stream = started(MicroManagerSettings(mode="tap", frames=2), core)
    pixels = np.empty(stream.shape_yx, stream.dtype)
    assert source.read_into(pixels, 0.02) is NoFrame.WAITING
    core.startContinuousSequenceAcquisition(0)
    arrivals, _ = read_all(source, stream)
    source.close()
    assert len(arrivals) == 2


def test_a_tap_notices_another_shape(core: "CMMCore") -> None:
    core.startContinuousSequenceAcquisition(0)
    source, stream = started(MicroManagerSettings(mode="tap"), core)
    read_all(source, stream, after=lambda _: core.setROI(0, 0, 48, 32))
    source.close()
    assert "(32, 48)" in source.problem
    assert str(SIZE) in source.problem


def test_fast_images_are_not_zeros() -> None:
    source, stream = started(demo_settings(SIZE, EXPOSURE_MS, 3, fast=True))
    _, frames = read_all(source, stream)
    source.close()
    assert all(frame.max() > 0 for frame in frames)


def test_a_camera_that_is_busy_is_named(core: "CMMCore") -> None:
    core.startContinuousSequenceAcquisition(0)
    source = MicroManagerSource(MicroManagerSettings(config=None), core)
    source.open("run")
    with pytest.raises(SourceError, match="cannot be started"):
        source.start()
    source.close()
    assert core.isSequenceRunning()


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"PixelTypo": "16bit"}, "PixelTypo"),
        ({"PixelType": "17bit"}, "'17bit'"),
        ({"PixelType": "32bitRGB"}, "4 components"),
        ({"PixelType": "32bit"}, "4 bytes"),
    ],
)
def test_a_camera_that_cannot_be_set_so_is_named(properties: dict[str, str], named: str) -> None:
    source = MicroManagerSource(MicroManagerSettings(properties=properties))
    with pytest.raises(SourceError, match=named):
        source.open("run")
    source.close()


def test_a_configuration_file_that_is_not_there_is_named() -> None:
    source = MicroManagerSource(MicroManagerSettings(config="/no/such/scope.cfg"))
    with pytest.raises(SourceError, match=r"no configuration file .*scope\.cfg"):
        source.open("run")
    source.close()


def test_a_configuration_with_adapters_that_are_not_there_is_named(tmp_path: Path) -> None:
    config = tmp_path / "scope.cfg"
    config.write_text("Device,Stage,NoSuchAdapter,Stage\n")
    source = MicroManagerSource(MicroManagerSettings(config=str(config)))
    with pytest.raises(SourceError, match=r"scope\.cfg cannot be loaded"):
        source.open("run")
    source.close()


def test_a_core_without_a_camera_is_named(tmp_path: Path) -> None:
    config = tmp_path / "empty.cfg"
    config.write_text("# nothing\n")
    source = MicroManagerSource(MicroManagerSettings(config=str(config)))
    with pytest.raises(SourceError, match="no camera"):
        source.open("run")
    source.close()
