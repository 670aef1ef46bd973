"""Knows how many frames are missing between two that arrived, from their numbers and times."""

import statistics
from collections import deque
from dataclasses import dataclass
from typing import Final

REMEMBERED_INTERVALS: Final = 64
"""Frame intervals that the median is taken of: long enough to be steady, short enough to follow
a new exposure within a second or two."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing directly before a frame.

    Attributes
    ----------
    missing : int
        Frames.
    estimated : bool
        True where `missing` is a guess from the interval.
    new_epoch : bool
        True where the camera's sequence began anew, so that nothing can be counted.
    """

    missing: int = 0
    estimated: bool = False
    new_epoch: bool = False


class GapRule:
    """Watches the camera's frame numbers and times.

    - Number and time rise: the numbers between are missing, exactly.
    - The number falls but the time rises: cores before 12.5 count from 0 again when their buffer
      was emptied; how many frames went with it is estimated from the interval.
    - The time falls: a new sequence (epoch) began.
    - No numbers: the interval alone decides.

    Parameters
    ----------
    first_index : int or None
        Number that the first frame must have if nothing is lost; None to accept any.
    """

    def __init__(self, first_index: int | None = None) -> None:
        self._last_index = None if first_index is None else first_index - 1
        self._last_time_ns: int | None = None
        self._intervals_ns: deque[float] = deque(maxlen=REMEMBERED_INTERVALS)

    @property
    def interval_ns(self) -> float | None:
        """Median interval of frames, ns; None before the second frame."""
        return statistics.median(self._intervals_ns) if self._intervals_ns else None

    def observe(self, index: int | None, time_ns: int | None) -> Gap:
        """Take note of a frame that arrived, and say what is missing before it.

        Parameters
        ----------
        index : int or None
            The camera's number of the frame.
        time_ns : int or None
            The camera's time of the frame, ns.
        """
        gap = self._judge(index, time_ns)
        step_ns = self._step_ns(time_ns)
        if gap.new_epoch:
            self._intervals_ns.clear()
        elif step_ns is not None and not gap.estimated:
            self._intervals_ns.append(step_ns / (gap.missing + 1))
        self._last_index, self._last_time_ns = index, time_ns
        return gap

    def _judge(self, index: int | None, time_ns: int | None) -> Gap:
        step_ns = self._step_ns(time_ns)
        if step_ns is not None and step_ns < 0:
            return Gap(new_epoch=True)
        if index is None or self._last_index is None:
            missing = self._guess(step_ns)
            return Gap(missing, estimated=missing > 0)
        if index > self._last_index:
            return Gap(index - self._last_index - 1)
        if step_ns is None:  # numbered, but without times: a fall is all there is to see
            return Gap(new_epoch=True)
        return Gap(self._guess(step_ns), estimated=True)

    def _step_ns(self, time_ns: int | None) -> int | None:
        """Give the time since the last frame, ns; None where it is unknown."""
        if time_ns is None or self._last_time_ns is None:
            return None
        return time_ns - self._last_time_ns

    def _guess(self, step_ns: int | None) -> int:
        """Estimate from the interval how many frames are missing."""
        interval_ns = self.interval_ns
        if step_ns is None or not interval_ns:
            return 0
        return max(round(step_ns / interval_ns) - 1, 0)
