"""Knows which light topics are wanted, and which of them are served."""

import time
from typing import Final

from livecare.light_frame import KINDS, LEASE_S, TOPICS, Kind

MOST_KINDS: Final = 4
"""Kinds of light frames served at once, each for raw and restored: all of them together take about
40 ms for an instant of 2048 × 2048 pixels. Whoever wants a fifth is refused until one is free."""


class Seats:
    """The light topics that somebody wants, by the time since when."""

    def __init__(self) -> None:
        self._asked: dict[bytes, float] = {}
        self._kinds: list[Kind] = []
        self._served: dict[str, tuple[Kind, ...]] = {}
        self._assign()

    @property
    def topics(self) -> tuple[bytes, ...]:
        """The topics, served or not."""
        return tuple(self._asked)

    def served(self, lane: str) -> tuple[Kind, ...]:
        """Return the kinds in which a lane ("raw" or "restored") is served."""
        return self._served[lane]

    def ask(self, topic: bytes) -> bool:
        """Take note that somebody wants a topic (still); return True if it is served."""
        self._asked[topic] = time.monotonic()
        self._assign()
        lane, kind = TOPICS[topic]
        return kind in self._served[lane]

    def leave(self, topic: bytes) -> None:
        """Take note that nobody wants a topic any more."""
        if self._asked.pop(topic, None) is not None:
            self._assign()

    def expire(self) -> None:
        """Forget the topics that nobody asked for in time."""
        oldest = time.monotonic() - LEASE_S
        for topic in [each for each, asked in self._asked.items() if asked < oldest]:
            self.leave(topic)

    def refusal(self, topic: bytes) -> str:
        """Say why a topic is not served."""
        taken = {kind for kinds in self._served.values() for kind in kinds}
        choice = ", ".join(str(kind) for kind in KINDS if kind in taken)
        return (
            f"light frames {TOPICS[topic][1]} are not served now: {MOST_KINDS} kinds are the most "
            f"at once, and others watch {choice}; choose one of these, or wait until one is free"
        )

    def _assign(self) -> None:
        """Choose which of the wanted kinds are served: those that were wanted first."""
        wanted = [TOPICS[topic] for topic in self._asked]
        kinds = {kind for _, kind in wanted}
        kept = [kind for kind in self._kinds if kind in kinds]
        self._kinds = list(dict.fromkeys([*kept, *(kind for _, kind in wanted)]))
        served = self._kinds[:MOST_KINDS]
        self._served = {
            lane: tuple(kind for kind in served if (lane, kind) in wanted)
            for lane in ("raw", "restored")
        }
