"""Knows which frames a free-running camera has taken, buffered and lost at a time. No pixels."""

from collections import deque

from livecare.sources.clock import NS_PER_S


class FreeRunningCamera:
    """A camera that takes frame i at start + i / rate, whether or not anyone reads.

    It puts frames into a buffer; while the buffer is full, new frames are lost. Nothing here
    waits: the caller says what time it is, and the camera catches up with that time.

    Parameters
    ----------
    rate_hz : float
        Frames per second.
    buffer_frames : int
        Capacity of the buffer.
    frames : int or None
        How many frames it will take; None until it is stopped.
    start_ns : int
        When it takes frame 0, on the caller's clock.
    """

    def __init__(
        self, rate_hz: float, buffer_frames: int, frames: int | None, start_ns: int
    ) -> None:
        self._rate_hz = rate_hz
        self._buffer_frames = buffer_frames
        self._frames = frames
        self._start_ns = start_ns
        self._taken = 0
        self._waiting: deque[int] = deque()
        self._next_index = 0  # that the reader gets if nothing was lost
        self._lost = 0

    @property
    def finished(self) -> bool:
        """True when it takes no more frames and none is waiting."""
        return self._frames is not None and self._taken >= self._frames and not self._waiting

    @property
    def lost(self) -> int:
        """Frames lost so far, noticed by the reader or not."""
        return self._lost

    @property
    def taken(self) -> int:
        """Frames taken so far: read, waiting or lost."""
        return self._taken

    @property
    def lost_after_last(self) -> int:
        """Frames lost after the last one that was taken out; complete once `finished`."""
        return self._taken - self._next_index if not self._waiting else 0

    def frame_time_ns(self, index: int) -> int:
        """Say when frame `index` is taken, ns after frame 0."""
        return round(index * NS_PER_S / self._rate_hz)

    def advance(self, now_ns: int) -> None:
        """Let the camera run until a time; earlier times change nothing."""
        due = self._due(now_ns)
        space = self._buffer_frames - len(self._waiting)
        kept = min(max(due - self._taken, 0), space)
        self._waiting.extend(range(self._taken, self._taken + kept))
        self._lost += max(due - self._taken - kept, 0)
        self._taken = max(due, self._taken)

    def stop(self, now_ns: int) -> None:
        """Take no frame after a time."""
        self.advance(now_ns)
        self._frames = self._taken

    def take(self) -> tuple[int, int] | None:
        """Take the oldest frame out of the buffer.

        Returns
        -------
        (index, lost_before) or None
            None when no frame is waiting.
        """
        if not self._waiting:
            return None
        index = self._waiting.popleft()
        lost_before = index - self._next_index
        self._next_index = index + 1
        return index, lost_before

    def until_next_s(self, now_ns: int) -> float:
        """Say how long it is until the next frame is taken, seconds; 0 if it is due."""
        return max(self._start_ns + self.frame_time_ns(self._taken) - now_ns, 0) / NS_PER_S

    def _due(self, now_ns: int) -> int:
        """Count the frames that are taken at or before a time."""
        elapsed_ns = now_ns - self._start_ns
        due = int(elapsed_ns * self._rate_hz / NS_PER_S) + 1 if elapsed_ns >= 0 else 0
        # The rounding of frame_time_ns and of this product may disagree by a frame.
        while due > 0 and self.frame_time_ns(due - 1) > elapsed_ns:
            due -= 1
        while self.frame_time_ns(due) <= elapsed_ns:
            due += 1
        return due if self._frames is None else min(due, self._frames)
