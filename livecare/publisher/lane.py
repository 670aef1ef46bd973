"""Knows how the frames of one ring come to one plain topic."""

import time
from pathlib import Path

import zmq

from livecare import disk, wire
from livecare.frame import Position
from livecare.link import HEARTBEAT_MS
from livecare.publisher.start import Start
from livecare.ring import OverrunnableReader, Phase
from livecare.wire import FrameMessage


class Lane:
    """One ring on its way to one topic."""

    def __init__(self, topic: bytes, path: Path, interval_s: float, start: Start) -> None:
        self.topic = topic
        self._start = start
        self._told = start.message
        self._prefixes: set[bytes] = set()
        self._reader = OverrunnableReader(path)
        self._block = disk.aligned_block(self._reader.block_bytes)
        self._interval_s = interval_s
        self._next_due = time.monotonic()
        self._newest = -1

    def note_subscription(self, prefix: bytes, *, joined: bool) -> bool:
        """Take note of who wants what; return True if a newcomer wants this lane."""
        if not self.topic.startswith(prefix):
            return False
        if joined:
            self._prefixes.add(prefix)
        else:  # only said when the last subscriber with this prefix has gone
            self._prefixes.discard(prefix)
        return joined

    def forget_subscribers(self) -> None:
        """Take note that nobody wants anything: the socket they were at is closed."""
        self._prefixes.clear()

    def pause_s(self) -> float:
        """Return the seconds in which no frame of this lane is to be sent, whatever arrives."""
        if not self._prefixes:
            return HEARTBEAT_MS / 1e3
        return max(0.0, self._next_due - time.monotonic())

    def publish_newest(self, socket: "zmq.Socket[bytes]") -> None:
        """Send the newest frame, if there is a new one that is due."""
        if self.pause_s() > 0 or self._reader.waiting == 0:
            return
        self._reader.skip_to_newest(1)
        message = self._reader.read_into(self._block)
        live = self._reader.phase is Phase.LIVE
        if message is not None and self._is_news(message) and live:
            self._announce(socket, message.header.position)
            pixels = bytes(self._block[: message.header.frame_bytes])
            socket.send_multipart([self.topic, wire.encode(message), pixels], copy=False)
            self._next_due = time.monotonic() + self._interval_s

    def _announce(self, socket: "zmq.Socket[bytes]", at: Position) -> None:
        """Say the start again where the stream has grown since."""
        message = self._start.message_for(at)
        if self._told is not message:
            self._told = message
            socket.send_multipart([self.topic, message])

    def _is_news(self, message: FrameMessage) -> bool:
        """Tell whether a frame is newer than all before; back-filled ones are not."""
        news = message.header.sequence > self._newest
        self._newest = max(self._newest, message.header.sequence)
        return news
