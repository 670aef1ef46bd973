"""Knows the socket of previews: who asks at it, when frames go out, and how the end is said."""

import contextlib
import math
import time
from pathlib import Path
from typing import Final

import zmq

from livecare import disk
from livecare.errors import UsageError
from livecare.link import HEARTBEAT_MS, PublisherSpec, WakeListener
from livecare.logs import logger
from livecare.publisher.lane import Lane
from livecare.publisher.light import LightLanes
from livecare.publisher.start import Start
from livecare.publisher.workshop import JOIN, LEAVE, Workshop

RAW_TOPIC: Final = b"raw"
RESTORED_TOPIC: Final = b"restored"

SEND_HIGH_WATER: Final = 2
"""Frames queued per subscriber: more would buy delay, not throughput."""

SEND_BUFFER_BYTES: Final = 256 << 10
"""Room in the system's own queue per subscriber, bytes. What lies there is sent, however old: a
network of 2 MB/s showed frames 1.9 s late with the system's choice and 0.6 s with this, which costs
a subscriber on this machine nothing that could be measured (30 frames of 8 MB a second)."""

MAX_REQUEST_BYTES: Final = 1024
"""Longest accepted message of a subscriber, bytes: a topic is short."""

ROOM_MS: Final = 250
"""Longest wait, milliseconds, for room in a subscriber's queue for the end of a topic; for those of
all light topics together."""

FAREWELL_MS: Final = 500
"""How long the end of a run may take to reach a subscriber, milliseconds."""


FREED_S: Final = 5.0
"""Longest wait for the endpoint to be freed by the part before, seconds: it takes tenths of one."""

TRY_AGAIN_S: Final = 0.02
"""Time between two tries to take an endpoint, seconds: nothing tells that a port is free."""


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


class Publisher:
    """Serves one acquisition's frames."""

    def __init__(self, spec: PublisherSpec) -> None:
        self._spec = spec
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._wakes = WakeListener(self._context, spec.wake_endpoints)
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, FAREWELL_MS)
        self._socket.setsockopt(zmq.SNDHWM, SEND_HIGH_WATER)
        self._socket.setsockopt(zmq.SNDBUF, SEND_BUFFER_BYTES)
        self._socket.setsockopt(zmq.XPUB_VERBOSE, 1)  # every newcomer is greeted
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_REQUEST_BYTES)
        interval_s = 1 / spec.max_hz
        self._start = Start(Path(spec.start_file))
        raw, restored = Path(spec.raw_ring), Path(spec.restored_ring)
        self._lanes = (
            Lane(RAW_TOPIC, raw, interval_s, self._start),
            Lane(RESTORED_TOPIC, restored, interval_s, self._start),
        )
        light = LightLanes(raw, restored, interval_s, Start(Path(spec.start_file)))
        self._workshop = Workshop(self._context, spec.wake_endpoints, light)

    def bind(self) -> None:
        """Open the endpoint, and write down which one it is. Raises UsageError.

        The publisher of the part before may still have it, for as long as it says the end.
        """
        deadline = time.monotonic() + FREED_S
        while True:
            try:
                _bind(self._socket, self._spec.preview_endpoint)
                break
            except UsageError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(TRY_AGAIN_S)
        endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        disk.replace_file(Path(self._spec.preview_file), endpoint.encode(), durable=False)
        logger().info("preview served", endpoint=endpoint)

    def run(self) -> None:
        """Publish until the run has ended, and say so to every subscriber."""
        with self._workshop:
            while not self._ended():
                self._wait()
                self._note_subscription()
                for lane in self._lanes:
                    lane.publish_newest(self._socket)
                self._workshop.pass_on(self._socket)
        self._say_ends(Path(self._spec.end_file).read_bytes())
        self._socket.close()
        self._wakes.close()
        self._context.term()

    def _ended(self) -> bool:
        return Path(self._spec.end_file).exists()

    def _wait(self) -> None:
        """Wait until there may be something to do."""
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._workshop.socket, zmq.POLLIN)
        pauses_s = [lane.pause_s() for lane in self._lanes]
        if min(pauses_s) > 0:  # frames come more often than they are shown: let them
            poller.poll(math.ceil(1e3 * min(pauses_s)))
            return
        poller.register(self._wakes.socket, zmq.POLLIN)
        later_s = min((pause_s for pause_s in pauses_s if pause_s > 0), default=HEARTBEAT_MS / 1e3)
        if self._wakes.socket in dict(poller.poll(math.ceil(1e3 * later_s))):
            self._wakes.clear()

    def _note_subscription(self) -> None:
        with contextlib.suppress(zmq.Again):
            while True:
                request = self._socket.recv(zmq.NOBLOCK)
                if request[:1] not in (JOIN, LEAVE):
                    continue  # a stranger's; what begins so ZeroMQ itself has checked
                joined = request[:1] == JOIN
                for lane in self._lanes:
                    if lane.note_subscription(request[1:], joined=joined):
                        self._socket.send_multipart([lane.topic, self._start.message])
                self._workshop.note_subscription(request)

    def _say_ends(self, end: bytes) -> None:
        for lane in self._lanes:
            self._say_end([lane.topic, end], ROOM_MS)
        deadline = time.monotonic() + ROOM_MS / 1e3
        for topic in self._workshop.topics:
            self._say_end([topic, end], max(0, round(1e3 * (deadline - time.monotonic()))))

    def _say_end(self, parts: list[bytes], room_ms: int) -> None:
        """Send to every subscriber, also to one whose queue is full, unless it stays so."""
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        self._socket.setsockopt(zmq.SNDTIMEO, room_ms)
        try:
            self._socket.send_multipart(parts)
        except zmq.Again:
            self._socket.setsockopt(zmq.XPUB_NODROP, 0)
            self._socket.send_multipart(parts)  # to the others
