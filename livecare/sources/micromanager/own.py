"""Knows how to run a core's sequence and take every frame of it, or say why not."""

from typing import Any

import numpy as np

from livecare.errors import SourceError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sources.clock import Clock, StopSignal
from livecare.sources.gaps import GapRule
from livecare.sources.micromanager.core import CORE_ERRORS, Core
from livecare.sources.micromanager.polling import Poll, poll_s
from livecare.sources.micromanager.tags import read_tags
from livecare.sources.micromanager.view import shape_yx
from livecare.sources.protocol import Arrival, NoFrame

OPEN_END = 2**31 - 1
"""Frames of a sequence without an end: the most that a C long holds on Windows."""


class OwnSequence:
    """A sequence that stops, rather than drops frames, when the core's buffer is full."""

    def __init__(
        self,
        core: Core,
        stream: StreamInfo,
        metadata: Any,  # noqa: ANN401 pymmcore.Metadata, optional
        clock: Clock,
        stop: StopSignal,
    ) -> None:
        self._core = core
        self._stream = stream
        self._metadata = metadata
        self._clock = clock
        self._stop = stop
        self._exposure_ms = core.getExposure()
        self._gaps = GapRule(first_index=0)
        self._arrived = 0
        self._lost = 0
        self._stopped = False
        self._ended = False
        self.lost_at_end = 0
        self.problem: str | None = None

    def start(self) -> None:
        """Start the sequence. Raises SourceError."""
        frames = self._stream.expected_frames or OPEN_END
        try:
            self._core.startSequenceAcquisition(frames, 0.0, True)
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: the sequence cannot be started: {error}; stop what else uses the "
                "camera (live view, another acquisition)"
            ) from error

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:
        """Wait for the next frame and copy it."""
        poll = Poll(self._clock, self._stop, timeout_s)
        while not self._ended:
            if self._stop.since_ns is not None and not self._stopped:
                self.stop()
            # Asked before the buffer is looked at: a frame that comes in between is not missed.
            running = self._core.isSequenceRunning()
            picture = self._pop()
            if picture is not None:
                arrival = self._accept(picture, pixels)
                if arrival is not None:
                    return arrival
            elif not running:
                self._conclude()
            elif not poll.wait(poll_s(self._gaps.interval_ns, self._exposure_ms)):
                return NoFrame.WAITING
        return NoFrame.ENDED

    def stop(self) -> None:
        """Stop the sequence; what is in the buffer stays there. Raises SourceError."""
        self._stopped = True
        try:
            self._core.stopSequenceAcquisition()
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: the sequence cannot be stopped after frame {self._arrived - 1}: "
                f"{error}; close livecare and restart the camera"
            ) from error

    def _pop(self) -> Pixels | None:
        """Take the oldest frame out of the buffer; None if there is none."""
        if self._core.getRemainingImageCount() == 0:
            return None
        try:
            return self._core.popNextImageMD(self._metadata)
        except IndexError:  # the buffer was emptied since: ask again
            return None
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: frame {self._arrived} cannot be read: {error}; see the core's log"
            ) from error

    def _accept(self, picture: Pixels, pixels: Pixels) -> Arrival | None:
        """Copy a frame, unless it belongs to another stream than was announced."""
        if picture.shape != self._stream.shape_yx or picture.dtype != self._stream.dtype:
            self._fail(
                f"frames were {self._stream.dtype} of {self._stream.shape_yx} and became "
                f"{picture.dtype} of {picture.shape} after frame {self._arrived - 1}; leave the "
                "camera's ROI, binning and pixel type alone while livecare records"
            )
            return None
        tags = read_tags(self._metadata)
        gap = self._gaps.observe(tags.image_number, tags.camera_time_ns)
        if gap.new_epoch:
            self._fail(
                f"the sequence began anew after frame {self._arrived - 1}; leave the core's "
                "buffer and sequence alone while livecare records"
            )
            return None
        np.copyto(pixels, picture)
        arrival = Arrival(
            position=Position(t=self._arrived),
            received_ns=self._clock.now_ns(),
            camera_index=tags.image_number,
            camera_time_ns=tags.camera_time_ns,
            lost_before=gap.missing,
            loss_estimated=gap.estimated,
        )
        self._arrived += 1
        self._lost += gap.missing
        return arrival

    def _conclude(self) -> None:
        """Say why the sequence is over, now that its buffer is empty."""
        self._ended = True
        if self._core.isBufferOverflowed():
            self._fail(
                f"the core's buffer of {self._core.getBufferTotalCapacity()} frames overflowed "
                f"after frame {self._arrived - 1}, and the camera was stopped; give it more "
                "memory (buffer_mb), lower the frame rate, or find out what holds the recorder "
                "up (mostly the disk)"
            )
        elif not self._stopped and self._missing() > 0:
            self._fail(self._why_stopped())

    def _why_stopped(self) -> str:
        """Say what is known of a sequence that someone else stopped."""
        now_yx = shape_yx(self._core)
        change = (
            f" and its pictures became {now_yx} instead of {self._stream.shape_yx}"
            if now_yx != self._stream.shape_yx
            else ""
        )
        return (
            f"the camera's sequence was stopped behind livecare's back after frame "
            f"{self._arrived - 1}{change}; leave the camera's ROI, size and buffer alone while "
            "livecare records, and check that the camera is connected"
        )

    def _fail(self, problem: str) -> None:
        """End with a problem; what is left in the buffer counts as lost."""
        self._ended = True
        self.problem = f"micromanager: {problem}"
        self.lost_at_end = self._missing()
        if not self._stopped:
            self.stop()

    def _missing(self) -> int:
        """Count the frames that were asked for and have not come: at least 1 for an open end."""
        if self._stream.expected_frames is None:
            return 1
        return self._stream.expected_frames - self._arrived - self._lost
