"""What the guards found in all restored frames of a part, in numbers."""

import math
from collections.abc import Mapping

from livecare.frame import GuardReading
from livecare.link.tally import GuardTally


class GuardCounts:
    """Counts readings; one thread adds, others look.

    Attributes
    ----------
    tallies : dict of str to GuardTally
        By the guards' names. Replaced, never changed.
    """

    def __init__(self) -> None:
        self.tallies: dict[str, GuardTally] = {}

    def add(self, readings: Mapping[str, GuardReading]) -> None:
        """Count what the guards found in a frame."""
        if readings:
            found = {name: _tally(reading) for name, reading in readings.items()}
            self.tallies = add_tallies(self.tallies, found)


def add_tallies(
    first: Mapping[str, GuardTally], later: Mapping[str, GuardTally]
) -> dict[str, GuardTally]:
    """Count both, guard by guard."""
    both = dict(first)
    for name, tally in later.items():
        both[name] = both[name] + tally if name in both else tally
    return both


def _tally(reading: GuardReading) -> GuardTally:
    value, threshold = reading
    share = value / threshold if threshold > 0 and math.isfinite(value) else 0.0
    return GuardTally(value, threshold, alarms=int(reading.alarm), worst=share)
