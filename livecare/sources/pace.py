"""Knows when the next simulated frame comes: at the camera's pace or at the reader's."""

from dataclasses import dataclass
from typing import Protocol

from livecare.sources.clock import NS_PER_S, Clock, StopSignal
from livecare.sources.free_running import FreeRunningCamera
from livecare.sources.protocol import NoFrame


@dataclass(frozen=True, slots=True)
class Turn:
    """A frame whose turn has come.

    Attributes
    ----------
    index : int
        The camera's number of it.
    lost_before : int
        Frames lost directly before it.
    camera_time_ns : int
        When it was taken, ns after frame 0.
    """

    index: int
    lost_before: int
    camera_time_ns: int


class Pace(Protocol):
    """Says which frame comes next, and waits for it."""

    @property
    def lost_at_end(self) -> int:
        """Frames lost after the last one."""
        ...

    @property
    def why_lost(self) -> str | None:
        """Say how many frames were lost and why; None if none was."""
        ...

    def next_turn(self, timeout_s: float) -> Turn | NoFrame:
        """Wait for the next frame, at most for a time."""
        ...


class ReadersPace:
    """A camera that takes a frame whenever the reader asks: it never loses one."""

    lost_at_end = 0
    why_lost = None

    def __init__(self, frames: int | None, clock: Clock, stop: StopSignal) -> None:
        self._frames = frames
        self._clock = clock
        self._stop = stop
        self._start_ns = clock.now_ns()
        self._next_index = 0

    def next_turn(self, timeout_s: float) -> Turn | NoFrame:  # noqa: ARG002 it never waits
        """Give the next frame at once."""
        if self._stop.since_ns is not None or self._next_index == self._frames:
            return NoFrame.ENDED
        index = self._next_index
        self._next_index += 1
        return Turn(index, 0, self._clock.now_ns() - self._start_ns)


class CamerasPace:
    """A camera that runs at its own rate and loses frames when its buffer is full."""

    def __init__(
        self,
        rate_hz: float,
        buffer_frames: int,
        frames: int | None,
        clock: Clock,
        stop: StopSignal,
    ) -> None:
        self._rate_hz = rate_hz
        self._buffer_frames = buffer_frames
        self._clock = clock
        self._stop = stop
        self._camera = FreeRunningCamera(rate_hz, buffer_frames, frames, clock.now_ns())

    @property
    def lost_at_end(self) -> int:
        """Frames lost after the last one that was read."""
        return self._camera.lost_after_last

    @property
    def why_lost(self) -> str | None:
        """Say how many frames were lost and why; None if none was."""
        if self._camera.lost == 0:
            return None
        return (
            f"the simulated camera lost {self._camera.lost} of {self._camera.taken} frames: its "
            f"buffer of {self._buffer_frames} frames was full because it was read more slowly "
            f"than {self._rate_hz:g} Hz; lower rate_hz, raise buffer_frames, or find out what "
            "holds the recorder up (mostly the disk)"
        )

    def next_turn(self, timeout_s: float) -> Turn | NoFrame:
        """Wait for the camera."""
        deadline_ns = self._clock.now_ns() + round(timeout_s * NS_PER_S)
        while True:
            now_ns = self._catch_up()
            taken = self._camera.take()
            if taken is not None:
                index, lost_before = taken
                return Turn(index, lost_before, self._camera.frame_time_ns(index))
            if self._camera.finished:
                return NoFrame.ENDED
            if now_ns >= deadline_ns:
                return NoFrame.WAITING
            left_s = (deadline_ns - now_ns) / NS_PER_S
            self._stop.wait(min(self._camera.until_next_s(now_ns), left_s))

    def _catch_up(self) -> int:
        """Let the camera run until now, or until it was stopped; say what time it is."""
        now_ns = self._clock.now_ns()
        if self._stop.since_ns is None:
            self._camera.advance(now_ns)
        else:
            self._camera.stop(self._stop.since_ns)
        return now_ns


def make_pace(
    rate_hz: float | None,
    buffer_frames: int,
    frames: int | None,
    clock: Clock,
    stop: StopSignal,
) -> Pace:
    """Start a camera: at its own rate, or without one at the reader's."""
    if rate_hz:
        return CamerasPace(rate_hz, buffer_frames, frames, clock, stop)
    return ReadersPace(frames, clock, stop)
