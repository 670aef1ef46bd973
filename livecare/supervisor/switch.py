"""The switch between recording and only looking: asked for, then done between two frames."""

import threading
from typing import Final

from livecare.link.control import Answer, Done, RecordRequest, Refused
from livecare.supervisor.part import Part

PATIENCE_S: Final = 30.0
"""Longest that a switch may take, seconds: it makes a store and two rings, which is done in tenths
of a second unless the disk is very slow."""


class RecordSwitch:
    """Starts and stops recording on request.

    Parameters
    ----------
    wanted : bool
        Whether the run begins with a recording.

    Attributes
    ----------
    wanted : bool
        Whether the next part is to be recorded.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self._part: Part | None = None
        self._refusal = ""
        self._changed = threading.Condition()
        self._over = False

    def began(self, part: Part, refusal: str = "") -> None:
        """Note the part that runs now; `refusal` says why it is not recorded although wanted."""
        with self._changed:
            self._part, self._refusal = part, refusal
            self.wanted = part.recorded
            self._changed.notify_all()

    def end(self) -> None:
        """Note that no further part will begin."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def refusal(self) -> str:
        """Say why recording could be neither started nor stopped now; "" if it could."""
        part = self._part
        if self._over or part is None or not part.acquiring:
            return "no frames are acquired now"
        return ""

    def handle(self, request: RecordRequest) -> Answer:
        """Do what a request asks, and wait until it is done; called from the control thread."""
        before = self._part
        refusal = self.refusal()
        if refusal or before is None:
            return Refused(refusal)
        if request.on == before.recorded:
            return Refused(
                f"it records already, into {before.path}" if request.on else "nothing is recorded"
            )
        with self._changed:
            self.wanted = request.on
        before.split()
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._part is not before, PATIENCE_S)
            part, refusal = self._part, self._refusal
        if part is not None:
            part.begun.wait(PATIENCE_S)
        return self._outcome(before, part, refusal)

    @staticmethod
    def _outcome(before: Part, part: Part | None, refusal: str) -> Answer:
        if part is before or part is None:
            return Refused("the run ended before the switch")
        if refusal:
            return Refused(refusal)
        if part.recorded:
            return Done(f"recording into {part.path}")
        return Done(f"recorded: {before.path}; what was not restored live is restored now")
