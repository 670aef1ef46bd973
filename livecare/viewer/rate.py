"""Knows how often something happens now: frames that were drawn on the screen."""

from collections import deque
from typing import Final

SPAN_S: Final = 2.0
"""Time over which a rate is taken, seconds: it settles within that, and does not jitter."""


class DrawnRate:
    """Counts over the last `SPAN_S`."""

    def __init__(self) -> None:
        self._times_s: deque[float] = deque()

    def note(self, now_s: float) -> None:
        """Count one, at a time of a clock that never goes back, seconds."""
        self._times_s.append(now_s)
        self._forget(now_s)

    def hz(self, now_s: float) -> float:
        """Return the present rate, 1/s."""
        self._forget(now_s)
        if len(self._times_s) < 2:  # noqa: PLR2004 - a rate is between two
            return 0.0
        return (len(self._times_s) - 1) / (self._times_s[-1] - self._times_s[0] or SPAN_S)

    def _forget(self, now_s: float) -> None:
        while self._times_s and self._times_s[0] < now_s - SPAN_S:
            self._times_s.popleft()
