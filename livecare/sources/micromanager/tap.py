"""Knows how to look at the newest frame of a core that someone else runs, touching nothing."""

from typing import Final

import numpy as np

from livecare.errors import StoppedError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sources.clock import NS_PER_MS, NS_PER_S, StopSignal
from livecare.sources.gaps import GapRule
from livecare.sources.micromanager.buffer import Taken
from livecare.sources.micromanager.core import Core
from livecare.sources.micromanager.reader import CoreReader, Desk
from livecare.sources.micromanager.tags import FrameTags
from livecare.sources.micromanager.view import Form
from livecare.sources.protocol import Arrival

AWAIT_POLL_S: Final = 0.02
"""How often a core is asked whether a sequence runs yet, s: nobody notices 20 ms at a start."""
SETTLE_NS: Final = NS_PER_S // 10
"""A camera that was resized says for up to an exposure that its sequence still runs, with frames
of the old size in the buffer; a new form counts when it lasted two exposures and so long, ns."""


def await_sequence(core: Core, stop: StopSignal) -> None:
    """Wait until somebody's sequence runs. Raises StoppedError where a stop comes first."""
    while not core.isSequenceRunning():
        if stop.since_ns is not None:
            raise StoppedError("micromanager: stopped before anybody started a sequence")
        stop.wait(AWAIT_POLL_S)


class NewestTap(CoreReader):
    """Looks at the newest frame and never pops: a popped frame would be stolen from its owner.

    Frames that it passes over are skipped by design, not lost. When the sequence ends it waits for
    the next one, unless the settings say otherwise.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._end_with_sequence = desk.settings.end_with_sequence
        self._gaps = GapRule()
        self._latest: FrameTags | None = None
        self._watching = False
        self._new_form: tuple[Form, int] | None = None

    def start(self) -> None:
        """Do nothing: the sequence is someone else's."""

    def stop(self) -> None:
        """Do nothing: the sequence is someone else's."""

    @property
    def _interval_ns(self) -> float | None:
        return self._gaps.interval_ns

    def _over(self) -> bool:
        enough = self._arrived == self._wanted
        return self._ended or enough or self._stop.since_ns is not None

    def _look(self, pixels: Pixels) -> Arrival | StreamInfo | None:
        running = self._core.isSequenceRunning()
        if not self._view.holds():
            return self._await_new_form(running=running)
        self._new_form = None
        if running and not self._watching:
            self._watching, self._latest = True, None
            return self._view.news(begins=True)
        if not self._watching:
            return None
        changed = self._view.news()
        if changed is not None:
            return changed
        newest = self._buffer.peek(self._arrived)
        if newest is not None and newest.tags != self._latest:
            return self._accept(newest, pixels)
        if not running:
            self._sequence_ended()
        return None

    def _await_new_form(self, *, running: bool) -> StreamInfo | None:
        """Describe the stream anew once a sequence certainly runs in the new form."""
        if not running:
            self._new_form = None
            if self._watching:
                self._sequence_ended()
            return None
        form, now_ns = Form.of(self._core), self._clock.now_ns()
        if self._new_form is None or self._new_form[0] != form:
            self._new_form = (form, now_ns)
        elif now_ns - self._new_form[1] >= SETTLE_NS + 2 * self._core.getExposure() * NS_PER_MS:
            stream = self._view.renew(self._left())
            self._watching, self._latest, self._anew = True, None, False
            self._gaps, self._t = GapRule(), 0
            return stream
        return None

    def _accept(self, newest: Taken, pixels: Pixels) -> Arrival | None:
        """Copy a frame, unless the camera changed while it was looked at."""
        if not newest.is_of(self._view.stream):
            return None
        tags = newest.tags
        if tags.began_anew_since(self._latest):
            self._gaps, self._anew = GapRule(), True
        self._latest = tags
        gap = self._gaps.observe(tags.image_number, tags.camera_time_ns)
        np.copyto(pixels, newest.picture)
        arrival = Arrival(
            position=Position(t=self._t),
            received_ns=self._clock.now_ns(),
            camera_index=tags.image_number,
            camera_time_ns=tags.camera_time_ns,
            skipped_before=gap.missing,
            new_epoch=self._anew or gap.new_epoch,
        )
        self._anew = False
        self._arrived += 1
        self._t += 1
        return arrival

    def _sequence_ended(self) -> None:
        """End with the sequence, or wait for the next one."""
        self._watching = False
        self._ended = self._end_with_sequence
        self._anew = self._t > 0
        self._gaps = GapRule()
