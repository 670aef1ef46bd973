"""Knows how to wait between questions to what has no event: until a stop, or a deadline."""

from livecare.sources.clock import NS_PER_S, Clock, StopSignal


class Poll:
    """Waits between questions, wakes at a request to stop, and ends at a deadline.

    On Windows a wait can last 16 ms; a core's buffer bridges that.

    Parameters
    ----------
    clock : Clock
        Times the deadline.
    stop : StopSignal
        Ends a wait.
    timeout_s : float
        Time until the deadline, s.
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
