"""Knows what the guards' readings of all frames come to: counts, alarms, the worst, the curves."""

import math
from collections.abc import Mapping
from typing import Any

from livecare.frame import GuardReading
from livecare.run_page.trace import Trace
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.numbers import NumberSet


class GuardStory:
    """One guard through the run.

    Attributes
    ----------
    judged : int
        Frames that it could judge.
    alarms : NumberSet
        Sequences of the frames that it raised an alarm at.
    worst : GuardReading or None
        The reading that is worst beside its threshold.
    worst_sequence : int
        Its frame.
    curves : dict of int to Trace
        Its values, by channel.
    thresholds : Trace
        Its thresholds.
    """

    def __init__(self) -> None:
        self.judged = 0
        self.alarms = NumberSet()
        self.worst: GuardReading | None = None
        self.worst_sequence = -1
        self.curves: dict[int, Trace] = {}
        self.thresholds = Trace()

    def add(self, line: FrameLine, at_s: float, reading: GuardReading) -> None:
        """Take a frame's reading into account."""
        self.judged += 1
        if reading.alarm:
            self.alarms.add(line.sequence)
        self.curves.setdefault(line.c, Trace()).add(line.sequence, at_s, reading.value)
        self.thresholds.add(line.sequence, at_s, reading.threshold)
        if self.worst is None or badness(reading) > badness(self.worst):
            self.worst, self.worst_sequence = reading, line.sequence


class GuardStories:
    """All guards through the run.

    Attributes
    ----------
    by_name : dict of str to GuardStory
        Those that judged a frame.
    alarmed : NumberSet
        Sequences of the frames that any of them raised an alarm at.
    judged : int
        Frames that any of them judged.
    worst_alarm : FrameLine or None
        The frame of the worst alarm, beside its threshold.
    worst_guard : str
        Whose alarm that was.
    """

    def __init__(self) -> None:
        self.by_name: dict[str, GuardStory] = {}
        self.alarmed = NumberSet()
        self.judged = 0
        self.worst_alarm: FrameLine | None = None
        self.worst_guard = ""
        self._worst = 0.0

    def add(self, line: FrameLine, at_s: float) -> None:
        """Take a restored frame's line into account."""
        readings = readings_of(line.provenance or {})
        self.judged += bool(readings)
        for name, reading in readings.items():
            self.by_name.setdefault(name, GuardStory()).add(line, at_s, reading)
            if not reading.alarm:
                continue
            self.alarmed.add(line.sequence)
            if self.worst_alarm is None or badness(reading) > self._worst:
                self._worst = badness(reading)
                self.worst_alarm, self.worst_guard = line, name


def readings_of(provenance: Mapping[str, Any]) -> dict[str, GuardReading]:
    """Return a restored frame's readings by guard; what is no reading is left out."""
    said = provenance.get("guards")
    if not isinstance(said, Mapping):
        return {}
    found = {str(name): _reading(pair) for name, pair in said.items()}
    return {name: reading for name, reading in found.items() if reading is not None}


def badness(reading: GuardReading) -> float:
    """Return how bad a reading is beside its threshold, so that guards can be compared.

    That is value / threshold; 1 + the excess where a threshold is not above 0.
    """
    if reading.threshold > 0:
        return reading.value / reading.threshold
    return 1.0 + reading.value - reading.threshold


def _reading(pair: Any) -> GuardReading | None:  # noqa: ANN401  # JSON
    match pair:
        case [int() | float() as value, int() | float() as threshold]:
            finite = math.isfinite(value) and math.isfinite(threshold)
            return GuardReading(float(value), float(threshold)) if finite else None
    return None
