"""What others change of a real MMCore while a sequence of livecare's own runs on it."""

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from demo_core import EXPOSURE_MS, SIZE, Change, demo, reading, started, wait_until
from epochs import read_parts

from livecare.sources.micromanager import demo_settings

if TYPE_CHECKING:
    from pymmcore import CMMCore

pytest.importorskip("pymmcore", reason="needs a real core: pip install livecare[micromanager]")
pytest.importorskip("mm_test_adapters", reason="needs DemoCamera: livecare[micromanager]")


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
