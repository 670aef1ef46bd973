"""A frame source of your own: all that livecare asks of a camera that it does not know.

To keep it, put the classes into livecare/sources/stripes.py, and a line into `SOURCES` of
livecare/sources/__init__.py: `"stripes": SourceEntry(StripesSettings, StripesSource, "stripes"),`.
From then on a configuration may say `kind = "stripes"`, with a table [source.stripes].
"""

import threading
import time
from dataclasses import dataclass

import numpy as np

from livecare.errors import SourceError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sources.protocol import Arrival, NoFrame


@dataclass(frozen=True, slots=True)
class StripesSettings:
    """What [source.stripes] may say: frames (None: no end), their rate in Hz, and their size."""

    frames: int | None = 100
    rate_hz: float = 50.0
    size_yx: tuple[int, int] = (128, 160)


class StripesSource:
    """A camera that waits for its reader, so that it never loses a frame."""

    lost_at_end, problem = 0, None  # frames lost after the last one; why it ended early

    def __init__(self, settings: StripesSettings) -> None:
        self._settings, self._index, self._stop = settings, 0, threading.Event()
        self._opened, self._started_ns = False, 0

    def open(self, run_id: str) -> StreamInfo:
        """Connect, and say what will come."""
        self._opened, size, frames = True, self._settings.size_yx, self._settings.frames
        return StreamInfo(run_id, "stripes", size, "uint16", expected_frames=frames)

    def start(self) -> None:
        """Begin to acquire."""
        if not self._opened:
            raise SourceError("stripes: start() before open(); open it first")
        self._started_ns = time.perf_counter_ns()

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:
        """Copy the next frame, or say that none came in time or that none will come."""
        if not self._started_ns:
            raise SourceError("stripes: read_into() before start(); start it first")
        index, due_ns = self._index, round(self._index * 1e9 / self._settings.rate_hz)
        wait_s = max(0.0, (self._started_ns + due_ns - time.perf_counter_ns()) / 1e9)
        if index == self._settings.frames or self._stop.wait(min(wait_s, timeout_s)):
            return NoFrame.ENDED
        if wait_s > timeout_s:
            return NoFrame.WAITING
        photons = 20 + 15 * np.sin((np.arange(len(pixels)) + index) / 5)[:, None]
        pixels[...] = 100 + np.random.default_rng(index).poisson(photons, pixels.shape)
        self._index += 1
        return Arrival(Position(index), time.perf_counter_ns(), index, due_ns)

    def request_stop(self) -> None:
        """End soon; from any thread."""
        self._stop.set()

    close = request_stop  # there is nothing to let go of; safe to call twice
