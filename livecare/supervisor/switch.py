"""The switch between recording and only looking: asked for, then done between two frames.

What the next part needs is made while the present one goes on, so that the change itself takes
little more than the start of two threads; only then the present part ends.
"""

import threading
from dataclasses import replace
from typing import Final, Protocol

from livecare.errors import LivecareError
from livecare.frame import StreamInfo
from livecare.link.requests import Answer, Done, RecordRequest, Refused
from livecare.supervisor.part import Part

PATIENCE_S: Final = 30.0
"""Longest that the present part may take to come to a frame's end once the next part is made,
seconds: a camera that answers does in half of one."""


class Prepare(Protocol):
    """Makes the part that follows the present one; raises LivecareError if that cannot be."""

    def __call__(self, *, recorded: bool) -> Part:
        """Make it."""
        ...


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
    prepare : callable or None
        Makes the next part; None before the run begins.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self.prepare: Prepare | None = None
        self._part: Part | None = None
        self._prepared: Part | None = None
        self._changed = threading.Condition()
        self._over = False

    def take(self, info: StreamInfo) -> Part | None:
        """Return the part that was made for this stream; None where there is none."""
        prepared = self._take_back()
        if prepared is None or _axes(prepared.info) == _axes(info):
            return prepared
        prepared.discard()  # the stream has grown, or become another, in that very moment
        self.wanted = prepared.recorded
        return None

    def began(self, part: Part) -> None:
        """Note the part that runs now."""
        with self._changed:
            self._part = part
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
        before, prepare = self._part, self.prepare
        refusal = self.refusal()
        if refusal or before is None or prepare is None:
            return Refused(refusal or "no frames are acquired now")
        if request.on == before.recorded:
            return Refused(
                f"it records already, into {before.path}" if request.on else "nothing is recorded"
            )
        try:
            prepared = prepare(recorded=request.on)
        except LivecareError as error:
            return Refused(str(error))
        with self._changed:
            self._prepared = prepared
        before.split()
        return self._await(before, on=request.on)

    def _await(self, before: Part, *, on: bool) -> Answer:
        """Wait until the part that was made has taken over."""
        part = self._successor(before, PATIENCE_S)
        if part is None:
            if before.unsplit() and (unused := self._take_back()) is not None:
                unused.discard()
                return Refused(
                    f"no frame came within {PATIENCE_S:.0f} s, or the disk took none: all is as it "
                    "was; ask again when frames come"
                )
            part = self._successor(before, None)  # the present part is at its end by now
        if (unused := self._take_back()) is not None:
            unused.discard()
        if part is before or part is None:
            return Refused("the run ended before the switch")
        part.begun.wait(PATIENCE_S)
        if part.recorded != on:
            return Refused("the frames became others in that very moment: ask again")
        if part.recorded:
            return Done(f"recording into {part.path}")
        return Done(f"recorded: {before.path}; what was not restored live is restored now")

    def _successor(self, before: Part, patience_s: float | None) -> Part | None:
        """Wait for the part that follows; return `before` if none does, None if patience ends."""
        with self._changed:
            followed = self._changed.wait_for(
                lambda: self._over or self._part is not before, patience_s
            )
            return self._part if followed else None

    def _take_back(self) -> Part | None:
        with self._changed:
            prepared, self._prepared = self._prepared, None
            return prepared


def _axes(info: StreamInfo) -> StreamInfo:
    """Return what a stream is, whatever its run and how many frames it still has."""
    return replace(info, run_id="", expected_frames=None)
