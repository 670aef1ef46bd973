"""Knows how a core behaves whose camera runs freely: its buffer, its numbers, its times."""

import threading
import time
from dataclasses import dataclass
from typing import Final

from livecare.frame import Pixels
from livecare.simulated_bridge.settings import SimulatedBridgeSettings
from livecare.simulation import Camera, SceneSettings, SimulatedScene

NS_PER_S: Final = 1_000_000_000
"""Nanoseconds of a second."""
MS_PER_S: Final = 1_000
"""Milliseconds of a second."""


@dataclass(frozen=True, slots=True)
class TakenFrame:
    """A frame in the core's buffer.

    Attributes
    ----------
    index : int
        Its number in the sequence, from 0.
    elapsed_ms : float
        When it was there, ms since the sequence began.
    """

    index: int
    elapsed_ms: float


class SimulatedCamera:
    """A camera and the core's circular buffer; any thread may call.

    The buffer is emptied when it is full, as a core's is in live mode: the frame that finds it full
    is lost with those in it.
    """

    def __init__(self, settings: SimulatedBridgeSettings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._began_ns: int | None = None
        self._ended_ns: int | None = None
        self._limit: int | None = None
        self._popped = 0
        self.size_yx = settings.size_yx
        self.exposure_ms = MS_PER_S / settings.rate_hz
        self.set_size(settings.size_yx)

    @property
    def running(self) -> bool:
        """Whether a sequence runs."""
        with self._lock:
            begun = self._began_ns is not None and self._ended_ns is None
            return begun and self._taken() != self._limit

    @property
    def began_ns(self) -> int | None:
        """When the sequence began, `time.perf_counter_ns`; frames are numbered from there."""
        return self._began_ns

    @property
    def remaining(self) -> int:
        """How many frames are in the buffer."""
        with self._lock:
            taken = self._taken()
            in_round = taken % (self._settings.buffer_frames + 1)
            return max(min(in_round, taken - self._popped), 0)

    def start(self, frames: int | None = None) -> None:
        """Begin a sequence; without a number it has no end."""
        with self._lock:
            self._began_ns, self._ended_ns = time.perf_counter_ns(), None
            self._limit, self._popped = frames, 0

    def stop(self) -> None:
        """End the sequence; the buffer stays as it is."""
        with self._lock:
            if self._began_ns is not None and self._ended_ns is None:
                self._ended_ns = time.perf_counter_ns()

    def forget(self) -> None:
        """Be as a core that was just loaded."""
        with self._lock:
            self._began_ns = self._ended_ns = self._limit = None
            self._popped = 0

    def set_size(self, size_yx: tuple[int, int]) -> None:
        """Set another region of interest: that ends a sequence, as it does in a core."""
        settings = self._settings
        scene = SimulatedScene(
            SceneSettings(
                size_yx=size_yx,
                seed=settings.seed,
                photons=settings.photons,
                camera=Camera(dtype=settings.dtype),
            )
        )
        pictures = [scene.frame(index) for index in range(settings.pictures)]
        with self._lock:
            self.stop()
            self._pictures, self.size_yx = pictures, size_yx
            self._contents = [picture.tobytes() for picture in pictures]
            self._popped = self._taken()

    def newest(self) -> TakenFrame | None:
        """Look at the newest frame; None where the buffer is empty."""
        with self._lock:
            return self._frame(self._taken() - 1) if self.remaining else None

    def pop(self) -> TakenFrame | None:
        """Take the oldest frame out; None where the buffer is empty."""
        with self._lock:
            remaining = self.remaining
            if not remaining:
                return None
            oldest = self._taken() - remaining
            self._popped = oldest + 1
            return self._frame(oldest)

    def picture(self, index: int) -> Pixels:
        """Give a frame's pixels, shape (y, x)."""
        return self._pictures[index % len(self._pictures)]

    def content(self, index: int) -> bytes:
        """Give a frame's bytes; made beforehand, as a core has them in its buffer."""
        return self._contents[index % len(self._contents)]

    def _frame(self, index: int) -> TakenFrame:
        return TakenFrame(index, (index + 1) * MS_PER_S / self._settings.rate_hz)

    def _taken(self) -> int:
        """Count the frames that the sequence has taken until now."""
        if self._began_ns is None:
            return 0
        until_ns = time.perf_counter_ns() if self._ended_ns is None else self._ended_ns
        taken = int((until_ns - self._began_ns) * self._settings.rate_hz / NS_PER_S)
        return taken if self._limit is None else min(taken, self._limit)
