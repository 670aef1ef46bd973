"""Taps of a real MMCore that somebody else runs: they take nothing and change nothing."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np
import pytest
from contracts.source import SourceContract, read_all
from demo_core import SIZE, reading, started, tapping

from livecare.errors import StoppedError
from livecare.frame import StreamInfo
from livecare.sources import MicroManagerSettings, MicroManagerSource
from livecare.sources.protocol import Arrival, FrameSource, NoFrame

if TYPE_CHECKING:
    from pymmcore import CMMCore

pytest.importorskip("pymmcore", reason="needs a real core: pip install livecare[micromanager]")
pytest.importorskip("mm_test_adapters", reason="needs DemoCamera: livecare[micromanager]")


class TestTap(SourceContract):
    @pytest.fixture(autouse=True)
    def running_core(self, core: "CMMCore") -> Iterator[None]:
        core.startContinuousSequenceAcquisition(0)
        self.core = core
        yield
        del self.core  # pytest keeps this object to its end, and a core keeps 260 MB of buffer

    def make(self, frames: int | None) -> FrameSource:
        return MicroManagerSource(MicroManagerSettings(mode="tap", frames=frames), self.core)


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
