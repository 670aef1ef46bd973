"""Knows when each frame of a replayed recording is due, and which ones a late reader loses."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from livecare.images import ImageFile
from livecare.sources.clock import NS_PER_S


@dataclass(frozen=True, slots=True)
class Timing:
    """When frames are due, counted from the recording's first.

    Attributes
    ----------
    interval_ns : float
        From frame to frame, ns; 0 to wait for nothing.
    times_ns : sequence of int
        The recorded times, ns after any instant, where they are kept; else ().
    """

    interval_ns: float
    times_ns: Sequence[int] = ()

    @classmethod
    def of(cls, images: ImageFile, rate_hz: float | None) -> "Timing":
        """Take the rate that is given, or else what the recording knows of its own."""
        if rate_hz is not None:
            return cls(NS_PER_S / rate_hz if rate_hz else 0.0)
        times_ns = images.times_ns
        if len(times_ns) > 1 and times_ns[-1] > times_ns[0]:
            return cls((times_ns[-1] - times_ns[0]) / (len(times_ns) - 1), times_ns)
        per_time_point = len(images.channels) * images.shape[2] * len(images.positions)
        return cls((images.interval_s or 0.0) * NS_PER_S / per_time_point)

    @property
    def paced(self) -> bool:
        """True if frames are due at times of their own, False if whenever the reader asks."""
        return self.interval_ns > 0

    def due_ns(self, index: int) -> int:
        """Return when a frame is due, ns after the first."""
        if self.times_ns:
            return self.times_ns[index] - self.times_ns[0]
        return round(index * self.interval_ns)

    def length_ns(self, frames: int) -> int:
        """Return when what follows so many frames is due, ns after the first."""
        return self.due_ns(frames - 1) + round(self.interval_ns)


class ReelCamera:
    """Takes the frames of one recording when they are due.

    Parameters
    ----------
    timing : Timing
        When that is.
    frames : int
        How many there are.
    start_ns : int
        When the first is due, monotonic clock, ns.
    buffer_frames : int or None
        How many wait for the reader before any is lost; None to lose none.

    Attributes
    ----------
    timing : Timing
        As given.
    """

    def __init__(
        self, timing: Timing, frames: int, start_ns: int, buffer_frames: int | None
    ) -> None:
        self.timing = timing
        self._frames = frames
        self._start_ns = start_ns
        self._buffer_frames = buffer_frames
        self._taken = 0
        self._next = 0
        self._waiting: deque[int] = deque()

    @property
    def finished(self) -> bool:
        """True when nothing more will come."""
        return self._taken >= self._frames and not self._waiting

    @property
    def end_ns(self) -> int:
        """When what follows is due, monotonic clock, ns."""
        return self._start_ns + self.timing.length_ns(self._frames)

    @property
    def lost_after_last(self) -> int:
        """Frames lost after the last that was given; complete once `finished`."""
        return self._taken - self._next if not self._waiting else 0

    def due_ns(self, index: int) -> int:
        """Return when a frame is due, monotonic clock, ns."""
        return self._start_ns + self.timing.due_ns(index)

    def take(self, now_ns: int) -> tuple[int, int] | None:
        """Return the next frame that is due and how many were lost before it; None if none is."""
        self._advance(now_ns)
        if not self._waiting:
            return None
        index = self._waiting.popleft()
        lost, self._next = index - self._next, index + 1
        return index, lost

    def stop(self, now_ns: int) -> None:
        """Take nothing after a time. Frames that only wait because the reader is late stay out."""
        if self._buffer_frames is not None:
            self._advance(now_ns)
        self._frames = self._taken

    def until_next_s(self, now_ns: int) -> float:
        """Return how long it is until the next frame is due, s."""
        return max(self.due_ns(self._taken) - now_ns, 0) / NS_PER_S

    def _advance(self, now_ns: int) -> None:
        room = self._buffer_frames or 1
        while self._taken < self._frames and self.due_ns(self._taken) <= now_ns:
            if len(self._waiting) < room:
                self._waiting.append(self._taken)
            elif self._buffer_frames is None:
                return
            self._taken += 1
