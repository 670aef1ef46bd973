"""The only module that knows the socket that frames leave a program by."""

from collections.abc import Sequence
from typing import Any, Final

import zmq

from livecare.errors import UsageError
from livecare.link.curve import Handshakes, prove

DEFAULT_ENDPOINT: Final = "tcp://127.0.0.1:5764"
"""Where livecare listens unless told otherwise; the same as in `livecare.sources.push`."""

SLICE_MS: Final = 500
"""Longest wait in one piece where there is no limit, milliseconds: then it is looked whether
livecare lets this client in at all."""


class Outlet:
    """A queue of messages on their way to livecare, whether or not it is there yet.

    Parameters
    ----------
    endpoint : str
        Where livecare listens; a `KeyedEndpoint` where it wants keys.
    queue_frames : int
        Length of the queue, messages.
    wait_s : float or None
        Longest wait for room, seconds; 0 for none, None for no limit.
    linger_s : float
        Longest wait at the end for the queue to empty, seconds.

    Raises
    ------
    zmq.ZMQError
        If the endpoint is none.
    """

    def __init__(
        self, endpoint: str, queue_frames: int, wait_s: float | None, linger_s: float
    ) -> None:
        self._linger_ms = round(linger_s * 1000)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.setsockopt(zmq.SNDHWM, queue_frames)
        self._socket.setsockopt(zmq.LINGER, self._linger_ms)
        self._unlimited = wait_s is None
        self._socket.setsockopt(zmq.SNDTIMEO, SLICE_MS if wait_s is None else round(wait_s * 1000))
        prove(self._socket, endpoint)
        self._handshakes = Handshakes(self._socket, endpoint)
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError:
            self.close()
            raise

    @property
    def closed(self) -> bool:
        """True once it was closed."""
        return self._socket.closed

    @property
    def refusal(self) -> str:
        """Why livecare does not let this client in, for people; "" as long as it may."""
        return self._handshakes.refusal

    def check(self) -> None:
        """Raise UsageError where livecare has refused this client and never let it in before."""
        if (refusal := self.refusal) and not self._handshakes.worked:
            raise UsageError(f"pusher: {refusal}")

    def queue(self, parts: Sequence[Any], *, wait: bool = True, copy: bool = True) -> bool:
        """Queue a message; False if there was no room in time. Raises UsageError as `check`.

        Parameters
        ----------
        parts : sequence of bytes or arrays
            The message.
        wait : bool
            Wait for room as long as this outlet may.
        copy : bool
            False where nobody will write to the parts any more.
        """
        while True:
            try:
                self._socket.send_multipart(parts, 0 if wait else zmq.NOBLOCK, copy=copy)
            except zmq.Again:
                if not (wait and self._unlimited):
                    return False
            else:
                return True
            self.check()

    def be_patient(self) -> None:
        """Wait for room as long as for the queue to empty: for the last words."""
        self._unlimited = False
        self._socket.setsockopt(zmq.SNDTIMEO, self._linger_ms)

    def close(self) -> None:
        """Wait for the queue to empty, within bounds, and close."""
        self._handshakes.close()
        self._socket.close(self._linger_ms)
        self._context.term()
