"""Knows what was refused, how often, and how little of that is worth a line in the log."""

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from livecare.logs import logger

LOGGED_PER_REASON: Final = 3
"""Lines per reason; the rest is only counted: a wrong sender sends a hundred times a second."""

MAX_WORDS: Final = 300
"""Longest explanation in the log, characters: names in messages may be kilobytes."""


class Reason(Enum):
    """Why a message was not taken."""

    UNREADABLE = "no message of the wire format"
    UNKNOWN_RUN = "of a run that has not started"
    NAMES = "a name with control characters"
    TOO_MUCH = "more than a recording can hold"
    OTHER_STREAM = "of a second stream that does not fit the first"
    OTHER_SHAPE = "of another shape or pixel type than announced"
    RESTORED = "a restored frame, where raw ones are recorded"
    NUMBERS = "numbers that cannot be"
    OUTSIDE = "a position outside the announced axes"
    REPEATED = "a position that had its frame already"


class Refusals:
    """Counts refused messages."""

    def __init__(self) -> None:
        self._counts: Counter[Reason] = Counter()

    @property
    def counts(self) -> Mapping[Reason, int]:
        """How often each reason came up."""
        return MappingProxyType(self._counts)

    @property
    def total(self) -> int:
        """How many messages were refused."""
        return self._counts.total()

    def note(self, reason: Reason, words: str, *, quiet: bool = False) -> None:
        """Count a message.

        Parameters
        ----------
        reason : Reason
            Why it was refused.
        words : str
            What was wrong, and the cure.
        quiet : bool
            Leave it out of the log.
        """
        self._counts[reason] += 1
        if not quiet and self._counts[reason] <= LOGGED_PER_REASON:
            logger().warning("message refused", reason=reason.value, why=words[:MAX_WORDS])

    def sum_up(self) -> None:
        """Log the counts, if anything was refused."""
        if self._counts:
            counts = {reason.value: count for reason, count in self._counts.items()}
            logger().warning("messages refused in all", **counts)
