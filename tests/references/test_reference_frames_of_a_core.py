"""Reference frames through a real MMCore with DemoCamera: exposures, order, and nothing lost."""

import dataclasses
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from livecare.errors import ConfigError
from livecare.frame import Pixels, StreamInfo
from livecare.references import ReferenceStream
from livecare.sources.micromanager import (
    MicroManagerReference,
    MicroManagerSettings,
    MicroManagerSource,
    demo_settings,
)
from livecare.sources.micromanager.core import configure, load_core
from livecare.sources.protocol import Arrival, NoFrame

if TYPE_CHECKING:
    from pymmcore import CMMCore

pytest.importorskip("pymmcore", reason="needs a real core: pip install livecare[micromanager]")
pytest.importorskip("mm_test_adapters", reason="needs DemoCamera: livecare[micromanager]")

EXPOSURE_MS = 2.0
REFERENCE_MS = 20.0
BRIGHTER = REFERENCE_MS / EXPOSURE_MS


def settings(frames: int | None, every: int = 10, **changes: Any) -> MicroManagerSettings:  # noqa: ANN401 any setting
    reference = MicroManagerReference(exposure_ms=REFERENCE_MS, every=every)
    plain = demo_settings((64, 96), EXPOSURE_MS, frames)
    return dataclasses.replace(plain, reference=reference, **changes)


class WatchedCore:
    """A core that notes what exposures are set, and that can refuse one."""

    def __init__(self, core: "CMMCore") -> None:
        self._core = core
        self.exposures: list[float] = []
        self.snapped_at: list[float] = []
        self.held_at_snap: list[int] = []
        self.refused: float | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 whatever the core has
        return getattr(self._core, name)

    def setExposure(self, exposure_ms: float) -> None:  # noqa: N802 the core's name
        if exposure_ms == self.refused:
            raise RuntimeError("exposure out of range")
        self.exposures.append(exposure_ms)
        self._core.setExposure(exposure_ms)

    def snapImage(self) -> None:  # noqa: N802 the core's name
        self.snapped_at.append(self._core.getExposure())
        self.held_at_snap.append(self._core.getRemainingImageCount())
        self._core.snapImage()


@pytest.fixture
def core() -> Iterator[WatchedCore]:
    core = load_core(MicroManagerSettings())
    configure(core, demo_settings((64, 96), EXPOSURE_MS, None))
    yield WatchedCore(core)
    core.stopSequenceAcquisition()
    core.reset()


Read = list[tuple[Arrival, Pixels]]


def read(source: MicroManagerSource) -> tuple[StreamInfo, Read, list[StreamInfo]]:
    """Run a source to its end; return its stream, its frames, and what it said in between."""
    info = source.open("run")
    source.start()
    frames: Read = []
    said: list[StreamInfo] = []
    pixels = np.empty(info.shape_yx, info.dtype)
    while (got := source.read_into(pixels, 1.0)) is not NoFrame.ENDED:
        if isinstance(got, Arrival):
            frames.append((got, pixels.copy()))
        elif isinstance(got, StreamInfo):
            said.append(got)
            pixels = np.empty(got.shape_yx, got.dtype)
    source.close()
    return info, frames, said


def split(frames: Read) -> tuple[Read, Read]:
    """Return frames and reference frames."""
    return [f for f in frames if f[0].position.c == 0], [f for f in frames if f[0].position.c == 1]


def test_every_frame_comes_and_references_lie_between(core: WatchedCore) -> None:
    source = MicroManagerSource(settings(35), core)
    info, frames, said = read(source)
    low, references = split(frames)
    assert info.channels == ("DAPI", "reference")
    assert info.expected_frames == len(frames) == 38
    assert ReferenceStream.of(info) == ReferenceStream(channel=1, every=10, light=BRIGHTER)
    assert [a.position.t for a, _ in low] == list(range(35))
    assert [a.camera_index for a, _ in low] == [*range(10), *range(10), *range(10), *range(5)]
    assert [a.position.t for a, _ in references] == [9, 19, 29]
    order = [(a.position.t, a.position.c) for a, _ in frames]
    assert order == sorted(order)
    assert [a.position.t for a, _ in frames if a.new_epoch] == [10, 20, 30]
    assert sum(a.lost_before for a, _ in frames) == source.lost_at_end == 0
    assert source.problem is None
    assert said == [], "that the exposure was another for a moment is nobody's news"


def test_the_exposure_is_really_set_and_set_back(core: WatchedCore) -> None:
    _, frames, _ = read(MicroManagerSource(settings(20), core))
    low, references = split(frames)
    assert core.exposures == [EXPOSURE_MS, *[REFERENCE_MS, EXPOSURE_MS] * 2]
    assert core.snapped_at == [REFERENCE_MS] * 2
    assert core.getExposure() == EXPOSURE_MS
    assert core.held_at_snap == [0, 0], "frames that wait in the buffer come first"
    dim = np.mean([pixels.mean() for _, pixels in low])
    for _, pixels in references:  # DemoCamera's waves are as bright as its exposure is long
        assert pixels.mean() == pytest.approx(BRIGHTER * dim, rel=0.05)
    for _, pixels in low[10:]:
        assert pixels.mean() == pytest.approx(dim, rel=0.05)


def test_a_reference_comes_after_the_last_frame_too_and_none_without_frames(
    core: WatchedCore,
) -> None:
    _, frames, _ = read(MicroManagerSource(settings(10), core))
    assert [a.position.c for a, _ in frames] == [0] * 10 + [1]
    assert not core.isSequenceRunning()


def test_an_open_end_goes_on_until_it_is_stopped(core: WatchedCore) -> None:
    source = MicroManagerSource(settings(None, every=5), core)
    info = source.open("run")
    source.start()
    pixels = np.empty(info.shape_yx, info.dtype)
    frames: list[Arrival] = []
    while (got := source.read_into(pixels, 1.0)) is not NoFrame.ENDED:
        assert isinstance(got, Arrival)
        frames.append(got)
        if len(frames) == 27:
            source.request_stop()
    source.close()
    low = [a for a in frames if a.position.c == 0]
    assert [a.position.t for a in low] == list(range(len(low)))
    assert [a.position.t for a in frames[:27] if a.position.c == 1] == [4, 9, 14, 19]
    assert (info.expected_frames, source.lost_at_end, source.problem) == (None, 0, None)


def test_what_somebody_does_to_the_camera_costs_no_reference(core: WatchedCore) -> None:
    source = MicroManagerSource(settings(30), core)
    info = source.open("run")
    source.start()
    pixels = np.empty(info.shape_yx, info.dtype)
    frames: list[Arrival] = []
    while (got := source.read_into(pixels, 1.0)) is not NoFrame.ENDED:
        if isinstance(got, StreamInfo):
            assert got.channels == ("DAPI", "reference")
            assert got.expected_frames == (30 - len(frames)) * 11 // 10
            pixels = np.empty(got.shape_yx, got.dtype)
        elif isinstance(got, Arrival):
            frames.append(got)
        if len(frames) == 5 and pixels.shape == (64, 96):
            core.stopSequenceAcquisition()
            core.setROI(0, 0, 48, 32)
    source.close()
    assert [(a.position.t, a.position.c) for a in frames if a.position.c == 1] == [(9, 1), (19, 1)]
    assert len([a for a in frames if a.position.c == 0]) == 30
    assert (source.lost_at_end, source.problem) == (0, None)


def test_a_sequence_that_somebody_began_is_emptied_before_the_reference(core: WatchedCore) -> None:
    source = MicroManagerSource(settings(40), core)
    info = source.open("run")
    source.start()
    pixels = np.empty(info.shape_yx, info.dtype)
    frames: list[Arrival] = []
    while (got := source.read_into(pixels, 1.0)) is not NoFrame.ENDED:
        if isinstance(got, Arrival):
            frames.append(got)
        if len(frames) == 5:
            core.stopSequenceAcquisition()
            core.startContinuousSequenceAcquisition(0)  # without an end
    source.close()
    low = [a for a in frames if a.position.c == 0]
    assert [a.position.t for a in low] == list(range(40))
    assert len(frames) - len(low) >= 3
    assert set(core.held_at_snap) == {0}
    assert source.problem is None


def test_a_refused_exposure_ends_references_and_not_the_acquisition(core: WatchedCore) -> None:
    core.refused = REFERENCE_MS
    source = MicroManagerSource(settings(25), core)
    _, frames, _ = read(source)
    assert [a.position.t for a, _ in frames] == list(range(25))
    assert (source.lost_at_end, source.problem) == (0, None)
    assert core.getExposure() == EXPOSURE_MS


def test_an_exposure_that_cannot_be_set_back_is_a_named_problem(core: WatchedCore) -> None:
    source = MicroManagerSource(settings(25), core)
    source.open("run")
    source.start()
    core.refused = EXPOSURE_MS
    pixels = np.empty((64, 96), np.uint16)
    while source.read_into(pixels, 1.0) is not NoFrame.ENDED:
        pass
    core.refused = None
    source.close()
    assert source.problem is not None
    assert "cannot be set back to 2 ms" in source.problem


def test_an_overflow_counts_the_frames_of_all_sequences(core: WatchedCore) -> None:
    source = MicroManagerSource(settings(400, every=150, buffer_mb=1, exposure_ms=0.5), core)
    info = source.open("run")
    source.start()
    capacity = core.getBufferTotalCapacity()
    assert capacity < 150
    pause = threading.Event()
    for _ in range(20_000):
        if not core.isSequenceRunning():
            break
        pause.wait(0.001)
    pixels = np.empty(info.shape_yx, info.dtype)
    frames = 0
    while isinstance(source.read_into(pixels, 1.0), Arrival):
        frames += 1
    source.close()
    assert frames == capacity
    assert source.lost_at_end == 400 - capacity
    assert source.problem is not None
    assert "overflowed" in source.problem


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": "tap"}, "mode 'own' only"),
        ({"exposure_ms": 30.0}, "give a longer one"),
    ],
)
def test_references_that_cannot_be_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings(10, **changes)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"every": 0, "exposure_ms": 20.0}, "every is 0"),
        ({"exposure_ms": 0.0}, "exposure_ms is 0"),
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        MicroManagerReference(**values)
