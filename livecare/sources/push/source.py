"""Knows the life of a push source: listening, waiting for a start, frames, and the end."""

from collections.abc import Callable, Mapping

import numpy as np

from livecare.errors import StoppedError
from livecare.frame import Pixels, StreamInfo
from livecare.keys import Security
from livecare.logs import logger
from livecare.sources.clock import NS_PER_S, Clock, MonotonicClock, StopSignal
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.push.inbox import Inbox
from livecare.sources.push.reception import Delivery, Reception
from livecare.sources.push.settings import PushSettings
from livecare.sources.stages import Stages


class PushSource:
    """A `FrameSource` of the frames that other programs push.

    Parameters
    ----------
    settings : PushSettings
        Where to listen, and for how long.
    clock : Clock or None
        For tests.
    on_listening : callable or None
        Told the endpoint, with the port that it really has, once senders can connect.
    """

    def __init__(
        self,
        settings: PushSettings,
        clock: Clock | None = None,
        on_listening: Callable[[str], object] | None = None,
    ) -> None:
        self._settings = settings
        self._clock: Clock = clock or MonotonicClock()
        self._on_listening = on_listening
        self._stop = StopSignal(self._clock)
        self._security: Security | None = None
        self._inbox: Inbox | None = None
        self._reception: Reception | None = None
        self._info: StreamInfo | None = None
        self._stages = Stages("push source")
        self._ended = False
        self._last_messages: int | None = None

    @property
    def lost_at_end(self) -> int:
        """Frames that were lost after the last one that arrived; final once ENDED was said."""
        return self._reception.lost_at_end if self._reception else 0

    @property
    def problem(self) -> str | None:
        """Which acquisitions ended without their end, and how; None if none did."""
        return self._reception.roster.problem if self._reception else None

    @property
    def malformed(self) -> int:
        """How many messages were refused."""
        return self._reception.refusals.total if self._reception else 0

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many messages, and connections, were refused for which reason."""
        counts = self._reception.refusals.counts if self._reception else {}
        refused = {reason.value: count for reason, count in counts.items()}
        return refused | (self._inbox.strangers.counts if self._inbox else {})

    def guard(self, security: Security) -> None:
        """Let in only those whose keys may push; to be called before `open`."""
        self._security = security

    def open(self, run_id: str) -> StreamInfo:
        """Listen, and wait for the first start."""
        self._stages.open()
        settings = self._settings
        inbox = self._inbox = Inbox(settings.endpoint, settings.buffer_frames, self._security)
        self._reception = Reception(self._settings, run_id, lambda: inbox.connected)
        logger().info("waiting for frames", endpoint=inbox.endpoint)
        if self._on_listening is not None:
            self._on_listening(inbox.endpoint)
        while self._stop.since_ns is None:
            mail = inbox.receive(None)
            change = self._reception.take(mail, self._clock.now_ns()) if mail else None
            if isinstance(change, StreamInfo):
                self._info = change
                return change
        self.close()
        raise StoppedError("push source: stopped before any sender announced an acquisition")

    def start(self) -> None:
        """Begin to take frames; those that came since the first start have waited."""
        self._stages.start()

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        """Wait for the next frame and copy it, or say how the stream has changed."""
        self._stages.check_read(pixels, self._info)
        event = self._next(self._clock.now_ns() + round(timeout_s * NS_PER_S))
        if isinstance(event, StreamInfo):
            self._info = event
        elif isinstance(event, Delivery):
            np.copyto(pixels, event.pixels)
            return event.arrival
        return event

    def request_stop(self) -> None:
        """Take no more frames; those that wait here still come."""
        self._stop.request()
        if self._inbox is not None:
            self._inbox.wake()

    def close(self) -> None:
        """Stop listening."""
        self._stop.request()
        self._stages.close()
        self._ended = True
        if self._inbox is not None:
            self._inbox.close()
        if self._reception is not None:
            self._reception.refusals.sum_up()

    def _next(self, until_ns: int) -> Delivery | StreamInfo | NoFrame:
        inbox, reception = self._inbox, self._reception
        if self._ended or inbox is None or reception is None:
            return NoFrame.ENDED
        held = reception.held()
        if held is not None:
            return held
        while not self._over(reception):
            left_s = max(until_ns - self._clock.now_ns(), 0) / NS_PER_S
            left_s = min(left_s, self._settings.silent_s or left_s)
            mail = inbox.receive(0 if self._stop.since_ns is not None else left_s)
            now_ns = self._clock.now_ns()
            if mail is None or mail.waited_for:  # else what a silent one sent may still wait
                reception.roster.dismiss_silent(now_ns)
            event = reception.take(mail, now_ns) if mail else None
            if event is not None:
                return event
            if mail is None and self._last_messages is not None:
                break
            if now_ns >= until_ns:
                return NoFrame.WAITING
        self._ended = True
        reception.roster.conclude()
        return NoFrame.ENDED

    def _over(self, reception: Reception) -> bool:
        """Tell whether no further message is to be read."""
        acquisitions = self._settings.acquisitions
        if acquisitions is not None and reception.roster.finished >= acquisitions:
            return True
        if self._stop.since_ns is None:
            return False
        if self._last_messages is None:  # what waits here, and no more: senders go on sending
            senders = max(len(reception.roster.senders), 1)
            self._last_messages = self._settings.buffer_frames * senders
        self._last_messages -= 1
        return self._last_messages < 0
