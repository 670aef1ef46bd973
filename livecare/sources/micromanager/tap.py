"""Knows how to look at the newest frame of a core that someone else runs, touching nothing."""

from typing import Any

import numpy as np

from livecare.errors import SourceError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sources.clock import Clock, StopSignal
from livecare.sources.gaps import GapRule
from livecare.sources.micromanager.core import CORE_ERRORS, Core
from livecare.sources.micromanager.polling import Poll, poll_s
from livecare.sources.micromanager.tags import FrameTags, read_tags
from livecare.sources.micromanager.view import shape_yx
from livecare.sources.protocol import Arrival, NoFrame


class NewestTap:
    """Looks at the newest frame and never pops: a popped frame would be stolen from its owner.

    It waits for a sequence to run, and ends with it. Frames that it passes over are skipped by
    design, not lost.
    """

    lost_at_end = 0

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
        self._gaps = GapRule()
        self._arrived = 0
        self._latest: FrameTags | None = None
        self._seen_running = False
        self._ended = False
        self.problem: str | None = None

    def start(self) -> None:
        """Do nothing: the sequence is someone else's."""

    def stop(self) -> None:
        """Do nothing: the sequence is someone else's."""

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:
        """Wait for a frame that was not seen yet and copy it."""
        poll = Poll(self._clock, self._stop, timeout_s)
        while not self._over():
            running = self._core.isSequenceRunning()
            self._seen_running = self._seen_running or running
            newest = self._peek() if self._seen_running else None
            if newest is not None:
                arrival = self._accept(*newest, pixels)
                if arrival is not None:
                    return arrival
            elif self._seen_running and not running:
                self._conclude()
            elif not poll.wait(poll_s(self._gaps.interval_ns, self._exposure_ms)):
                return NoFrame.WAITING
        return NoFrame.ENDED

    def _over(self) -> bool:
        enough = self._arrived == self._stream.expected_frames
        return self._ended or enough or self._stop.since_ns is not None

    def _peek(self) -> tuple[Pixels, FrameTags] | None:
        """Look at the newest frame; None if there is none, or the one already seen."""
        try:
            picture = self._core.getLastImageMD(self._metadata)
        except IndexError:  # the buffer was emptied, by its owner or because it was full
            return None
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: the newest frame after frame {self._arrived - 1} cannot be read: "
                f"{error}; see the core's log"
            ) from error
        tags = read_tags(self._metadata)
        return (picture, tags) if tags != self._latest else None

    def _accept(self, picture: Pixels, tags: FrameTags, pixels: Pixels) -> Arrival | None:
        """Copy a frame, unless its shape or type changed."""
        if picture.shape != self._stream.shape_yx or picture.dtype != self._stream.dtype:
            self._fail(f"{picture.dtype} of {picture.shape}")
            return None
        self._latest = tags
        gap = self._gaps.observe(tags.image_number, tags.camera_time_ns)
        np.copyto(pixels, picture)
        arrival = Arrival(
            position=Position(t=self._arrived),
            received_ns=self._clock.now_ns(),
            camera_index=tags.image_number,
            camera_time_ns=tags.camera_time_ns,
            skipped_before=gap.missing,
        )
        self._arrived += 1
        return arrival

    def _conclude(self) -> None:
        """End with the sequence; a change of shape that stopped it is a problem."""
        self._ended = True
        now_yx = shape_yx(self._core)
        if now_yx != self._stream.shape_yx:
            self._fail(str(now_yx))

    def _fail(self, became: str) -> None:
        self._ended = True
        self.problem = (
            f"micromanager: frames were {self._stream.dtype} of {self._stream.shape_yx} and "
            f"became {became} after frame {self._arrived - 1}; start livecare again for the new "
            "shape"
        )
