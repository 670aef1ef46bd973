"""What every `FrameSource` must do; each source's tests subclass `SourceContract`."""

import json
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest

from livecare.errors import SourceError
from livecare.frame import PIXEL_TYPES, Pixels, StreamInfo
from livecare.sources.protocol import Arrival, FrameSource, NoFrame, why_lost

TIMEOUT_S = 0.5
PATIENCE = 60
"""Time-outs in a row after which a source is taken for stuck."""


def read_all(
    source: FrameSource, stream: StreamInfo, *, after: Callable[[Arrival], object] = lambda _: None
) -> tuple[list[Arrival], list[Pixels]]:
    """Read until ENDED: the arrivals, and a copy of each frame."""
    pixels = np.empty(stream.shape_yx, stream.dtype)
    arrivals, frames, waits = [], [], 0
    while waits < PATIENCE:
        arrival = source.read_into(pixels, TIMEOUT_S)
        if arrival is NoFrame.ENDED:
            return arrivals, frames
        if arrival is NoFrame.WAITING:
            waits += 1
            continue
        waits = 0
        arrivals.append(arrival)
        frames.append(pixels.copy())
        after(arrival)
    pytest.fail(f"the source never ended after {len(arrivals)} frames")


class SourceContract:
    """Subclasses give `make(frames)`: a source of so many frames, None for an open end.

    It must be able to deliver them all to a reader that does nothing else.
    """

    def make(self, frames: int | None) -> FrameSource:
        raise NotImplementedError

    @pytest.fixture
    def source(self) -> Iterator[FrameSource]:
        source = self.make(12)
        yield source
        source.close()

    @pytest.fixture
    def endless(self) -> Iterator[FrameSource]:
        source = self.make(None)
        yield source
        source.close()

    def test_is_a_frame_source(self, source: FrameSource) -> None:
        assert isinstance(source, FrameSource)

    def test_opens_with_a_description_of_the_stream(self, source: FrameSource) -> None:
        stream = source.open("run 7")
        assert stream.run_id == "run 7"
        assert stream.dtype in PIXEL_TYPES
        assert min(stream.shape_yx) > 0
        assert stream.expected_frames == 12
        assert json.loads(json.dumps(stream.detail)) == stream.detail

    def test_an_open_end_is_said(self, endless: FrameSource) -> None:
        assert endless.open("run").expected_frames is None

    def test_delivers_every_frame_then_ends_for_good(self, source: FrameSource) -> None:
        stream = source.open("run")
        source.start()
        arrivals, _ = read_all(source, stream)
        lost = sum(arrival.lost_before for arrival in arrivals) + source.lost_at_end
        assert (len(arrivals), lost, source.problem) == (12, 0, None)
        assert why_lost(source) is None
        pixels = np.empty(stream.shape_yx, stream.dtype)
        assert source.read_into(pixels, TIMEOUT_S) is NoFrame.ENDED

    def test_frames_are_told_apart_and_come_in_order(self, source: FrameSource) -> None:
        stream = source.open("run")
        source.start()
        arrivals, _ = read_all(source, stream)
        assert len({arrival.position for arrival in arrivals}) == 12
        for earlier, later in pairwise(arrivals):
            assert later.received_ns >= earlier.received_ns
            assert later.camera_index > earlier.camera_index
            assert later.camera_time_ns > earlier.camera_time_ns

    def test_received_times_lie_on_the_streams_monotonic_clock(self, source: FrameSource) -> None:
        stream = source.open("run")
        source.start()
        arrivals, _ = read_all(source, stream)
        elapsed_s = (arrivals[-1].received_ns - stream.started_monotonic_ns) / 1e9
        assert 0 < elapsed_s < 60

    def test_frames_have_pictures(self, source: FrameSource) -> None:
        stream = source.open("run")
        source.start()
        _, frames = read_all(source, stream)
        assert all(frame.std() > 0 for frame in frames)
        assert len({frame.tobytes() for frame in frames}) > 1

    def test_a_stop_from_another_thread_ends_it(self, endless: FrameSource) -> None:
        stream = endless.open("run")
        endless.start()
        first = threading.Event()

        def stop_after_first() -> None:
            first.wait(30)
            endless.request_stop()

        stopper = threading.Thread(target=stop_after_first)
        stopper.start()
        arrivals, _ = read_all(endless, stream, after=lambda _: first.set())
        stopper.join()
        assert arrivals
        assert endless.problem is None
        assert endless.lost_at_end == 0

    def test_a_stop_before_the_start_ends_it(self, endless: FrameSource) -> None:
        stream = endless.open("run")
        endless.request_stop()
        endless.start()
        read_all(endless, stream)
        assert endless.problem is None

    def test_closes_twice_at_any_moment(self, endless: FrameSource) -> None:
        endless.close()
        endless.close()

    def test_closes_while_it_runs(self, endless: FrameSource) -> None:
        endless.open("run")
        endless.start()
        endless.close()
        endless.close()

    def test_start_before_open_is_refused(self, source: FrameSource) -> None:
        with pytest.raises(SourceError, match="open"):
            source.start()

    def test_reading_before_the_start_is_refused(self, source: FrameSource) -> None:
        stream = source.open("run")
        with pytest.raises(SourceError, match="start"):
            source.read_into(np.empty(stream.shape_yx, stream.dtype), TIMEOUT_S)

    def test_nothing_is_wrong_before_it_begins(self, source: FrameSource) -> None:
        assert (source.problem, why_lost(source), source.lost_at_end) == (None, None, 0)
