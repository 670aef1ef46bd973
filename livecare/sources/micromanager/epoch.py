"""Knows how much of one sequence has come, and when that is all of it."""

from dataclasses import dataclass
from typing import Final

from livecare.sources.gaps import Gap, GapRule
from livecare.sources.micromanager.tags import FrameTags

TRUSTED_SHARE: Final = 0.75
"""Share of an estimated loss that is taken for certain, where the end of a sequence must be told
from a stop: estimates of some hundred frames were found within a tenth."""

LONG_ENOUGH: Final = 0.9
"""Share of a sequence's expected time after which its end is taken for its own, not for a stop."""


@dataclass(slots=True)
class Losses:
    """Frames that are missing, added up.

    Attributes
    ----------
    frames : int
        How many.
    estimated : bool
        Whether any part of them is a guess.
    """

    frames: int = 0
    estimated: bool = False

    def add(self, frames: int, *, estimated: bool = False) -> None:
        """Count more."""
        self.frames += frames
        self.estimated |= estimated and frames > 0

    @property
    def words(self) -> str:
        """The number as a person should read it."""
        return (
            f"an unknown number, estimated {self.frames}," if self.estimated else str(self.frames)
        )


class Epoch:
    """One sequence of a camera.

    Parameters
    ----------
    asked : int or None
        Frames that the camera was asked for; None for an open end.

    Attributes
    ----------
    gaps : GapRule
        Watches its frames.
    """

    def __init__(self, asked: int | None) -> None:
        self._asked = asked
        self._arrived = 0
        self._lost = 0
        self._guessed = 0
        self._latest: FrameTags | None = None
        self.gaps = GapRule(first_index=0)

    def observe(self, tags: FrameTags) -> tuple[Gap, bool]:
        """Say what is missing before a frame, and whether it is of another sequence."""
        latest, self._latest = self._latest, tags
        anew = tags.began_anew_since(latest)
        gap = self.gaps.observe(tags.image_number, tags.camera_time_ns)
        between = tags.numbers_since(latest)
        if gap.new_epoch and between is not None:  # only the camera's clock was set back
            return Gap(between), False
        return gap, anew or gap.new_epoch

    def count(self, gap: Gap) -> None:
        """Count a frame that arrived and what is missing before it."""
        self._arrived += 1
        self._lost += gap.missing
        self._guessed += gap.missing if gap.estimated else 0

    @property
    def missing(self) -> int:
        """Frames that were asked for and are not accounted for; 1 for an open end."""
        if self._asked is None:
            return 1
        return max(self._asked - self._arrived - self._lost, 0)

    def is_complete(self, *, may_overflow: bool) -> bool:
        """Tell whether all frames came or are lost, as far as can be told.

        Parameters
        ----------
        may_overflow : bool
            Frames may have gone without a trace: old cores do not number what they throw away.
        """
        if self._asked is None:
            return False
        doubt = round(self._guessed * (1 - TRUSTED_SHARE))
        return self.missing <= doubt or (may_overflow and self._took_as_long_as(self._asked))

    def _took_as_long_as(self, frames: int) -> bool:
        """Tell whether the camera has run for about so many intervals."""
        latest, interval_ns = self._latest, self.gaps.interval_ns
        if latest is None or latest.began_ns is None or not interval_ns:
            return False
        return (latest.camera_time_ns or 0) / interval_ns > LONG_ENOUGH * frames
