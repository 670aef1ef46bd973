"""The only module that knows the socket that messages come in by, and who is connected to it."""

import contextlib
import math
import socket
import threading
from dataclasses import dataclass
from typing import Final

import zmq
from zmq.utils.monitor import recv_monitor_message

from livecare.errors import SourceError
from livecare.wire import MAX_FRAME_BYTES

KEPT_PARTS: Final = 3
"""Parts of a message that are kept: one more than the longest has, to see that it has too many."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it came.

    Attributes
    ----------
    parts : list of memoryview
        Its first `KEPT_PARTS` parts.
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

    Attributes
    ----------
    endpoint : str
        Where it listens, with the port that it really has.

    Raises
    ------
    SourceError
        If the endpoint cannot be had.
    """

    def __init__(self, endpoint: str, buffer_frames: int) -> None:
        self._bell = Bell()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.PULL)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RCVHWM, buffer_frames)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_FRAME_BYTES)
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED)
        try:
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise SourceError(
                f"push source: cannot listen at {endpoint}: {error}; if another livecare has this "
                "port, set endpoint to another one, here and in the sender"
            ) from error
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._bell.ear, zmq.POLLIN)
        self._numbers: dict[int, int] = {}
        self._accepted = 0

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
            self._poller.poll(None if timeout_s is None else math.ceil(timeout_s * 1e3))
            first = self._part()
        if first is None:
            return None
        self._note_connections()
        connection = self._numbers.get(int(first.get(zmq.SRCFD)))
        parts = [first.buffer]
        while self._socket.rcvmore:
            part = self._socket.recv(zmq.NOBLOCK, copy=False)
            if len(parts) < KEPT_PARTS:
                parts.append(part.buffer)
        return Mail(parts, connection, waited_for)

    def wake(self) -> None:
        """Let `receive` come back at once, now and from then on; any thread may call."""
        self._bell.ring()

    def close(self) -> None:
        """Close the socket; what waits in it is dropped."""
        if self._socket.closed:
            return
        self._socket.disable_monitor()
        self._monitor.close(0)
        self._socket.close()
        self._context.term()
        self._bell.close()

    def _part(self) -> zmq.Frame | None:
        try:
            return self._socket.recv(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None

    def _note_connections(self) -> None:
        """Number the connections in the order of their beginning: descriptors are used again."""
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)
            if event["event"] == zmq.EVENT_ACCEPTED:
                self._accepted += 1
                self._numbers[int(event["value"])] = self._accepted
            else:
                self._numbers.pop(int(event["value"]), None)


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
