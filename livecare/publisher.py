"""The publisher process: shows raw and restored frames to subscribers, newest first.

It reads both rings as a reader that nobody waits for, and serves an XPUB socket: part one is the
topic ("raw" or "restored"), then the message as `livecare.wire` has it. A subscriber that is slow
or stopped loses frames by ZeroMQ's high-water mark and sees the gap in the sequence numbers;
nothing else notices.
"""

import contextlib
import time
from pathlib import Path
from typing import Final

import zmq

from livecare import disk, wire
from livecare.errors import UsageError
from livecare.frame import Position
from livecare.link import HEARTBEAT_MS, PublisherSpec, WakeListener
from livecare.logs import logger
from livecare.ring import OverrunnableReader, Phase
from livecare.wire import FrameMessage, StartMessage

RAW_TOPIC: Final = b"raw"
RESTORED_TOPIC: Final = b"restored"
TOPICS: Final = (RAW_TOPIC, RESTORED_TOPIC)

SEND_HIGH_WATER: Final = 2
"""Frames queued per subscriber: more would buy delay, not throughput."""

JOIN: Final = b"\x01"
LEAVE: Final = b"\x00"
"""What a subscription and its end begin with, on the wire of ZeroMQ."""

MAX_REQUEST_BYTES: Final = 1024
"""Longest accepted message of a subscriber, bytes: a topic is short."""

ROOM_MS: Final = 250
"""Longest wait, milliseconds, for room in a subscriber's queue for the end of a topic."""

FAREWELL_MS: Final = 500
"""How long the end of a run may take to reach a subscriber, milliseconds."""


def check_endpoint(endpoint: str) -> None:
    """Find out, before a run begins, whether previews can be served. Raises UsageError."""
    with zmq.Context() as context, context.socket(zmq.XPUB) as probe:
        _bind(probe, endpoint)


def _bind(socket: "zmq.Socket[bytes]", endpoint: str) -> None:
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        raise UsageError(
            f"cannot serve previews at {endpoint}: {error}; set publish.preview to another port"
        ) from error


class _Start:
    """What subscribers are told of the stream: in a file, replaced before a frame needs more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.read()

    def read(self) -> None:
        """Take what the file says by now."""
        self.message = self._path.read_bytes()
        start = wire.decode(self.message)
        if not isinstance(start, StartMessage):
            raise UsageError(
                f"{self._path}: no start message of this livecare; start the run again"
            )
        self._info = start.info

    def covers(self, at: Position) -> bool:
        """Tell whether a frame's channel, plane and position were announced."""
        info = self._info
        return at.c < len(info.channels) and at.z < info.size_z and at.p < len(info.positions)


class _Lane:
    """One ring on its way to one topic."""

    def __init__(self, topic: bytes, path: Path, interval_s: float, start: _Start) -> None:
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

    @property
    def live(self) -> bool:
        return self._reader.phase is Phase.LIVE

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
        if message is not None and self._is_news(message) and self.live:
            self._announce(socket, message.header.position)
            pixels = bytes(self._block[: message.header.frame_bytes])
            socket.send_multipart([self.topic, wire.encode(message), pixels], copy=False)
            self._next_due = time.monotonic() + self._interval_s

    def _announce(self, socket: "zmq.Socket[bytes]", at: Position) -> None:
        """Say the start again where the stream has grown since."""
        if not self._start.covers(at):
            self._start.read()
        if self._told is not self._start.message:
            self._told = self._start.message
            socket.send_multipart([self.topic, self._told])

    def _is_news(self, message: FrameMessage) -> bool:
        """Tell whether a frame is newer than all before; back-filled ones are not."""
        news = message.header.sequence > self._newest
        self._newest = max(self._newest, message.header.sequence)
        return news


class Publisher:
    """Serves one acquisition's frames."""

    def __init__(self, spec: PublisherSpec) -> None:
        self._spec = spec
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._wakes = WakeListener(self._context, spec.wake_endpoints)
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, FAREWELL_MS)
        self._socket.setsockopt(zmq.SNDHWM, SEND_HIGH_WATER)
        self._socket.setsockopt(zmq.XPUB_VERBOSE, 1)  # every newcomer is greeted
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_REQUEST_BYTES)
        interval_s = 1 / spec.max_hz
        self._start = _Start(Path(spec.start_file))
        self._lanes = [
            _Lane(RAW_TOPIC, Path(spec.raw_ring), interval_s, self._start),
            _Lane(RESTORED_TOPIC, Path(spec.restored_ring), interval_s, self._start),
        ]

    def bind(self) -> None:
        """Open the endpoint, and write down which one it is. Raises UsageError."""
        _bind(self._socket, self._spec.preview_endpoint)
        endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        disk.replace_file(Path(self._spec.preview_file), endpoint.encode(), durable=False)
        logger().info("preview served", endpoint=endpoint)

    def run(self) -> None:
        """Publish until the run has ended, and say so to every subscriber."""
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._wakes.socket, zmq.POLLIN)
        while not self._ended():
            pause_ms = round(1e3 * min(lane.pause_s() for lane in self._lanes))
            if pause_ms > 0:  # frames come more often than they are shown: let them
                self._socket.poll(pause_ms)
            elif self._wakes.socket in dict(poller.poll(HEARTBEAT_MS)):
                self._wakes.clear()
            self._note_subscription()
            for lane in self._lanes:
                lane.publish_newest(self._socket)
        end = Path(self._spec.end_file).read_bytes()
        for lane in self._lanes:
            self._say_end([lane.topic, end])
        self._socket.close()
        self._wakes.close()
        self._context.term()

    def _say_end(self, parts: list[bytes]) -> None:
        """Send to every subscriber, also to one whose queue is full, unless it stays so."""
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        self._socket.setsockopt(zmq.SNDTIMEO, ROOM_MS)
        try:
            self._socket.send_multipart(parts)
        except zmq.Again:
            self._socket.setsockopt(zmq.XPUB_NODROP, 0)
            self._socket.send_multipart(parts)  # to the others

    def _ended(self) -> bool:
        return Path(self._spec.end_file).exists()

    def _note_subscription(self) -> None:
        with contextlib.suppress(zmq.Again):
            while True:
                request = self._socket.recv(zmq.NOBLOCK)
                if request[:1] not in (JOIN, LEAVE):
                    continue  # a stranger's; what begins so ZeroMQ itself has checked
                for lane in self._lanes:
                    if lane.note_subscription(request[1:], joined=request[:1] == JOIN):
                        self._socket.send_multipart([lane.topic, self._start.message])
