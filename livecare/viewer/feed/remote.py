"""Knows how frames of a run on another machine are heard: over ZeroMQ, and light if wanted."""

import time
from typing import Final

from livecare import light_frame
from livecare.client.previews import Previews
from livecare.errors import LivecareError, MissingExtraError, ProtocolError, UsageError
from livecare.frame import StreamInfo
from livecare.light_frame import (
    REDUCTIONS,
    RENEW_S,
    Kind,
    LightMessage,
    LightTopicMessage,
    Refused,
)
from livecare.sinks.layout import LANES, LaneName
from livecare.viewer.feed.delay import Delay
from livecare.viewer.feed.silence import Silence
from livecare.viewer.feed.unread import Unread, UnreadFrames
from livecare.viewer.seen import SeenFrame
from livecare.wire import EndMessage, FrameMessage, StartMessage

QUEUED_FRAMES: Final = 8
"""Frames that may wait in this process: a picture needs no more, and every further one is delay."""

MOST_MESSAGES: Final = 64
"""Messages read at one look: a flood of them must not hold up the window."""

KEEPALIVE_S: Final = 5
"""Time after which a silent publisher is asked whether it is there, seconds: a laptop that slept,
or changed its network, is connected again within three of them."""

BEHIND_S: Final = 1.0
"""Delay of the network, seconds, that is called trouble: nobody can focus by such a picture."""

SILENCE_S: Final = 5.0
"""How long nothing at all may be heard of a run before that is called trouble, seconds."""


class RemoteFeed:
    """Frames of the run whose previews are served at an endpoint; for one thread.

    Parameters
    ----------
    endpoint : str
        Where, as `publish.preview` has it; a `KeyedEndpoint` where keys are wanted.
    reduction : int
        One of 1, 2, 4 and 8: pixels, in each direction, that the publisher makes one of.
    lz4 : bool
        Whether frames are compressed on the way.

    Attributes
    ----------
    info : StreamInfo or None
        The run, as described last.
    malformed : int
        Messages that could not be read, in all.
    delay : Delay
        How late light frames come; plain ones do not say it.

    Raises
    ------
    UsageError
        If the endpoint or the reduction cannot be.
    MissingExtraError
        If frames are to be compressed, and the package for that is not installed here.
    """

    def __init__(self, endpoint: str, *, reduction: int = 1, lz4: bool = False) -> None:
        self.info: StreamInfo | None = None
        self.malformed = 0
        self._endpoint = endpoint
        self._topics = _topics(reduction, lz4=lz4)
        if lz4:
            light_frame.load_blosc()
        self._opened_s = time.monotonic()
        self._asked_s = self._opened_s
        self._heard = self._ended = self._closed = False
        self._refused: str | None = None
        self._broken: str | None = None
        self._frames = UnreadFrames()
        self.delay = Delay()
        self._silence = Silence(self._opened_s)
        self._previews = Previews(endpoint, tuple(self._topics), QUEUED_FRAMES, KEEPALIVE_S)

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more: the run, or this part of it, is over or gone.

        False again once the next one begins, which this feed then follows; or once something comes
        of a run that was silent and did not answer.
        """
        return self._ended or self._is_gone

    @property
    def trouble(self) -> str | None:
        """Why there are fewer frames than there should be, for people; None if all is well."""
        if refusal := self._previews.refusal:
            return refusal
        if not self._heard:
            waited_s = time.monotonic() - self._opened_s
            return self._never_heard() if waited_s > SILENCE_S else None
        if self._is_gone:
            return (
                f"{self._endpoint} has not answered for "
                f"{self._silence.lasts_s(time.monotonic()):.0f} s: the run has ended without a "
                f"word, or the network is gone"
            )
        if self._refused is None and self.delay.behind_s > BEHIND_S:
            return (
                f"the network is too slow for this picture, which is {self.delay.behind_s:.0f} s "
                f"old: choose a greater reduction, or lz4"
            )
        return self._refused or self._broken

    def take(self) -> list[SeenFrame]:
        """Return what is new, without waiting: of each lane and channel the newest frame.

        A raw frame that was passed over comes with the one that was restored from it.
        """
        if self._closed:
            return []
        self._renew()
        for _ in range(MOST_MESSAGES):
            if not self._previews.waiting:
                break
            topic, parts = self._previews.read_parts()
            try:
                self._note(topic, parts)
            except ProtocolError as error:
                self._note_broken(error)
        self._ask_if_silent()
        return [seen for each in self._frames.choose() if (seen := self._read(each)) is not None]

    def close(self) -> None:
        """Let go of the run; safe to call twice."""
        self._closed = True
        self._previews.close()
        self._frames = UnreadFrames()

    def _renew(self) -> None:
        """Ask again in time: light topics are served to those only that do."""
        if time.monotonic() - self._asked_s > RENEW_S and not set(self._topics).issubset(LANES):
            self._asked_s = time.monotonic()
            self._previews.ask_for_start()

    @property
    def _is_gone(self) -> bool:
        """Whether a run that was there does not answer, and has not said that it ends."""
        return self.info is not None and not self._ended and self._silence.lasting

    def _ask_if_silent(self) -> None:
        if self.info is not None and self._silence.is_question_due(time.monotonic()):
            self._previews.ask_for_start()

    def _note(self, topic: str, parts: list[memoryview]) -> None:
        """Take note of a message. Raises ProtocolError if it is none."""
        self._silence.is_broken(time.monotonic())
        lane = self._topics.get(topic)
        if lane is None:
            return  # of a topic whose name begins as ours does
        message = light_frame.decode_head(parts)
        self._heard = True
        if isinstance(message, FrameMessage):
            self._note_frame(Unread(lane, message, parts[1]))
        else:
            self._note_other(message)

    def _note_other(self, message: LightTopicMessage) -> None:
        if isinstance(message, StartMessage):
            self._begin(message.info)
        elif isinstance(message, EndMessage):
            self._ended |= self.info is not None and message.run_id == self.info.run_id
        elif isinstance(message, Refused):
            self._refused = f"{self._endpoint}: {message.reason}"

    def _begin(self, info: StreamInfo) -> None:
        if self.info is None or info.run_id != self.info.run_id:
            self._frames, self.delay = UnreadFrames(), Delay()
            self._ended, self._broken = False, None
        self.info = info

    def _note_frame(self, frame: Unread) -> None:
        """Keep a frame whose run is known; if it is not, ask what it is.

        A frame can overtake the start message, or push it out of a full queue.
        """
        self._refused = None
        if self.info is None or frame.message.run_id != self.info.run_id:
            self._previews.ask_for_start()
            return
        if frame.message.header.position.c >= len(self.info.channels):
            self._previews.ask_for_start()
        if isinstance(frame.message, LightMessage):
            self.delay.note(frame.message.sent_ns, time.perf_counter_ns())
        self._frames.add(frame)

    def _read(self, frame: Unread) -> SeenFrame | None:
        """Read the pixels; None if they are none."""
        message = frame.message
        try:
            pixels = light_frame.pixels_of(message, frame.part)
        except (ProtocolError, MissingExtraError) as error:
            self._note_broken(error)
            return None
        return SeenFrame(
            message.run_id,
            message.header,
            pixels,
            message.restoration,
            light_frame.reduction_of(message),
        )

    def _note_broken(self, error: LivecareError) -> None:
        self.malformed += 1
        self._broken = f"{self._endpoint}: {error}"

    def _never_heard(self) -> str:
        light = not set(self._topics).issubset(LANES)
        older = "; a livecare of an older version sends no reduced or compressed frames"
        return (
            f"nothing is heard from {self._endpoint}: is a run on there, and is publish.preview "
            f"the same endpoint?{older if light else ''}"
        )


def _topics(reduction: int, *, lz4: bool) -> dict[str, LaneName]:
    """Name the topics to subscribe to. Raises UsageError."""
    if reduction not in REDUCTIONS:
        raise UsageError(
            f"a reduction of {reduction} is not served; choose one of "
            f"{', '.join(map(str, REDUCTIONS))}"
        )
    if reduction == 1 and not lz4:
        return {lane: lane for lane in LANES}
    kind = Kind(reduction, "blosc-lz4" if lz4 else "none")
    return {kind.topic(lane).decode(): lane for lane in LANES}
