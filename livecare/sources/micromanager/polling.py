"""Knows how often to ask a core for frames: it has no event that says a frame arrived."""

from livecare.sources.clock import NS_PER_MS, NS_PER_S, Clock, StopSignal

POLLS_PER_FRAME = 8
"""A frame waits in the core for an eighth of the frame interval at most, half of that on
average; each poll costs some microseconds."""
SHORTEST_POLL_S = 0.0001
"""Below this a wait on an event takes longer than what is waited for."""
LONGEST_POLL_S = 0.005
"""Latency that nobody sees, s; long exposures are polled no more rarely than this."""


def poll_s(interval_ns: float | None, exposure_ms: float) -> float:
    """Say how long to wait before asking again, s: a part of the interval, once it is known."""
    expected_ns = interval_ns or exposure_ms * NS_PER_MS
    return min(max(expected_ns / NS_PER_S / POLLS_PER_FRAME, SHORTEST_POLL_S), LONGEST_POLL_S)


class Poll:
    """Waits between questions, wakes at a request to stop, and ends at a deadline.

    On Windows a wait can last 16 ms: the core's buffer bridges that.
    """

    def __init__(self, clock: Clock, stop: StopSignal, timeout_s: float) -> None:
        self._clock = clock
        self._stop = stop
        self._deadline_ns = clock.now_ns() + round(timeout_s * NS_PER_S)

    def wait(self, wanted_s: float) -> bool:
        """Wait before the next question; False, at once, when the deadline has passed."""
        left_s = (self._deadline_ns - self._clock.now_ns()) / NS_PER_S
        if left_s <= 0:
            return False
        self._stop.wait(min(wanted_s, left_s))
        return True
