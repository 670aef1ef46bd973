"""How far an engine that fails is trusted: with every live frame, with every nth, or with none.

A state machine without clock, files or engine: told what became of frames, it says which ones are
to be tried next. It falls quickly, since nothing is gained by an engine that fails, and rises
slowly, more slowly after each relapse: a picture that comes and goes is worse than one that waits.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

FALL_AFTER: Final = 8
"""Frames in a row that fail, each alone, before the engine is to blame and not the frames: a bad
frame comes alone, or with a few that a closing shutter or a flash spoiled as well."""
EVERY: Final = 8
"""Of so many live frames one is tried when not all are: one in eight still shows a specimen, and
leaves an engine that is short of memory or time seven eighths of both."""
SPARSE_FALL_AFTER: Final = 4
"""Of these, so many in a row that fail before none is tried: it is under suspicion already."""
RISE_AFTER: Final = 8
"""Of these, so many in a row that work before all are tried again, at first."""
MOST_TO_RISE: Final = 256
"""The same after many relapses, each of which doubles it."""
FIRST_WAIT_S: Final = 1.0
"""Time from where none is tried until one is, seconds, at first: most troubles are short."""
LONGEST_WAIT_S: Final = 60.0
"""The same after many tries in vain, each of which doubles it: what was mended is noticed within a
minute, and a try that takes seconds costs no more than a tenth of the time."""
FORGIVEN_AFTER: Final = 1000
"""Frames in a row that work, with all tried, after which earlier troubles count no more."""


class Trust(Enum):
    """Which live frames are tried."""

    FULL = auto()
    """All."""
    SPARSE = auto()
    """Every `EVERY`-th."""
    NONE = auto()
    """None but one now and then; frames pass as they came."""


@dataclass(slots=True)
class Degrading:
    """What an engine is trusted with, by what became of the frames that it was given.

    Attributes
    ----------
    trust : Trust
        What it is trusted with now.
    """

    trust: Trust = Trust.FULL
    _worked: int = 0
    _failed: int = 0
    _passed_over: int = 0
    _needed: int = RISE_AFTER
    _wait_s: float = FIRST_WAIT_S
    _next_try_s: float = math.inf

    def chooses(self, now_s: float) -> bool:
        """Tell whether the next live frame is to be tried, at this time by any steady clock."""
        match self.trust:
            case Trust.FULL:
                return True
            case Trust.SPARSE:
                self._passed_over = (self._passed_over + 1) % EVERY
                return self._passed_over == 0
            case Trust.NONE:
                chosen = now_s >= self._next_try_s
                if chosen:  # until it is known what becomes of it, one is enough
                    self._next_try_s = now_s + self._wait_s
                return chosen

    def worked(self, frames: int = 1) -> None:
        """Take note that so many frames were restored."""
        self._failed = 0
        self._worked += frames
        match self.trust:
            case Trust.FULL:
                if self._worked >= FORGIVEN_AFTER:
                    self._needed, self._wait_s = RISE_AFTER, FIRST_WAIT_S
            case Trust.SPARSE:
                if self._worked >= self._needed:
                    self._needed = min(MOST_TO_RISE, 2 * self._needed)
                    self._become(Trust.FULL)
            case Trust.NONE:
                self._become(Trust.SPARSE)

    def failed(self, now_s: float) -> None:
        """Take note that a frame alone could not be restored, and the frame seems not to blame."""
        self._worked = 0
        self._failed += 1
        match self.trust:
            case Trust.FULL:
                if self._failed >= FALL_AFTER:
                    self._become(Trust.SPARSE)
            case Trust.SPARSE:
                if self._failed >= SPARSE_FALL_AFTER:
                    self._become(Trust.NONE)
                    self._wait(now_s)
            case Trust.NONE:
                self._wait(now_s)

    def _become(self, trust: Trust) -> None:
        self.trust = trust
        self._worked = self._failed = self._passed_over = 0

    def _wait(self, now_s: float) -> None:
        self._next_try_s = now_s + self._wait_s
        self._wait_s = min(LONGEST_WAIT_S, 2 * self._wait_s)
