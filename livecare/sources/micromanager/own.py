"""Knows how to run a core's sequence, take every frame of it, and take it up when it is stopped."""

from typing import Final

import numpy as np

from livecare.camera.core_series import CORE_ERRORS
from livecare.errors import SourceError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.logs import logger
from livecare.sources.micromanager import problems
from livecare.sources.micromanager.buffer import Taken
from livecare.sources.micromanager.core import draw_fast_image
from livecare.sources.micromanager.epoch import Epoch, Losses
from livecare.sources.micromanager.pause import Pause
from livecare.sources.micromanager.reader import CoreReader, Desk
from livecare.sources.micromanager.reference import References
from livecare.sources.protocol import Arrival

OPEN_END: Final = 2**31 - 1
"""Frames of a sequence without an end: the most that a C long holds on Windows."""


class OwnSequence(CoreReader):
    """A sequence of livecare's own, in as many epochs as others leave it.

    Where somebody stops it (a region of interest, a size, the core's buffer was set), it is
    started again for the frames still wanted. Where frames have another form then, the new stream
    is said first, and the camera rests until its first frame is asked for. Where reference frames
    are wanted, each lies between two epochs, and the camera is asked for the frames of one at a
    time.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._stop_on_overflow = desk.settings.on_overflow == "stop"
        self._epoch = Epoch(None)
        self._pause = Pause(desk.clock)
        self._references = References(desk.core, desk.settings.reference)
        self._later = 0
        self._resting = False
        self._disturbed = False
        self._between = Losses()
        self._overrun = Losses()
        self._stopped = False

    def start(self) -> None:
        """Start the sequence. Raises SourceError."""
        try:
            self._begin()
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: the sequence cannot be started: {error}; stop what else uses the "
                "camera (live view, another acquisition)"
            ) from error

    def stop(self) -> None:
        """Stop the sequence; what is in the buffer stays there. Raises SourceError."""
        self._stopped = True
        self._stop_camera()

    @property
    def _interval_ns(self) -> float | None:
        return self._epoch.gaps.interval_ns

    def _look(self, pixels: Pixels) -> Arrival | StreamInfo | None:
        try:
            return self._go_ahead(pixels)
        except (SourceError, *CORE_ERRORS) as error:
            self._fail(problems.gone(self._arrived - 1, error))
            return None

    def _go_ahead(self, pixels: Pixels) -> Arrival | StreamInfo | None:
        """Do what is next: see whether to stop, go on, or take a frame."""
        if self._stop.since_ns is not None and not self._stopped:
            self.stop()
        if self._resting:
            return self._go_on()
        if self._references.due and not self._stopped:
            self._stop_camera()  # its sequence is over, unless it is one that somebody else began
            if self._core.getRemainingImageCount() == 0 or self._left() == 0:
                return self._refer(pixels)
        return self._take(pixels)

    def _refer(self, pixels: Pixels) -> Arrival | None:
        """Take a reference frame, and begin the next sequence."""
        if not self._view.holds():
            self._break_off()
            return None
        picture = self._references.take()
        if picture is not None and not self._view.takes(picture):
            self._break_off()
            return None
        if self._left() != 0:
            self._begin_next()
        if picture is None:
            return None
        np.copyto(pixels, picture)
        position = Position(t=self._t - 1, c=len(self._view.stream.channels) - 1)
        return Arrival(position=position, received_ns=self._clock.now_ns())

    def _begin_next(self) -> None:
        """Go on after a reference frame, or after a sequence that lost all its frames."""
        self._references.begin()
        self._anew = self._anew or self._t > 0
        try:
            self._begin()
        except CORE_ERRORS:
            self._pause, self._resting = Pause(self._clock), True  # and tried again after it

    def _begin(self) -> None:
        self._buffer.known = 0
        left = self._left()
        asked = self._references.block(left)
        self._later = 0 if left is None or asked is None else left - asked
        self._epoch = Epoch(asked)
        self._core.startSequenceAcquisition(asked or OPEN_END, 0.0, self._stop_on_overflow)

    def _take(self, pixels: Pixels) -> Arrival | StreamInfo | None:
        if self._left() == 0:
            self._conclude()
            return None
        # Asked before the buffer is looked at: a frame that comes in between is not missed.
        running = self._core.isSequenceRunning()
        if not self._view.holds():
            self._break_off()
            return None
        changed = self._view.news()
        if changed is not None:
            return changed
        known = self._buffer.known
        taken = self._buffer.pop(self._arrived)
        if taken is not None:
            return self._accept(taken, known, pixels)
        if not running:
            self._see_end()
        return None

    def _accept(self, taken: Taken, known: int, pixels: Pixels) -> Arrival | None:
        """Copy a frame, unless the camera changed while it was taken out of the buffer."""
        if not taken.is_of(self._view.stream):
            self._between.add(1)
            self._break_off()
            return None
        gap, anew = self._epoch.observe(taken.tags)
        if anew:  # someone stopped it and started it again between two looks
            self._between.add(known, estimated=True)
            self._epoch = Epoch(self._left())
            gap, _ = self._epoch.observe(taken.tags)
        np.copyto(pixels, taken.picture)
        arrival = Arrival(
            position=Position(t=self._t),
            received_ns=self._clock.now_ns(),
            camera_index=taken.tags.image_number,
            camera_time_ns=taken.tags.camera_time_ns,
            lost_before=self._between.frames + gap.missing,
            loss_estimated=self._between.estimated or gap.estimated,
            new_epoch=self._anew or anew,
        )
        self._epoch.count(gap)
        self._overrun.add(gap.missing, estimated=gap.estimated)
        self._between, self._anew, self._disturbed = Losses(), False, False
        self._arrived += 1
        self._t += 1
        self._references.count()
        return arrival

    def _see_end(self) -> None:
        """Say why the sequence is over, now that its buffer is empty."""
        complete = self._epoch.is_complete(may_overflow=not self._stop_on_overflow)
        if self._stopped or (complete and not self._references.wanted):
            self._conclude()
        elif complete:
            self._see_end_before_a_reference()
        elif self._core.isBufferOverflowed():
            capacity = self._core.getBufferTotalCapacity()
            self._fail(problems.overflowed(capacity, self._arrived - 1))
        else:
            self._break_off()

    def _see_end_before_a_reference(self) -> None:
        """Go on after a sequence that is complete with what it lost: the rest is still wanted."""
        self._between.add(self._epoch.missing, estimated=True)
        self._overrun.add(self._epoch.missing, estimated=True)
        if self._references.follows_a_frame:
            self._references.due = True
        else:
            self._begin_next()

    def _break_off(self) -> None:
        """Take note that somebody stopped the sequence, and of the frames that went with it."""
        self._stop_camera()
        unreadable = self._core.getRemainingImageCount()
        vanished = max(self._buffer.known - unreadable, 0)
        self._between.add(unreadable)
        self._between.add(vanished, estimated=True)
        if not self._disturbed:
            self._pause = Pause(self._clock)
        self._disturbed = self._resting = True
        self._pause.again()
        if self._stopped:
            self._conclude()
        elif self._pause.too_long:
            self._fail(problems.silent(self._arrived - 1))
        else:
            logger().warning(
                "the camera's sequence was stopped by someone else; it will be started again",
                after_frame=self._arrived - 1,
            )

    def _go_on(self) -> StreamInfo | None:
        """Take the sequence up again, when the camera was left alone for a moment."""
        if self._stopped:
            self._conclude()
        elif self._core.isSequenceRunning():
            return self._adopt()
        elif self._pause.over:
            return self._begin_again()
        return None

    def _adopt(self) -> StreamInfo | None:
        """Take the frames of a sequence that somebody else started meanwhile."""
        self._buffer.known = 0
        self._epoch = Epoch(self._left())
        self._resting = False
        return self._redescribe()

    def _begin_again(self) -> StreamInfo | None:
        changed = self._redescribe()
        if changed is not None or self._ended:
            return changed
        if self._references.due:
            self._resting = False
            return None
        try:
            draw_fast_image(self._core)
            self._begin()
            self._resting = False
        except CORE_ERRORS as error:
            self._pause.again()
            if self._pause.too_long:
                self._fail(problems.refused(self._arrived - 1, error))
        return None

    def _redescribe(self) -> StreamInfo | None:
        """Say what the stream became while no sequence ran; None if it is the same."""
        try:
            if self._view.holds():
                self._anew = self._anew or self._t > 0
                return self._view.news(begins=True)
            self._anew, self._t = False, 0
            self._pause = Pause(self._clock)  # somebody is at work: have patience anew
            self._references.begin()
            return self._view.renew(self._left())
        except SourceError as error:
            self._fail(problems.changed(self._arrived - 1, error))
            return None

    def _stop_camera(self) -> None:
        try:
            self._core.stopSequenceAcquisition()
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: the sequence cannot be stopped after frame {self._arrived - 1}: "
                f"{error}; close livecare and restart the camera"
            ) from error

    def _conclude(self) -> None:
        """End; what was lost after the last frame has no frame any more that could say so."""
        self._ended = True
        unaccounted = 0 if self._stopped else self._epoch.missing
        self.lost_at_end = self._between.frames + unaccounted
        self._overrun.add(unaccounted, estimated=True)
        if self._overrun.frames and not self._stop_on_overflow:
            capacity = self._core.getBufferTotalCapacity()
            self.why_lost = problems.emptied(capacity, self._overrun.words)
        if self._core.isSequenceRunning():
            self._stop_camera()

    def _fail(self, problem: str) -> None:
        """End with a problem; what is left in the buffer counts as lost."""
        self._ended = True
        self.problem = problem
        self.lost_at_end = max(self._epoch.missing + self._later, self._between.frames)
        try:
            self._stop_camera()
        except SourceError as error:  # one that is gone cannot be stopped either
            logger().error("the camera was left as it is", error=str(error))
