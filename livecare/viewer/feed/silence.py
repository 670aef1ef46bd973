"""Knows when a run that says nothing is to be asked, and when it is taken for gone."""

from typing import Final

QUIET_S: Final = 5.0
"""How long nothing need be heard before it is asked whether anybody is there, seconds: a camera may
rest. It is the time between two questions, too."""

ANSWER_S: Final = 5.0
"""How long an answer may take before the run is taken for gone, seconds; it takes milliseconds."""


class Silence:
    """How long nothing has come of a run; begins with something that has.

    The end of a run can be lost: on one who did not read for a while, with whose queue full it
    cannot be said; and where the run is killed, nobody says it.

    Parameters
    ----------
    now_s : float
        The time, of a clock that is never set, seconds.

    Attributes
    ----------
    lasting : bool
        Whether the run was asked, and did not answer in time.
    """

    def __init__(self, now_s: float) -> None:
        self.lasting = False
        self._heard_s = now_s
        self._first_asked_s: float | None = None
        self._asked_s = now_s

    def lasts_s(self, now_s: float) -> float:
        """Return for how long nothing has come, seconds."""
        return now_s - self._heard_s

    def is_broken(self, now_s: float) -> None:
        """Take note that something has come."""
        self.lasting, self._heard_s, self._first_asked_s = False, now_s, None

    def is_question_due(self, now_s: float) -> bool:
        """Take note that all was read that has come; tell whether the run is to be asked (again).

        Only what is looked for can be missed: a window that stood still for an hour asks first.
        """
        if self._first_asked_s is None:
            due = self.lasts_s(now_s) > QUIET_S
            self._first_asked_s = now_s if due else None
        else:
            self.lasting = now_s - self._first_asked_s > ANSWER_S
            due = now_s - self._asked_s > QUIET_S
        if due:
            self._asked_s = now_s
        return due
