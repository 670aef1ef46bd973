"""Knows who is connected to a socket, by what its monitor says, and ends a connection too many."""

import contextlib
import socket
from dataclasses import dataclass
from typing import Final

import zmq

MOST_CONNECTIONS: Final = 128
"""Connections that a socket has at a time, with those that have not said who they are; one more is
ended at once. A viewer makes one with each socket, and a facility has tens of viewers. A process
has three such sockets at most, and 1024 open files on most systems: its shards must have the rest.
"""

UNKNOWN: Final = "unknown"
"""The address of one who was gone before it was asked for."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a connection.

    Attributes
    ----------
    address : str
        HOST:PORT, or `UNKNOWN`.
    stays : bool
        False for one too many, which was ended.
    """

    address: str
    stays: bool


class Connections:
    """The connections of a socket that is bound; for the thread that reads its monitor."""

    def __init__(self) -> None:
        self._peers: dict[int, Peer] = {}

    def begin(self, descriptor: int, bound: str) -> Peer:
        """Take note of a connection, and end it if it is one too many.

        Parameters
        ----------
        descriptor : int
            As the monitor says it; the connection may be closed by now, and the number another's.
        bound : str
            This end of it, tcp://HOST:PORT.
        """
        address, stays = UNKNOWN, len(self._peers) < MOST_CONNECTIONS
        with contextlib.suppress(OSError), _held(descriptor) as connection:
            if connection.family in (socket.AF_INET, socket.AF_INET6):
                host, port, *_ = connection.getpeername()
                address = f"{host}:{port}"
                if not stays and bound.endswith(f":{connection.getsockname()[1]}"):
                    connection.shutdown(socket.SHUT_RDWR)  # ZeroMQ sees its end, and closes it
        peer = self._peers[descriptor] = Peer(address, stays)
        return peer

    def end(self, descriptor: int) -> Peer:
        """Take note that a connection is closed; return who it was."""
        return self._peers.pop(descriptor, Peer(UNKNOWN, stays=True))


def stop_watching(watched: "zmq.Socket[bytes]", monitor: "zmq.Socket[bytes]") -> None:
    """Close the monitor of a socket that is open.

    What nobody has read is read first: ZeroMQ's own thread waits for room once some thousand events
    lie there, with the lock that ending the monitor waits for, and Python's with it (measured).
    """
    with contextlib.suppress(zmq.Again):
        while True:
            monitor.recv_multipart(zmq.NOBLOCK)
    watched.disable_monitor()
    monitor.close(0)


def _held(descriptor: int) -> socket.socket:
    """Hold a connection by a descriptor of our own: ZeroMQ may close its own at any moment.

    Raises
    ------
    OSError
        If it has been closed, and the number is none or no socket's.
    """
    own = socket.dup(descriptor)
    try:
        return socket.socket(fileno=own)
    except OSError:
        socket.close(own)
        raise
