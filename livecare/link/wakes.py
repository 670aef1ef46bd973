"""Wake-ups, recorder to children: that something changed, and nothing else.

PUB/SUB, conflated: only that something changed matters. A lost wake-up costs at most
`HEARTBEAT_MS`, since every waiter looks at the ring again by then.
"""

from typing import Final

import zmq

from livecare.link.sockets import HEARTBEAT_MS, LOOPBACK_ANY_PORT, SHORT_BYTES, limit

WAKE_HIGH_WATER: Final = 1000
"""Wake-ups queued per listener, which keeps only the last. They are empty; but a queue of one drops
the second of two within a millisecond (measured: up to 81 % of such pairs), and a frame then waits
for the heartbeat."""


class Waker:
    """Announces "something changed" to all children; used by one thread.

    Attributes
    ----------
    endpoint : str
        Where children connect.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]") -> None:
        self._socket = context.socket(zmq.PUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SNDHWM, WAKE_HIGH_WATER)
        limit(self._socket, SHORT_BYTES)
        self._socket.bind(LOOPBACK_ANY_PORT)
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def wake(self) -> None:
        """Wake whoever waits; never blocks."""
        self._socket.send(b"", zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class WakeListener:
    """Waits for a `Waker`'s announcements; used by one thread."""

    def __init__(
        self, context: "zmq.Context[zmq.Socket[bytes]]", endpoints: tuple[str, ...]
    ) -> None:
        self._socket = context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        limit(self._socket, SHORT_BYTES)
        self._socket.setsockopt(zmq.CONFLATE, 1)  # single-part only: multipart breaks silently
        self._socket.setsockopt(zmq.SUBSCRIBE, b"")
        for endpoint in endpoints:
            self._socket.connect(endpoint)

    @property
    def socket(self) -> "zmq.Socket[bytes]":
        """The socket, for a poller that waits for other things too."""
        return self._socket

    def wait(self, timeout_ms: int = HEARTBEAT_MS) -> None:
        """Return when something was announced, or after the time-out."""
        if self._socket.poll(timeout_ms):
            self.clear()

    def clear(self) -> None:
        """Take the announcement that is there."""
        self._socket.recv(zmq.NOBLOCK)

    def drain(self) -> None:
        """Take what is there, if anything; whoever does not wait must call this now and then.

        ZeroMQ remembers every announcement until somebody polls: some 40 bytes for each (measured),
        which in a week of 100 frames a second are gigabytes.
        """
        self.wait(0)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
