"""Micro-Manager sources on a real MMCore with DemoCamera: every measured trap."""

import dataclasses
import importlib
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from contracts.source import SourceContract, read_all
from epochs import Part, read_parts
from starting import start

from livecare.errors import SourceError, StoppedError
from livecare.frame import StreamInfo
from livecare.sources import MicroManagerSettings, MicroManagerSource
from livecare.sources.micromanager import demo_settings
from livecare.sources.micromanager.core import configure, load_core
from livecare.sources.micromanager.settings import Mode
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
    return start(MicroManagerSource(settings, core))


class TestOwn(SourceContract):
    def make(self, frames: int | None) -> FrameSource:
        return MicroManagerSource(demo(frames))


class TestTap(SourceContract):
    @pytest.fixture(autouse=True)
    def running_core(self, core: "CMMCore") -> Iterator[None]:
        core.startContinuousSequenceAcquisition(0)
        self.core = core
        yield
        del self.core  # pytest keeps this object to its end, and a core keeps 260 MB of buffer

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


Change = Callable[["CMMCore"], object]


def reading(
    core: "CMMCore", settings: MicroManagerSettings, change: Change, at: tuple[int, ...] = (5,)
) -> tuple[MicroManagerSource, list[Part]]:
    """Read all, with a change of the core after some of the frames."""
    source, stream = started(settings, core)
    count = iter(range(10**6))

    def meddle(_: Arrival) -> None:
        if next(count) in at:
            change(core)

    parts = read_parts(source, stream, after=meddle)
    source.close()
    return source, parts


@pytest.mark.parametrize(
    ("change", "shape"),
    [
        pytest.param(lambda core: core.setROI(0, 0, 48, 32), (32, 48), id="region of interest"),
        pytest.param(
            lambda core: (
                core.stopSequenceAcquisition(),  # DemoCamera may write past its image without
                core.setProperty("Camera", "OnCameraCCDXSize", "80"),
            ),
            (64, 80),
            id="size",
        ),
        pytest.param(
            lambda core: (
                core.stopSequenceAcquisition(),
                core.setProperty("Camera", "Binning", "2"),
            ),
            (32, 48),
            id="binning",
        ),
    ],
)
def test_another_shape_is_a_new_stream_for_the_rest(
    core: "CMMCore", change: Change, shape: tuple[int, int]
) -> None:
    source, (first, second) = reading(core, demo(40), change)
    assert (first.stream.shape_yx, second.stream.shape_yx) == (SIZE, shape)
    assert (len(first.arrivals), len(second.arrivals)) == (6, 34)
    assert second.stream.expected_frames == 34
    assert [a.position.t for a in second.arrivals] == list(range(34))
    assert all(frame.shape == shape and frame.std() > 0 for frame in second.frames)
    assert (source.lost_at_end, source.problem) == (0, None)


def test_another_pixel_type_is_a_new_stream(core: "CMMCore") -> None:
    def change(core: "CMMCore") -> None:
        core.stopSequenceAcquisition()
        core.setProperty("Camera", "PixelType", "8bit")

    _, (first, second) = reading(core, demo(20), change)
    assert (first.stream.dtype, second.stream.dtype) == ("uint16", "uint8")
    assert (len(first.arrivals), len(second.arrivals)) == (6, 14)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda core: core.stopSequenceAcquisition(), id="stopped"),
        pytest.param(
            lambda core: (
                core.stopSequenceAcquisition(),  # cores may die of the next line while it runs
                core.setCircularBufferMemoryFootprint(8),
            ),
            id="buffer",
        ),
        pytest.param(lambda core: (core.stopSequenceAcquisition(), core.snapImage()), id="snapped"),
        pytest.param(
            lambda core: (
                core.stopSequenceAcquisition(),
                core.startContinuousSequenceAcquisition(0),
            ),
            id="live mode",
        ),
    ],
)
def test_a_sequence_stopped_behind_its_back_goes_on_as_a_new_epoch(
    core: "CMMCore", change: Change
) -> None:
    source, (part,) = reading(core, demo(40), change)
    assert len(part.arrivals) == 40
    assert sum(a.new_epoch for a in part.arrivals) == 1
    assert [a.position.t for a in part.arrivals] == list(range(40))
    assert (source.lost_at_end, source.problem) == (0, None)
    assert not core.isSequenceRunning()


def test_what_stays_in_the_buffer_of_another_shape_is_counted(core: "CMMCore") -> None:
    left = []

    def change(core: "CMMCore") -> None:
        wait_until(lambda: core.getRemainingImageCount() >= 7, "seven frames wait")
        core.stopSequenceAcquisition()
        core.setProperty("Camera", "OnCameraCCDXSize", "80")
        left.append(core.getRemainingImageCount())

    _, (_, second) = reading(core, demo(40), change)
    assert left[0] >= 7
    assert (second.arrivals[0].lost_before, second.arrivals[0].loss_estimated) == (left[0], False)


def test_what_went_with_an_emptied_buffer_is_a_guess(core: "CMMCore") -> None:
    at_least = []

    def change(core: "CMMCore") -> None:
        core.stopSequenceAcquisition()
        at_least.append(core.getRemainingImageCount())
        core.setCircularBufferMemoryFootprint(8)

    def waits_first(core: "CMMCore") -> None:
        wait_until(lambda: core.getRemainingImageCount() >= 7, "seven frames wait")

    source, stream = started(demo(40), core)
    steps = {4: waits_first, 5: change}
    count = iter(range(10**6))
    (part,) = read_parts(
        source, stream, after=lambda _: steps.get(next(count), lambda _: None)(core)
    )
    source.close()
    (anew,) = [a for a in part.arrivals if a.new_epoch]
    assert at_least[0] >= 6
    assert 6 <= anew.lost_before <= at_least[0]
    assert anew.loss_estimated


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
        assert f"unknown number, estimated {lost + source.lost_at_end}," in source.problem
    else:
        assert not estimated
        assert lost >= capacity
        assert len(part.arrivals) + lost == 600
        assert f": {lost} of its frames are lost" in source.problem
    assert source.problem.count("buffer_mb") == 1


def test_a_thousand_frames_are_a_thousand() -> None:
    source, stream = started(demo_settings(SIZE, 0.5, 1000, fast=True))
    arrivals, _ = read_all(source, stream)
    source.close()
    assert [a.camera_index for a in arrivals] == list(range(1000))
    assert (source.lost_at_end, source.problem) == (0, None)


def test_fast_images_are_drawn_again_after_a_resize(core: "CMMCore") -> None:
    settings = demo_settings(SIZE, EXPOSURE_MS, 20, fast=True)
    _, parts = reading(core, settings, lambda core: core.setROI(0, 0, 48, 32))
    assert len(parts) == 2
    assert all(frame.max() > 0 for part in parts for frame in part.frames)


def test_exposure_and_stage_are_read_with_each_sequence(core: "CMMCore") -> None:
    def change(core: "CMMCore") -> None:
        core.stopSequenceAcquisition()
        core.setExposure(3.0)
        core.setXYPosition(120.0, -40.0)
        core.setPosition(7.0)
        core.waitForSystem()

    source, stream = started(demo(300), core)  # more than the core takes while six are read
    assert stream.detail["stage_um"] == {"x": 0.0, "y": 0.0, "z": 0.0}
    count = itertools.count()
    (part,) = read_parts(source, stream, after=lambda _: change(core) if next(count) == 5 else None)
    source.close()
    detail = part.stream.detail
    assert detail["exposure_ms"] == 3.0
    assert detail["stage_um"] == pytest.approx({"x": 120.0, "y": -40.0, "z": 7.0}, abs=0.1)
    assert json.loads(json.dumps(detail)) == detail
    assert (detail["camera"], detail["channel"], detail["binning"]) == ("Camera", "DAPI", "1")


def test_a_mix_of_changes_ends_no_process() -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("meddling.py"), "own", "tap"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["own"]["frames"] == told["own"]["wanted"]
    assert told["own"]["parts"] > 10
    assert told["tap"]["parts"] > 4
    assert told["own"]["problem"] is None
    assert told["tap"]["problem"] is None


def test_a_given_core_stays_loaded_and_stops_with_the_source(core: "CMMCore") -> None:
    source, _ = started(demo(None), core)
    source.close()
    assert not core.isSequenceRunning()
    assert core.getCameraDevice() == "Camera"


def tapping(frames: int | None = None, *, ends: bool = False) -> MicroManagerSettings:
    return MicroManagerSettings(mode="tap", frames=frames, end_with_sequence=ends)


def test_a_tap_takes_nothing_from_the_owner_of_the_core(core: "CMMCore") -> None:
    core.startSequenceAcquisition(30, 0.0, True)
    source, stream = started(tapping(ends=True), core)
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


def test_a_tap_waits_for_a_sequence(core: "CMMCore") -> None:
    source = MicroManagerSource(tapping(2), core)
    opened: Future[StreamInfo] = Future()
    opening = threading.Thread(target=lambda: opened.set_result(source.open("run")))
    opening.start()
    with pytest.raises(TimeoutError):
        opened.result(0.1)
    core.startContinuousSequenceAcquisition(0)
    stream = opened.result(20)
    opening.join()
    source.start()
    arrivals, _ = read_all(source, stream)
    source.close()
    assert len(arrivals) == 2


def test_a_tap_that_waits_can_be_stopped(core: "CMMCore") -> None:
    source = MicroManagerSource(tapping(), core)
    waiting = threading.Event()
    stopper = threading.Thread(target=lambda: (waiting.wait(20), source.request_stop()))
    stopper.start()
    waiting.set()
    with pytest.raises(StoppedError):
        source.open("run")
    stopper.join()
    source.close()


def test_a_tap_waits_for_the_next_sequence(core: "CMMCore") -> None:
    core.startContinuousSequenceAcquisition(0)
    source, stream = started(tapping(), core)
    pixels = np.empty(stream.shape_yx, stream.dtype)
    arrivals = []
    for _ in range(3):
        while not isinstance(arrival := source.read_into(pixels, 5.0), Arrival):
            pass
        arrivals.append(arrival)
        core.stopSequenceAcquisition()
        while source.read_into(pixels, 0.05) is not NoFrame.WAITING:
            pass
        core.startContinuousSequenceAcquisition(0)
    source.close()
    assert [a.new_epoch for a in arrivals] == [False, True, True]
    assert not any(a.lost_before for a in arrivals)
    assert core.isSequenceRunning()
    assert source.problem is None


def test_a_tap_goes_on_in_another_shape(core: "CMMCore") -> None:
    def resize(core: "CMMCore") -> None:
        core.setROI(0, 0, 48, 32)
        core.stopSequenceAcquisition()
        core.startContinuousSequenceAcquisition(0)

    core.startContinuousSequenceAcquisition(0)
    source, (first, second) = reading(core, tapping(12), resize)
    assert (len(first.arrivals), len(second.arrivals)) == (6, 6)
    assert second.stream.shape_yx == (32, 48)
    assert [a.position.t for a in second.arrivals] == list(range(6))
    assert source.problem is None


def test_a_tap_sees_whole_frames_only_of_a_camera_that_grows(core: "CMMCore") -> None:
    core.setProperty("Camera", "Mode", "Color Test Pattern")

    def grow(core: "CMMCore") -> None:
        core.stopSequenceAcquisition()
        core.setProperty("Camera", "OnCameraCCDXSize", "640")

    core.startContinuousSequenceAcquisition(0)
    _, (part,) = reading(core, tapping(ends=True), grow)
    assert len(part.arrivals) >= 6
    assert all(frame.shape == SIZE for frame in part.frames)


def test_fast_images_are_not_zeros() -> None:
    source, stream = started(demo_settings(SIZE, EXPOSURE_MS, 3, fast=True))
    _, frames = read_all(source, stream)
    source.close()
    assert all(frame.max() > 0 for frame in frames)


def poisson_camera() -> Any:  # noqa: ANN401 a class of pymmcore-plus
    """Make a camera in Python that is in low light; DemoCamera cannot."""
    from pymmcore_plus.experimental.unicore import SimpleCameraDevice  # noqa: PLC0415 optional

    class PoissonCamera(SimpleCameraDevice):
        exposure_ms = 5.0

        def get_exposure(self) -> float:
            return self.exposure_ms

        def set_exposure(self, exposure: float) -> None:
            self.exposure_ms = exposure

        def sensor_shape(self) -> tuple[int, int]:
            return SIZE

        def dtype(self) -> type[np.uint16]:
            return np.uint16

        def snap(self, buffer: np.ndarray) -> dict[str, Any]:
            buffer[:] = np.random.default_rng().poisson(20.0, buffer.shape)
            return {}

    return PoissonCamera()


def plus_core(kind: str) -> Any:  # noqa: ANN401 optional
    plus = pytest.importorskip("pymmcore_plus", reason="needs pymmcore-plus")
    if kind == "CMMCorePlus":
        core = plus.CMMCorePlus()
        configuration = Path(importlib.import_module("mm_test_adapters").device_adapter_path())
        core.setDeviceAdapterSearchPaths([str(configuration)])
        core.loadSystemConfiguration(str(configuration / "MMConfig_demo.cfg"))
        configure(core, demo(None))
        return core
    unicore = importlib.import_module("pymmcore_plus.experimental.unicore")
    core = unicore.UniMMCore()
    core.loadPyDevice("Camera", poisson_camera())
    core.initializeDevice("Camera")
    core.setCameraDevice("Camera")
    return core


@pytest.mark.parametrize("kind", ["CMMCorePlus", "UniMMCore"])
@pytest.mark.parametrize("mode", ["own", "tap"])
def test_cores_of_pymmcore_plus_are_cores_too(
    monkeypatch: pytest.MonkeyPatch, kind: str, mode: Mode
) -> None:
    monkeypatch.setenv("PYMM_SIGNALS_BACKEND", "psygnal")
    core = plus_core(kind)
    if mode == "tap":
        core.startContinuousSequenceAcquisition(0)
    source, stream = started(MicroManagerSettings(mode=mode, config=None, frames=10), core)
    arrivals, frames = read_all(source, stream)
    source.close()
    core.stopSequenceAcquisition()
    core.reset()
    assert len(arrivals) == 10
    assert all(frame.shape == SIZE and frame.std() > 0 for frame in frames)
    assert stream.detail["camera"] == "Camera"
    assert (source.lost_at_end, source.problem) == (0, None)


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
