import dataclasses
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.frame import PIXEL_TYPES, FrameHeader, Ledger, PixelType, Position, StreamInfo


def info(**changes: object) -> StreamInfo:
    return dataclasses.replace(StreamInfo("run", "test", (4, 6), "uint16"), **changes)


@pytest.mark.parametrize(
    ("dtype", "size"),
    [("uint8", 6000 * 6000), ("uint16", 2 * 6000 * 6000), ("float32", 4 * 6000 * 6000)],
)
def test_a_frame_has_the_bytes_of_its_pixels(dtype: PixelType, size: int) -> None:
    header = FrameHeader(0, Position(0), (6000, 6000), dtype, 0)
    assert header.frame_bytes == info(shape_yx=(6000, 6000), dtype=dtype).frame_bytes == size


@given(st.integers(1, 2**40), st.integers(1, 2**40), st.sampled_from(PIXEL_TYPES))
def test_the_bytes_of_a_frame_never_overflow(rows: int, columns: int, dtype: PixelType) -> None:
    header = FrameHeader(0, Position(0), (rows, columns), dtype, 0)
    assert header.frame_bytes == rows * columns * np.dtype(dtype).itemsize


def test_frames_that_share_a_time_point_are_channels_by_planes_by_positions() -> None:
    assert info().frames_per_timepoint == 1
    stream = info(channels=("a", "b"), size_z=5, positions=("A1", "A2", "A3"))
    assert stream.frames_per_timepoint == 30


def test_a_stream_notes_one_instant_on_both_clocks() -> None:
    before = time.time_ns(), time.perf_counter_ns()
    stream = StreamInfo("run", "test", (4, 6), "uint16")
    after = time.time_ns(), time.perf_counter_ns()
    assert before[0] <= stream.started_wall_ns <= after[0]
    assert before[1] <= stream.started_monotonic_ns <= after[1]


def test_two_streams_do_not_share_their_detail() -> None:
    first, second = (StreamInfo("run", "test", (4, 6), "uint16") for _ in range(2))
    first.detail["gain"] = 2
    assert second.detail == {}


def test_positions_are_ordered_by_time_then_channel_then_plane_then_stage() -> None:
    assert Position(0, 0, 0, 1) < Position(0, 0, 1) < Position(0, 1) < Position(1)


@pytest.mark.parametrize(
    "value",
    [Position(0), info(), Ledger(), FrameHeader(0, Position(0), (1, 1), "uint8", 0)],
    ids=lambda value: type(value).__name__,
)
def test_what_describes_a_frame_cannot_be_changed_or_extended(value: object) -> None:
    field = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, 1)
    with pytest.raises((AttributeError, TypeError)):
        value.typo = 1


@pytest.mark.parametrize(
    ("ledger", "complete"),
    [
        pytest.param(Ledger(), True, id="nothing acquired"),
        pytest.param(Ledger(acquired=5, recorded=5, restored=5), True, id="all"),
        pytest.param(Ledger(acquired=5, recorded=5, restored=2, skipped=3), True, id="skipped"),
        pytest.param(Ledger(acquired=5, recorded=5, skipped=5), True, id="restoring was off"),
        pytest.param(Ledger(acquired=5, recorded=4, restored=5), False, id="not recorded"),
        pytest.param(Ledger(acquired=5, recorded=5, restored=4), False, id="unaccounted"),
        pytest.param(
            Ledger(acquired=5, recorded=5, restored=4, failed=1), False, id="not restorable"
        ),
        pytest.param(Ledger(acquired=5, recorded=5, restored=5, lost=1), False, id="camera loss"),
    ],
)
def test_a_recording_is_complete_when_no_frame_is_missing(
    ledger: Ledger, *, complete: bool
) -> None:
    assert ledger.complete is complete


@pytest.mark.parametrize(
    ("said", "exposure_ms"),
    [(20.0, 20.0), ("5", 5.0), (0, None), (-1.0, None), ("auto", None), (float("inf"), None)],
)
def test_an_exposure_is_what_a_source_says_in_numbers(
    said: object, exposure_ms: float | None
) -> None:
    info = StreamInfo("run", "test", (4, 4), "uint16", detail={"exposure_ms": said})
    assert info.exposure_ms == exposure_ms
    assert StreamInfo("run", "test", (4, 4), "uint16").exposure_ms is None
