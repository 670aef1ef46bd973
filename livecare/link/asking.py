"""Knows how a running livecare is asked: by someone who waits, or by a window that must not."""

import time
from typing import Final, Self

import zmq

from livecare.errors import ProtocolError, UsageError
from livecare.link.curve import GONE, Handshakes, prove
from livecare.link.requests import Answer, Refused, Request, decode_answer, encode
from livecare.link.sockets import can_be_reached, limit

NEVER_AGAIN_MS: Final = 24 * 60 * 60 * 1000
"""Time until a lost connection is made anew, milliseconds: never, in effect. What was asked of a
run that has ended must not reach another one that got the same port."""
ANSWER_PARTS: Final = 3
"""Parts of an answer: the number of its request, nothing, and the answer."""
MAX_ANSWER_BYTES: Final = 1 << 20
"""Longest accepted answer, bytes: one that lists a thousand models has less."""


class Asker:
    """Asks a run without ever waiting for it; used by one thread.

    A run that is stopped in its tracks has not answered yet: nothing is said of it. One that has
    ended refuses all that is still to be answered. What is asked afterwards is a new try.

    Parameters
    ----------
    endpoint : str
        Where the run listens; a `KeyedEndpoint` where it wants keys.

    Raises
    ------
    UsageError
        If that is no endpoint.
    """

    def __init__(self, endpoint: str) -> None:
        _check(endpoint)
        self._endpoint = endpoint
        self._connection: _Connection | None = None
        self._waiting: dict[int, Request] = {}
        self._answered: list[tuple[Request, Answer]] = []
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, request: Request) -> None:
        """Ask; several requests may be under way."""
        if self._connection is None:
            self._connection = _Connection(self._endpoint)
        if self._connection.send(self._sent, encode(request)):
            self._waiting[self._sent] = request
            self._sent += 1
        else:
            self._answered.append((request, Refused("too much is asked at once: wait for answers")))

    def poll(self) -> list[tuple[Request, Answer]]:
        """Return what has been answered since the last look, with what was asked."""
        if self._connection is not None:
            self._take(self._connection)
        answered, self._answered = self._answered, []
        return answered

    def close(self) -> None:
        """Let go of the connection; what is not answered never will be. Twice does no harm."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._waiting.clear()

    def _take(self, connection: "_Connection") -> None:
        ended = connection.ended  # looked at first: what came before the end counts
        while (received := connection.receive()) is not None:
            number, encoded = received
            if (request := self._waiting.pop(number, None)) is None:
                continue
            try:
                answer = decode_answer(encoded)
            except ProtocolError as error:
                answer = Refused(_no_livecare(self._endpoint, error))
            self._answered.append((request, answer))
        if ended:
            reason = Refused(connection.why)
            self._answered += [(request, reason) for request in self._waiting.values()]
            self.close()


def ask(endpoint: str, request: Request, timeout_s: float) -> Answer:
    """Ask a running livecare for something and wait for its answer.

    Parameters
    ----------
    endpoint : str
        Where it listens; a `KeyedEndpoint` where it wants keys.
    request : Request
        What for.
    timeout_s : float
        How long to wait at most, seconds.

    Raises
    ------
    UsageError
        If nothing answers in time, or the run ends before it has answered, or does not let this
        client in, or that is no endpoint.
    ProtocolError
        If what answers is no livecare.
    """
    _check(endpoint)
    deadline = time.monotonic() + timeout_s
    connection = _Connection(endpoint)
    try:
        connection.send(0, encode(request))
        while True:
            left_s = deadline - time.monotonic()
            ended = connection.wait(max(0.0, left_s))
            if (received := connection.receive()) is not None:
                return decode_answer(received[1])
            if ended:
                raise UsageError(connection.why)
            if left_s <= 0:
                raise UsageError(
                    f"the run at {endpoint} did not answer within {timeout_s:.0f} s: look at its "
                    "log"
                )
    except ProtocolError as error:
        raise ProtocolError(_no_livecare(endpoint, error)) from error
    finally:
        connection.close()


def _check(endpoint: str) -> None:
    if not can_be_reached(endpoint):
        raise UsageError(
            f"{endpoint!r} is no endpoint: give the run's publish.control as it is reached from "
            "here, tcp://HOST:PORT"
        )


def _no_livecare(endpoint: str, error: ProtocolError) -> str:
    return f"what answers at {endpoint} is no livecare: {error}"


class _Connection:
    """A way to one run, of which it is known when it is lost."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        limit(self._socket, MAX_ANSWER_BYTES)
        prove(self._socket, endpoint)
        self._socket.setsockopt(zmq.RECONNECT_IVL, NEVER_AGAIN_MS)
        self._socket.setsockopt(zmq.RECONNECT_IVL_MAX, 0)
        self._socket.setsockopt(zmq.HANDSHAKE_IVL, 0)  # none: a run that is stopped goes on later
        self._handshakes = Handshakes(self._socket, endpoint, GONE, again=False)
        self._socket.connect(endpoint)

    @property
    def ended(self) -> bool:
        """Whether nobody is at its other end any more, or never was, or it lets nobody in."""
        self._handshakes.hear()
        return self._handshakes.gone

    @property
    def why(self) -> str:
        """Why it has ended, for people."""
        if refusal := self._handshakes.refusal:
            return refusal
        ended = f"the run at {self._endpoint} ended before it answered"
        if self._handshakes.worked:
            return f"{ended}: look at its log"
        return (
            f"{ended}, or none is there: is this its publish.control? Where it has keys, give the "
            "right ones (docs/security.md)"
        )

    def send(self, number: int, encoded: bytes) -> bool:
        """Send a request under a number; False where too many wait to be sent."""
        try:
            self._socket.send_multipart([b"%d" % number, b"", encoded], zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def receive(self) -> tuple[int, bytes] | None:
        """Return the next answer and its number, None where none has come; never waits."""
        while True:
            try:
                parts = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return None
            if len(parts) == ANSWER_PARTS and parts[0].isdigit() and not parts[1]:
                return int(parts[0]), parts[2]

    def wait(self, timeout_s: float) -> bool:
        """Wait until something has happened; tell whether it has `ended`."""
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._handshakes.ears, zmq.POLLIN)
        poller.poll(int(timeout_s * 1e3))
        return self.ended

    def close(self) -> None:
        """Close it; what is not sent is forgotten."""
        self._handshakes.close()
        self._context.destroy(0)
