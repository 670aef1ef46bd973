"""Knows how often to ask a core for frames: it has no event that says a frame arrived."""

from typing import Final

from livecare.sources.clock import NS_PER_MS, NS_PER_S

POLLS_PER_FRAME: Final = 8
"""A frame waits in the core for an eighth of the frame interval at most, half of that on
average; each poll costs some microseconds."""
SHORTEST_POLL_S: Final = 0.0001
"""Below this a wait on an event takes longer than what is waited for."""
LONGEST_POLL_S: Final = 0.005
"""Latency that nobody sees, s; long exposures are polled no more rarely than this."""


def poll_s(interval_ns: float | None, exposure_ms: float) -> float:
    """Say how long to wait before asking again, s: a part of the interval, once it is known."""
    expected_ns = interval_ns or exposure_ms * NS_PER_MS
    return min(max(expected_ns / NS_PER_S / POLLS_PER_FRAME, SHORTEST_POLL_S), LONGEST_POLL_S)
