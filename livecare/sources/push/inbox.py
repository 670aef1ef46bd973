"""The only module that knows the socket that messages come in by, and who is connected to it."""

import contextlib
import math
import socket
import threading
import time
from dataclasses import dataclass
from typing import Final

import zmq
from zmq.utils.monitor import recv_monitor_message

from livecare.errors import UsageError
from livecare.keys import Role, Security
from livecare.link.connections import stop_watching
from livecare.link.gate import Gate
from livecare.link.sockets import limit
from livecare.link.strangers import UNKNOWN_KEY, WATCHED, Strangers
from livecare.wire import MAX_FRAME_BYTES

KEPT_PARTS: Final = 3
"""Parts of a message that are kept: one more than the longest has, to see that it has too many."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it came.

    Attributes
    ----------
    parts : list of memoryview
        Its first `KEPT_PARTS` parts; none where its sender may not push any more.
    connection : int or None
        Number of the connection that it came by; None if that is closed.
    waited_for : bool
        True if nothing else was there when it was asked for.
    """

    parts: list[memoryview]
    connection: int | None
    waited_for: bool


class Inbox:
    """Receives messages of several parts from any number of senders; used by one thread.

    Parameters
    ----------
    endpoint : str
        Where to listen.
    buffer_frames : int
        Messages of each sender that wait here.
    security : Security or None
        Keys, of which those of operators may send; None for this machine only, without keys.

    Attributes
    ----------
    endpoint : str
        Where it listens, with the port that it really has.

    Raises
    ------
    UsageError
        If the endpoint cannot be had, or is open to other machines without keys.
    """

    def __init__(self, endpoint: str, buffer_frames: int, security: Security | None = None) -> None:
        self._bell = Bell()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._gate = Gate(self._context, "push", Role.CONTROL, security, watched=False)
        self._socket = self._context.socket(zmq.PULL)
        self._socket.setsockopt(zmq.LINGER, 0)
        limit(self._socket, MAX_FRAME_BYTES, buffer_frames)
        self._monitor = self._socket.get_monitor_socket(WATCHED)
        try:
            self.endpoint = self._gate.bind(self._socket, endpoint)
        except (zmq.ZMQError, UsageError) as error:
            self.close()
            raise UsageError(
                f"push source: cannot listen at {endpoint}: {error}; if another livecare has this "
                "port, set endpoint to another one, here and in the sender"
            ) from error
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._bell.ear, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)
        self._numbers: dict[int, int] = {}
        self._accepted = 0

    @property
    def strangers(self) -> Strangers:
        """Who was not let in."""
        return self._gate.strangers

    @property
    def connected(self) -> frozenset[int]:
        """Numbers of the connections that stand."""
        self._note_connections()
        return frozenset(self._numbers.values())

    def receive(self, timeout_s: float | None) -> Mail | None:
        """Take the next message; None if none came in time or `wake` was called.

        Parameters
        ----------
        timeout_s : float or None
            Longest wait, seconds; None for no limit.
        """
        first = self._part()
        waited_for = first is None
        if first is None and timeout_s != 0:
            first = self._await_part(timeout_s)
        if first is None:
            return None
        self._note_connections()
        connection = self._numbers.get(_descriptor_of(first))
        parts = [first.buffer]
        while self._socket.rcvmore:
            part = self._socket.recv(zmq.NOBLOCK, copy=False)
            if len(parts) < KEPT_PARTS:
                parts.append(part.buffer)
        if not self._gate.admits(first):  # its key was struck off while it was connected
            self.strangers.refuse(UNKNOWN_KEY)
            parts = []
        return Mail(parts, connection, waited_for)

    def wake(self) -> None:
        """Let `receive` come back at once, now and from then on; any thread may call."""
        self._bell.ring()

    def close(self) -> None:
        """Close the socket; what waits in it is dropped."""
        if self._socket.closed:
            return
        stop_watching(self._socket, self._monitor)
        self._socket.close()
        self._gate.close()
        self._context.term()
        self._bell.close()

    def _await_part(self, timeout_s: float | None) -> zmq.Frame | None:
        """Wait for a message, and note meanwhile who comes and goes."""
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left_s = None if until_s is None else max(0.0, until_s - time.monotonic())
            happened = dict(self._poller.poll(None if left_s is None else math.ceil(left_s * 1e3)))
            part = self._part()
            if part is not None or list(happened) != [self._monitor]:
                return part
            self._note_connections()

    def _part(self) -> zmq.Frame | None:
        try:
            return self._socket.recv(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None

    def _note_connections(self) -> None:
        """Number the connections in the order of their beginning: descriptors are used again."""
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)
            self.strangers.note(dict(event))
            if event["event"] == zmq.EVENT_ACCEPTED:
                self._accepted += 1
                self._numbers[int(event["value"])] = self._accepted
            elif event["event"] == zmq.EVENT_DISCONNECTED:
                self._numbers.pop(int(event["value"]), None)


def _descriptor_of(part: zmq.Frame) -> int:
    """Return the descriptor that a message came by; -1 where ZeroMQ keeps none.

    So it is with whoever speaks no protocol later than its first one, be it by chance: a few stray
    bytes may be a message of that.
    """
    try:
        return int(part.get(zmq.SRCFD))
    except zmq.ZMQError:
        return -1


class Bell:
    """Wakes a poller from another thread.

    Attributes
    ----------
    ear : socket.socket
        What the poller waits for; readable from the first ring on.
    """

    def __init__(self) -> None:
        self.ear, self._rope = socket.socketpair()
        self._rope.setblocking(False)  # a bell that was rung often enough is loud already
        self._turn = threading.Lock()

    def ring(self) -> None:
        """Ring; any number of times, also after it was closed."""
        with self._turn, contextlib.suppress(OSError):
            self._rope.send(b"!")

    def close(self) -> None:
        """Take the bell down."""
        with self._turn:
            self.ear.close()
            self._rope.close()
