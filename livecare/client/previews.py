"""Knows the socket that a run's previews come through, and how to wait at it."""

import time
from typing import Final

import zmq

from livecare import wire
from livecare.errors import UsageError
from livecare.frame import Frame
from livecare.link.curve import Handshakes, prove
from livecare.link.sockets import limit
from livecare.wire import Message

QUEUED_FRAMES: Final = 32
"""Frames that may wait in this process, per subscription: 256 MB of 2048 × 2048 pixels. What comes
while it is full is missed, and counted."""

SLICE_MS: Final = 200
"""Longest wait in one piece, milliseconds: on Windows a Ctrl-C is noticed only after it."""

KEEPALIVE_PROBES: Final = 3
"""Unanswered questions after which a connection is taken for dead."""

ASK_AGAIN_S: Final = 0.5
"""Time between two questions for the description of a run that is not known, seconds."""


class Previews:
    """A SUB socket at a run's preview; for one thread.

    Parameters
    ----------
    endpoint : str
        Where; a `KeyedEndpoint` where keys are wanted.
    topics : tuple of str
        What to subscribe to.
    queued_frames : int
        Frames that may wait in this process, of all topics together.
    keepalive_s : int or None
        Silence, seconds, after which the system asks whether the other side is still there, and
        connects anew if it does not say so three times: a network may go away unseen. (ZeroMQ's
        own heartbeats abort the process where they meet a full queue, up to libzmq 4.3.5.)

    Raises
    ------
    UsageError
        If the endpoint cannot be.
    """

    def __init__(
        self,
        endpoint: str,
        topics: tuple[str, ...],
        queued_frames: int = QUEUED_FRAMES,
        keepalive_s: int | None = None,
    ) -> None:
        self._topics = topics
        self._asked = 0.0
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        limit(self._socket, wire.MAX_FRAME_BYTES, queued_frames)
        prove(self._socket, endpoint)
        self._handshakes = Handshakes(self._socket, endpoint)
        if keepalive_s is not None:
            self._socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
            self._socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, keepalive_s)
            self._socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, keepalive_s)
            self._socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, KEEPALIVE_PROBES)
        self.ask_for_start()
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise UsageError(
                f"cannot subscribe to {endpoint!r}: {error}; give tcp://127.0.0.1:PORT"
            ) from error

    def ask_for_start(self) -> None:
        """Subscribe, also once more: each subscription is answered with a start message."""
        if time.monotonic() - self._asked > ASK_AGAIN_S:
            self._asked = time.monotonic()
            for topic in self._topics:
                self._socket.setsockopt(zmq.SUBSCRIBE, topic.encode())

    @property
    def refusal(self) -> str:
        """Why the run does not let this client in, for people; "" as long as it may."""
        return self._handshakes.refusal

    def wait(self, deadline: float | None) -> bool:
        """Wait until a message is there; False once the deadline (monotonic, seconds) has passed.

        None waits for ever.

        Raises
        ------
        UsageError
            If the run does not let this client in; waiting again tries again.
        """
        while True:
            left_ms = SLICE_MS if deadline is None else 1e3 * (deadline - time.monotonic())
            if self._socket.poll(max(0, min(SLICE_MS, round(left_ms)))):
                return True
            if refusal := self.refusal:
                self._handshakes.forget()
                raise UsageError(refusal)
            if left_ms <= 0:
                return False

    @property
    def waiting(self) -> bool:
        """True if a message is there."""
        return bool(self._socket.poll(0))

    def read(self) -> tuple[str, Message, Frame | None]:
        """Read the message that is there; a frame's pixels are its own bytes, not copied.

        Returns
        -------
        topic : str
        message : Message
        frame : Frame or None

        Raises
        ------
        ProtocolError
            If it is none of ours.
        """
        topic, parts = self.read_parts()
        message, frame = wire.decode_message(parts)
        return topic, message, frame

    def read_parts(self) -> tuple[str, list[memoryview]]:
        """Read the message that is there as it is: its topic, and what comes after."""
        topic, *parts = self._socket.recv_multipart(copy=False)
        return topic.bytes.decode("ascii", "replace"), [part.buffer for part in parts]

    def close(self) -> None:
        """Let go of the connection; safe to call twice."""
        self._handshakes.close()
        self._socket.close(linger=0)
        self._context.term()
