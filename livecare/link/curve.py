"""The other side of a gate: how a client proves who it is, and hears that it was refused.

A refusal says nothing by itself: the connection is closed, and that is all. Only the socket's
monitor tells; and ZeroMQ gives up for good, so that it is tried again here.
"""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import zmq
from zmq.utils.monitor import recv_monitor_message

from livecare.errors import UsageError
from livecare.keys import KeyPair, read_pair, read_public
from livecare.link.connections import stop_watching
from livecare.link.sockets import speak_ipv6

LONGEST_PAUSE_MS: Final = 2000
"""Longest pause between two tries to connect, milliseconds: one who is refused does not knock ten
times a second."""
FIRST_PAUSE_MS: Final = 100
AGAIN_S: Final = 2.0
"""Time until one who was refused tries again, seconds: somebody may put the key on a list."""
UNCERTAIN: Final = 3
"""Connections in a row that were closed in the middle of a handshake, and nothing said why: one may
be a run that ends, so many are a wrong key."""

FAILED: Final = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
)
HEARD: Final = FAILED | zmq.EVENT_HANDSHAKE_SUCCEEDED
GONE: Final = zmq.EVENT_DISCONNECTED | zmq.EVENT_CONNECT_RETRIED
"""What happens to a connection when nobody is at its other end, or nobody any more."""


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """What a client proves itself with.

    Attributes
    ----------
    own : KeyPair
        Its own.
    server : bytes
        Public key of the run: nobody else can pretend to be it.
    """

    own: KeyPair
    server: bytes

    @classmethod
    def read(cls, key: Path | str, server_key: Path | str) -> Self:
        """Read them from files. Raises UsageError."""
        return cls(read_pair(Path(key)), read_public(Path(server_key)))


class KeyedEndpoint(str):
    """An endpoint, and the keys that go with it; compares as the text that it is.

    Attributes
    ----------
    keys : ClientKeys or None
        None where none are needed.
    """

    __slots__ = ("keys",)
    keys: ClientKeys | None

    def __new__(cls, endpoint: str, keys: ClientKeys | None = None) -> Self:
        """Join the two."""
        joined = super().__new__(cls, endpoint)
        joined.keys = keys
        return joined


def with_keys(
    endpoint: str, key: str | Path | None, server_key: str | Path | None
) -> KeyedEndpoint:
    """Join an endpoint with the keys in two files; an endpoint that has keys keeps them.

    Parameters
    ----------
    endpoint : str
        Where.
    key : path or None
        File of the client's own secret key.
    server_key : path or None
        File of the run's public key.

    Raises
    ------
    UsageError
        If only one is given, or a file holds no key.
    """
    if key is None and server_key is None:
        return KeyedEndpoint(endpoint, keys_of(endpoint))
    if key is None or server_key is None:
        missing = (
            "key (your own secret key)" if key is None else "server_key (the run's public key)"
        )
        raise UsageError(f"keys go in pairs: give {missing}, too")
    return KeyedEndpoint(endpoint, ClientKeys.read(key, server_key))


def keys_of(endpoint: str) -> ClientKeys | None:
    """Return the keys that go with an endpoint."""
    return endpoint.keys if isinstance(endpoint, KeyedEndpoint) else None


def prove(socket: "zmq.Socket[bytes]", endpoint: str) -> None:
    """Have a socket, not connected yet, prove who it is with the keys of an endpoint, if any."""
    keys = keys_of(endpoint)
    speak_ipv6(socket, endpoint)
    if keys is not None:
        socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.own.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, keys.own.secret)
        socket.setsockopt(zmq.CURVE_SERVERKEY, keys.server)
        socket.setsockopt(zmq.RECONNECT_IVL, FIRST_PAUSE_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, LONGEST_PAUSE_MS)


class Handshakes:
    """Hears how a client's handshakes end; used by the thread that has its socket.

    Parameters
    ----------
    socket : zmq.Socket
        Not connected yet.
    endpoint : str
        Where it is going to connect, with its keys.
    also : int
        Further events that are of interest: `GONE`, or none.
    again : bool
        Whether to try again after a refusal, as often as somebody looks here.

    Attributes
    ----------
    ears : zmq.Socket
        For a poller.
    gone : bool
        Whether one of the further events has happened.
    worked : bool
        Whether a handshake has ever succeeded.
    """

    def __init__(
        self, socket: "zmq.Socket[bytes]", endpoint: str, also: int = 0, *, again: bool = True
    ) -> None:
        self._again = again
        self._refused_s: float | None = None
        self._socket, self._endpoint = socket, endpoint
        self.ears = socket.get_monitor_socket(HEARD | also)
        self.gone = self.worked = False
        self._refusal = ""
        self._uncertain = 0

    @property
    def refusal(self) -> str:
        """Why the other side does not let this client in, for people; "" as long as it may."""
        self.hear()
        return self._refusal

    def hear(self) -> None:
        """Take note of what has happened since; nothing does once the socket is closed."""
        if self._socket.closed:
            return
        while self.ears.poll(0):
            self._note(dict(recv_monitor_message(self.ears)))
        refused_s = self._refused_s
        if self._again and refused_s is not None and time.monotonic() - refused_s > AGAIN_S:
            self._refused_s = None
            with contextlib.suppress(zmq.ZMQError):
                self._socket.disconnect(self._endpoint)
            self._socket.connect(self._endpoint)

    def forget(self) -> None:
        """Forget a refusal that somebody was told of; the next one is told again."""
        self._refusal, self._uncertain = "", 0

    def close(self) -> None:
        """Stop listening; to be called before the socket is closed."""
        if not self._socket.closed:
            stop_watching(self._socket, self.ears)
        self.ears.close(0)

    def _note(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self.worked, self._refused_s = True, None
            self.forget()
        elif kind == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            self._uncertain += 1
            if self._uncertain >= UNCERTAIN:
                self._refusal = self._refusal or closed_early(self._endpoint)
        elif kind & FAILED:
            self._refusal = _words(self._endpoint, event)
            self._refused_s = time.monotonic()
        elif kind & GONE:
            self.gone = True


def closed_early(endpoint: str) -> str:
    """Say what it may mean that a connection was closed in the middle of its handshake."""
    if keys_of(endpoint) is None:
        return (
            f"the run at {endpoint} ends the connection at once: it may want a key{_CURE}, or has "
            "as many connections as it takes"
        )
    return (
        f"the run at {endpoint} ends the connection while keys are exchanged: is the server key "
        "the public key of that run? Or it has as many connections as it takes"
    )


_CURE: Final = " (--key and --server-key, or key= and server_key= in Python; docs/security.md)"


def _words(endpoint: str, event: dict[str, Any]) -> str:
    """Say why a handshake has failed."""
    if event["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
        return (
            f"the run at {endpoint} refused this key: it is on none of its lists, or may only read "
            "where control is asked for. Have its .key file put into the run's [security] folder"
        )
    mismatch = int(event["value"]) == int(zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
    if mismatch and keys_of(endpoint) is None:
        return f"the run at {endpoint} wants a key{_CURE}"
    if mismatch:
        return f"what answers at {endpoint} has no keys: leave --key and --server-key out"
    return f"what answers at {endpoint} is no livecare, or not the run of this server key"
