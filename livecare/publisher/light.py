"""Knows what light topics are sent, and when."""

import time
from collections import deque
from pathlib import Path
from typing import Final, NamedTuple

import zmq

from livecare import light_frame, wire
from livecare.errors import MissingExtraError
from livecare.frame import Pixels
from livecare.light_frame import TOPICS, Kind, LightMessage
from livecare.link import HEARTBEAT_MS
from livecare.logs import logger
from livecare.publisher.means import block_means
from livecare.publisher.newest import NewestFrames, Taken
from livecare.publisher.seats import Seats
from livecare.publisher.start import Start

FLOWING_TURNS: Final = 2.0
"""How long after a restored frame the next of its channel is waited for before a raw one is sent by
itself; a turn is the time in which every channel is shown once."""

REMEMBERED_FRAMES: Final = 64
"""Raw frames that are known to have been sent; a restored one comes a few frames after its own."""


class _Work(NamedTuple):
    """A frame that is to be made light in one way."""

    lane: str
    kind: Kind
    taken: Taken


class LightLanes:
    """Light frames of both rings, for those who want them.

    All topics show the same instants, and of each a frame is reduced once, whoever wants it. The
    channels take turns. While restored frames come as often as they are shown, the raw ones are
    those that they were made from, so that each pair can be shown together; while they do not, it
    is the newest. Frames are made light one at a time, in half of a core's time at most: where it
    takes long, they come less often.
    """

    def __init__(self, raw: Path, restored: Path, interval_s: float, start: Start) -> None:
        self._raw, self._restored = NewestFrames(raw), NewestFrames(restored)
        self._interval_s = interval_s
        self._start = start
        self._seats = Seats()
        self._told: dict[bytes, bytes] = {}
        self._work: deque[_Work] = deque()
        self._means: dict[tuple[str, int], Pixels] = {}
        self._began = self._next_due = time.monotonic()
        self._worked_s = 0.0
        self._restored_at: dict[int, float] = {}
        self._raw_sent: deque[int] = deque(maxlen=REMEMBERED_FRAMES)

    @property
    def topics(self) -> tuple[bytes, ...]:
        """The topics that somebody wants."""
        return self._seats.topics

    @property
    def busy(self) -> bool:
        """Whether there is work that waits for nothing."""
        return bool(self._work)

    def note_subscription(self, topic: bytes, *, joined: bool) -> list[list[bytes]]:
        """Take note of who wants what; return what a newcomer is to be told.

        Only a whole name counts: who wants everything that begins with "" or "light" starts
        nothing.
        """
        if topic not in TOPICS:
            return []
        if not joined:  # only said when the last subscriber has gone
            self._seats.leave(topic)
            return []
        self._told[topic] = self._start.message
        told = [[topic, self._start.message]]
        if not self._seats.ask(topic):
            told.append([topic, light_frame.encode_refusal(self._seats.refusal(topic))])
        elif TOPICS[topic][1].encoding != "none":
            _prepare_compression()
        return told

    def pause_s(self) -> float:
        """Return the seconds in which no light frame is to be sent, whatever arrives."""
        if not self._seats.topics:
            return HEARTBEAT_MS / 1e3
        return 0.0 if self._work else max(0.0, self._next_due - time.monotonic())

    def publish_newest(self, socket: "zmq.Socket[bytes]") -> None:
        """Make one frame light and send it, if there is a new one that is due."""
        if self.pause_s() > 0:
            return
        before_s = time.thread_time()
        if not self._work:
            self._seats.expire()
            self._began, self._worked_s = time.monotonic(), 0.0
            self._means.clear()
            self._choose()
        if self._work:
            self._send(socket, self._work.popleft())
            self._worked_s += time.thread_time() - before_s
            self._next_due = self._began + max(self._interval_s, 2 * self._worked_s)

    def _choose(self) -> None:
        """Take a restored frame and the raw one that it was made from; or else a raw one."""
        if self._seats.served("restored"):
            taken = self._restored.take_in_turn()
            if taken is not None:
                header = taken.message.header
                self._restored_at[header.position.c] = time.monotonic()
                if self._seats.served("raw") and header.sequence not in self._raw_sent:
                    self._add("raw", self._raw.take(header.sequence))
                self._add("restored", taken)
                return
        if self._seats.served("raw"):
            self._add("raw", self._raw.take_in_turn(self._flowing()))

    def _add(self, lane: str, taken: Taken | None) -> None:
        if taken is None:
            return
        if lane == "raw":
            self._raw_sent.append(taken.message.header.sequence)
        self._work.extend(_Work(lane, kind, taken) for kind in self._seats.served(lane))

    def _flowing(self) -> set[int]:
        """Return the channels whose restored frames come, and bring their raw ones."""
        if not self._seats.served("restored"):
            return set()
        turn_s = self._interval_s * len(self._restored_at)
        since = time.monotonic() - FLOWING_TURNS * turn_s
        return {channel for channel, at in self._restored_at.items() if at > since}

    def _send(self, socket: "zmq.Socket[bytes]", work: _Work) -> None:
        """Make a frame light and send it; before it the start, where the stream has grown."""
        lane, kind, taken = work
        topic, frame = kind.topic(lane), taken.message
        start = self._start.message_for(frame.header.position)
        if self._told[topic] is not start:
            self._told[topic] = start
            socket.send_multipart([topic, start])
        means = self._means.get((lane, kind.reduction))
        if means is None:
            means = self._means[lane, kind.reduction] = block_means(taken.pixels, kind.reduction)
        part, encoding = light_frame.pack(means, kind.encoding)
        message = LightMessage(
            frame.run_id,
            frame.header,
            frame.restoration,
            reduction=kind.reduction,
            encoding=encoding,
            sent_ns=time.perf_counter_ns(),
        )
        socket.send_multipart([topic, wire.encode(message), part], copy=False)


def _prepare_compression() -> None:
    """Load the compressor and keep it to this thread: the cores are the recorder's."""
    try:
        light_frame.load_blosc().set_nthreads(1)
    except MissingExtraError as error:
        logger().warning("light frames are sent uncompressed", reason=str(error))
