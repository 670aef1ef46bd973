"""Own sequences on a real MMCore with DemoCamera: every frame, or what became of it by name."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from contracts.source import SourceContract, read_all
from demo_core import EXPOSURE_MS, SIZE, demo, reading, started, wait_until

from livecare.errors import SourceError
from livecare.sources import MicroManagerSettings, MicroManagerSource
from livecare.sources.micromanager import demo_settings
from livecare.sources.protocol import FrameSource

if TYPE_CHECKING:
    from pymmcore import CMMCore

pytest.importorskip("pymmcore", reason="needs a real core: pip install livecare[micromanager]")
pytest.importorskip("mm_test_adapters", reason="needs DemoCamera: livecare[micromanager]")

JOINING = ("Both", "Utilities", "Multi Camera")
"""Label, library and name of the device that gives the frames of several cameras in turn."""


class TestOwn(SourceContract):
    def make(self, frames: int | None) -> FrameSource:
        return MicroManagerSource(demo(frames))


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


def overrun(core: "CMMCore") -> None:
    """Wait until the buffer was full and emptied."""
    held = 0
    pause = threading.Event()
    for _ in range(40_000):
        before, held = held, core.getRemainingImageCount()
        if held < before:
            return
        pause.wait(0.0005)
    pytest.fail("the buffer never overflowed")


def test_an_overflow_that_goes_on_counts_exactly_on_new_cores(core: "CMMCore") -> None:
    settings = demo(600, buffer_mb=1, exposure_ms=0.5, on_overflow="continue")
    source, (part,) = reading(core, settings, overrun)
    assert sum(a.new_epoch for a in part.arrivals) == 0
    lost = sum(a.lost_before for a in part.arrivals)
    capacity = core.getBufferTotalCapacity()
    estimated = any(a.loss_estimated for a in part.arrivals)
    if "API version 74" in core.getAPIVersionInfo():
        assert estimated
        assert lost == pytest.approx(capacity, rel=0.15) or lost > capacity
        assert len(part.arrivals) + lost + source.lost_at_end == pytest.approx(600, rel=0.15)
        assert f"unknown number, estimated {lost + source.lost_at_end}," in source.why_lost
    else:
        assert not estimated
        assert lost >= capacity
        assert len(part.arrivals) + lost == 600
        assert f": {lost} of its frames are lost" in source.why_lost
    assert source.why_lost.count("buffer_mb") == 1
    assert source.problem is None, "it did not end early"


def test_a_thousand_frames_are_a_thousand() -> None:
    source, stream = started(demo_settings(SIZE, 0.5, 1000, fast=True))
    arrivals, _ = read_all(source, stream)
    source.close()
    assert [a.camera_index for a in arrivals] == list(range(1000))
    assert (source.lost_at_end, source.problem) == (0, None)


def test_a_given_core_stays_loaded_and_stops_with_the_source(core: "CMMCore") -> None:
    source, _ = started(demo(None), core)
    source.close()
    assert not core.isSequenceRunning()
    assert core.getCameraDevice() == "Camera"


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


def join_two_cameras(core: "CMMCore") -> None:
    for label, library, device in (("Second", "DemoCamera", "DCam"), JOINING):
        core.loadDevice(label, library, device)
        core.initializeDevice(label)
    rows, columns = map(str, SIZE)
    same = {"PixelType": "16bit", "OnCameraCCDXSize": columns, "OnCameraCCDYSize": rows}
    for name, text in same.items():
        core.setProperty("Second", name, text)
    for number, camera in enumerate(("Camera", "Second"), 1):
        core.setProperty("Both", f"Physical Camera {number}", camera)
    core.setCameraDevice("Both")


def test_joined_cameras_are_refused(core: "CMMCore") -> None:
    join_two_cameras(core)
    for mode in ("own", "tap"):
        source = MicroManagerSource(MicroManagerSettings(mode=mode), core)
        if mode == "tap":
            core.startContinuousSequenceAcquisition(0)
        with pytest.raises(SourceError, match="Both joins 2 cameras, whose frames would be mixed"):
            source.open("run")
        source.close()


def test_cameras_that_are_joined_in_a_run_end_it_by_name(core: "CMMCore") -> None:
    def change(core: "CMMCore") -> None:
        core.stopSequenceAcquisition()
        join_two_cameras(core)

    source, (part,) = reading(core, demo(300), change)
    assert len(part.arrivals) < 300
    assert "Both joins 2 cameras" in source.problem


def test_a_configuration_file_that_is_not_there_is_named() -> None:
    source = MicroManagerSource(MicroManagerSettings(config="/no/such/scope.cfg"))
    with pytest.raises(SourceError, match=r"no configuration file .*scope\.cfg"):
        source.open("run")
    source.close()


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("Device,Stage,NoSuchAdapter,Stage\n", r"scope\.cfg cannot be loaded"),
        ("# nothing\n", "no camera"),
    ],
)
def test_a_configuration_that_gives_no_camera_is_named(
    tmp_path: Path, lines: str, named: str
) -> None:
    config = tmp_path / "scope.cfg"
    config.write_text(lines)
    source = MicroManagerSource(MicroManagerSettings(config=str(config)))
    with pytest.raises(SourceError, match=named):
        source.open("run")
    source.close()
