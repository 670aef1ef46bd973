"""Knows what time it is, and how to wait so that a stop wakes the waiter at once."""

import threading
import time
from typing import Final, Protocol

NS_PER_S: Final = 1_000_000_000
"""Nanoseconds of a second."""
NS_PER_MS: Final = 1_000_000
"""Nanoseconds of a millisecond."""


class Clock(Protocol):
    """A clock that sources read and wait on; tests give one that needs no waiting."""

    def now_ns(self) -> int:
        """Tell the monotonic time, ns."""
        ...

    def wait(self, stopped: threading.Event, timeout_s: float) -> None:
        """Wait until the time-out has passed or the event is set, whichever comes first."""
        ...


class MonotonicClock:
    """The recording machine's monotonic clock."""

    def now_ns(self) -> int:
        """Tell the monotonic time, ns."""
        return time.perf_counter_ns()

    def wait(self, stopped: threading.Event, timeout_s: float) -> None:
        """Wait until the time-out has passed or the event is set, whichever comes first."""
        stopped.wait(timeout_s)


class StopSignal:
    """A request to stop that wakes who waits, and remembers when it came."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._event = threading.Event()
        self._since_ns: int | None = None

    @property
    def since_ns(self) -> int | None:
        """When it was first requested, monotonic ns; None if it was not."""
        return self._since_ns

    def request(self) -> None:
        """Request the stop; from any thread, any number of times."""
        if self._since_ns is None:
            self._since_ns = self._clock.now_ns()
        self._event.set()

    def wait(self, timeout_s: float) -> None:
        """Wait for the time-out or the request, whichever comes first."""
        self._clock.wait(self._event, timeout_s)
