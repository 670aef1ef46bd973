"""A camera in memory that is never the slow part."""

import time
from collections.abc import Sequence

import numpy as np

from livecare.frame import Pixels, Position, StreamInfo
from livecare.sources.protocol import Arrival, NoFrame


def stream_of(frames: Sequence[Pixels], run_id: str) -> StreamInfo:
    """Describe a stream of these frames."""
    rows, columns = frames[0].shape
    return StreamInfo(run_id, "memory", (rows, columns), "uint16")


class MemorySource:
    """A `FrameSource` that copies frames from memory whenever it is asked."""

    lost_at_end = 0
    problem = None

    def __init__(self, frames: Sequence[Pixels], count: int) -> None:
        self._frames = frames
        self._count = count
        self._given = 0

    def open(self, run_id: str) -> StreamInfo:
        """Describe the stream."""
        return stream_of(self._frames, run_id)

    def start(self) -> None:
        """Do nothing: it is always ready."""

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:  # noqa: ARG002 it never waits
        """Copy the next frame at once."""
        if self._given == self._count:
            return NoFrame.ENDED
        received_ns = time.perf_counter_ns()
        np.copyto(pixels, self._frames[self._given % len(self._frames)])
        self._given += 1
        return Arrival(Position(self._given - 1), received_ns)

    def request_stop(self) -> None:
        """Give no more frames."""
        self._count = self._given

    def close(self) -> None:
        """Do nothing: it holds nothing."""
