"""Knows the socket of previews: who asks at it, when frames go out, and how the end is said."""

import contextlib
import math
import time
from pathlib import Path
from typing import Final

import zmq

from livecare import disk
from livecare.errors import UsageError
from livecare.keys import Role, Security
from livecare.link import HEARTBEAT_MS, PublisherSpec, WakeListener
from livecare.link.gate import FREED_S, OPEN_WITHOUT_KEYS, Gate
from livecare.link.sockets import from_here, is_loopback, limit, speak_ipv6
from livecare.link.strangers import MALFORMED
from livecare.logs import logger
from livecare.publisher.lane import Lane
from livecare.publisher.light import LightLanes
from livecare.publisher.refusals_file import RefusalsFile
from livecare.publisher.start import Start
from livecare.publisher.workshop import JOIN, LEAVE, Workshop

RAW_TOPIC: Final = b"raw"
"""Topic of raw frames."""
RESTORED_TOPIC: Final = b"restored"
"""Topic of restored frames."""

SEND_HIGH_WATER: Final = 2
"""Frames queued per subscriber: more would buy delay, not throughput."""

SEND_BUFFER_BYTES: Final = 256 << 10
"""Room in the system's own queue per subscriber, bytes. What lies there is sent, however old: a
network of 2 MB/s showed frames 1.9 s late with the system's choice and 0.6 s with this, which costs
a subscriber on this machine nothing that could be measured (30 frames of 8 MB a second)."""

MAX_REQUEST_BYTES: Final = 1024
"""Longest accepted message of a subscriber, bytes: a topic is short."""

MOST_REQUESTS: Final = 256
"""Subscriptions that are read in a row: whoever floods the socket with them does not keep frames
from the others."""

ROOM_MS: Final = 250
"""Longest wait, milliseconds, for room in a subscriber's queue for the end of a topic; for those of
all light topics together."""

FAREWELL_MS: Final = 500
"""How long the end of a run may take to reach a subscriber, milliseconds."""


def check_endpoint(endpoint: str, *, guarded: bool = False) -> None:
    """Find out, before a run begins, whether previews can be served.

    Parameters
    ----------
    endpoint : str
        Where.
    guarded : bool
        Whether there will be keys.

    Raises
    ------
    UsageError
        If the endpoint is taken, or open to other machines and there will be no keys.
    """
    if not guarded and not is_loopback(endpoint):
        raise UsageError(f"previews are not served at {endpoint}: {OPEN_WITHOUT_KEYS}")
    with zmq.Context() as context, context.socket(zmq.XPUB) as probe:
        speak_ipv6(probe, endpoint)
        try:
            probe.bind(endpoint)
        except zmq.ZMQError as error:
            raise _taken(endpoint, error) from error


def _taken(endpoint: str, error: zmq.ZMQError) -> UsageError:
    return UsageError(
        f"cannot serve previews at {endpoint}: {error}; set publish.preview to another port"
    )


class Publisher:
    """Serves one acquisition's frames."""

    def __init__(self, spec: PublisherSpec) -> None:
        self._spec = spec
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._wakes = WakeListener(self._context, spec.wake_endpoints)
        security = None if spec.security is None else Security.read(spec.security)
        self._gate = Gate(self._context, "preview", Role.READ, security)
        self._refusals = RefusalsFile(spec.refusals_file, self._gate.strangers)
        self._socket = self._make_socket()
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
        wanted = self._spec.preview_endpoint
        try:
            endpoint = self._gate.bind(self._socket, wanted, FREED_S)
        except zmq.ZMQError as error:
            raise _taken(wanted, error) from error
        here = from_here(endpoint)
        disk.replace_file(Path(self._spec.preview_file), here.encode(), durable=False)
        logger().info("preview served", endpoint=endpoint)

    def _make_socket(self) -> "zmq.Socket[bytes]":
        socket = self._context.socket(zmq.XPUB)
        socket.setsockopt(zmq.LINGER, FAREWELL_MS)
        socket.setsockopt(zmq.SNDHWM, SEND_HIGH_WATER)
        socket.setsockopt(zmq.SNDBUF, SEND_BUFFER_BYTES)
        socket.setsockopt(zmq.XPUB_VERBOSE, 1)  # every newcomer is greeted
        limit(socket, MAX_REQUEST_BYTES)
        return socket

    def run(self) -> None:
        """Publish until the run has ended, and say so to every subscriber."""
        with self._workshop:
            while not self._ended():
                self._wait()
                self._note_subscription()
                for lane in self._lanes:
                    lane.publish_newest(self._socket)
                self._workshop.pass_on(self._socket)
                self._refusals.keep()
                if self._gate.revoked.is_set():
                    self._renew()
        self._say_ends(Path(self._spec.end_file).read_bytes())
        self._socket.close()
        self._gate.close()
        self._refusals.keep(at_last=True)
        self._wakes.close()
        self._context.term()

    def _renew(self) -> None:
        """Let everybody come in again; of those who do not, nobody says that they have left."""
        self._socket = self._gate.renew(self._socket, self._make_socket)
        for lane in self._lanes:
            lane.forget_subscribers()
        self._workshop.forget_subscribers()

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
            self._wakes.drain()
            return
        poller.register(self._wakes.socket, zmq.POLLIN)
        later_s = min((pause_s for pause_s in pauses_s if pause_s > 0), default=HEARTBEAT_MS / 1e3)
        if self._wakes.socket in dict(poller.poll(math.ceil(1e3 * later_s))):
            self._wakes.clear()

    def _note_subscription(self) -> None:
        with contextlib.suppress(zmq.Again):
            for _ in range(MOST_REQUESTS):
                request = self._socket.recv(zmq.NOBLOCK)
                if request[:1] not in (JOIN, LEAVE):  # what begins so ZeroMQ itself has checked
                    self._gate.strangers.refuse(MALFORMED)
                    continue
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
