"""Knows where sockets may be bound, and what every socket that others reach has in common.

Whoever binds or listens goes through here: how long a message may be is set before the first byte
can come, since ZeroMQ takes memory for a message as soon as its length is known.
"""

import contextlib
import ipaddress
import re
from dataclasses import dataclass
from typing import Final

import zmq

HEARTBEAT_MS: Final = 100
"""Longest wait, milliseconds, before a waiter looks for itself: bounds what a lost wake-up costs,
and how late a process notices that it should end."""

LOOPBACK_ANY_PORT: Final = "tcp://127.0.0.1:*"
"""Only this machine, a port that the system picks. (Windows has no ipc://.)"""

SHORT_BYTES: Final = 1024
"""Longest message to a socket that only hears of subscriptions, or only carries wake-ups, bytes.
The handshake must fit, too: it has 300 at most."""

HANDSHAKE_MS: Final = 5000
"""How long a connection may take to say who it is, milliseconds; then it is closed. A slow network
needs tenths of a second, and a script that only connects holds its place no longer."""

WAITING_CONNECTIONS: Final = 64
"""Connections that the system lets wait until they are taken; a viewer makes three."""

MOST_PORT: Final = 65535

_ENDPOINT: Final = re.compile(r"tcp://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._*-]+):(\*|[0-9]{1,5})")
"""What is one address and one port, and nothing that ZeroMQ could read as another."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an endpoint is.

    Attributes
    ----------
    host : str
        Address or name, without brackets; "*" for all of this machine.
    port : int or None
        None where the system picks one.
    """

    host: str
    port: int | None

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it, whatever its names mean to others."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def place_of(endpoint: str) -> Place:
    """Read an endpoint. Raises ValueError where it is not tcp://HOST:PORT."""
    found = _ENDPOINT.fullmatch(endpoint)
    port = None if found is None or found[2] == "*" else int(found[2])
    if found is None or (port is not None and port > MOST_PORT):
        raise ValueError(f"{endpoint!r} is no endpoint: give tcp://HOST:PORT, or * as PORT for any")
    return Place(found[1].strip("[]"), port)


def is_loopback(endpoint: str) -> bool:
    """Tell whether only this machine can connect to an endpoint; False also where it is none."""
    try:
        return place_of(endpoint).is_loopback
    except ValueError:
        return False


def can_be_reached(endpoint: str) -> bool:
    """Tell whether somebody can connect to an endpoint, as far as its words say: one place."""
    try:
        place = place_of(endpoint)
    except ValueError:
        return False
    return place.port is not None and "*" not in place.host


def from_here(endpoint: str) -> str:
    """Return how a socket that is bound at an endpoint is reached from its own machine."""
    everywhere = {"tcp://0.0.0.0:": "tcp://127.0.0.1:", "tcp://[::]:": "tcp://[::1]:"}
    for bound, reached in everywhere.items():
        endpoint = endpoint.replace(bound, reached, 1)
    return endpoint


def limit(socket: "zmq.Socket[bytes]", most_bytes: int, waiting: int | None = None) -> None:
    """Set, before a socket is bound or connected, what it takes from strangers.

    Parameters
    ----------
    socket : zmq.Socket
        Neither bound nor connected yet.
    most_bytes : int
        Longest part of a message; a connection that announces a longer one is closed, and no memory
        is taken for it.
    waiting : int or None
        Messages that may wait, per connection; None for ZeroMQ's 1000.
    """
    socket.setsockopt(zmq.MAXMSGSIZE, most_bytes)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    socket.setsockopt(zmq.BACKLOG, WAITING_CONNECTIONS)
    if waiting is not None:
        socket.setsockopt(zmq.RCVHWM, waiting)


def speak_ipv6(socket: "zmq.Socket[bytes]", endpoint: str) -> None:
    """Let a socket use an address of IPv6, where the endpoint has one."""
    if "[" in endpoint:
        with contextlib.suppress(zmq.ZMQError):  # the system has none: binding says so
            socket.setsockopt(zmq.IPV6, 1)
