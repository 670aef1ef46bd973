"""How a running livecare is asked for something: ROUTER/DEALER, JSON, this machine only.

The socket is bound to loopback; the file that names its port lies in the run's folder, which only
its user may read. A request comes behind an empty part, and before that whatever its asker wants to
have back before the answer: REQ and DEALER sockets may ask.
"""

import queue
import threading
from collections.abc import Callable
from typing import Final

import zmq

from livecare.errors import LivecareError, ProtocolError, UsageError
from livecare.link.asking import Asker, ask
from livecare.link.requests import (
    MAX_REQUEST_BYTES,
    Answer,
    Done,
    MarkRequest,
    Offer,
    OfferRequest,
    RecordRequest,
    Refused,
    RelockRequest,
    Request,
    SwapRequest,
    decode_request,
    encode,
)
from livecare.link.sockets import HEARTBEAT_MS, LOOPBACK_ANY_PORT

__all__ = [
    "MAX_REQUEST_BYTES",
    "Answer",
    "Asker",
    "ControlServer",
    "Done",
    "MarkRequest",
    "Offer",
    "OfferRequest",
    "RecordRequest",
    "Refused",
    "RelockRequest",
    "Request",
    "SwapRequest",
    "ask",
]

LAST_ANSWER_MS: Final = 1000
"""Longest wait at the end for the last answer to be sent, milliseconds; it takes microseconds."""
MOST_WAITING: Final = 16
"""Slow requests that wait for their turn; more are refused, so that nobody fills the memory."""
SLOW: Final = ((SwapRequest, RelockRequest), (RecordRequest,), (OfferRequest,))
"""Requests that may take a while (an engine is built, a frame awaited, packages are read): those of
one group take turns. All others are done at once."""
CROWDED: Final = "too many changes are asked for at once: wait until some are made"
ANSWERS: Final = "inproc://answers"
"""Where those who handle slow requests leave their answers for the thread that has the socket."""

Handle = Callable[[Request], Answer]
Address = list[bytes]
"""The parts of a request up to the empty one: the way back to its asker."""
Context = zmq.Context[zmq.Socket[bytes]]
THE_END: Final = b"the end"
"""What comes instead of an answer from one who handles no more requests."""


class ControlServer:
    """Answers requests: slow ones in turn, quick ones at once, whatever is under way.

    Parameters
    ----------
    handle : callable
        Does what a request asks and returns the answer. One thread calls it with the requests of
        each group of `SLOW`, and one with all others.

    endpoint : str
        Where to listen.

    Attributes
    ----------
    endpoint : str
        Where to ask.

    Raises
    ------
    UsageError
        If the endpoint is taken.
    """

    def __init__(self, handle: Handle, endpoint: str = LOOPBACK_ANY_PORT) -> None:
        self._handle = handle
        self._context: Context = zmq.Context()
        self._answers = self._context.socket(zmq.PULL)
        self._answers.bind(ANSWERS)
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, LAST_ANSWER_MS)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_REQUEST_BYTES)
        try:
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            self._context.destroy(0)
            raise UsageError(
                f"cannot be asked at {endpoint}: {error}; set publish.control to another port"
            ) from error
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._over = threading.Event()
        self._turns = {kinds: _Turns(self._context, handle, self._over) for kinds in SLOW}
        self._thread = threading.Thread(target=self._serve, name="livecare-control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer what is being handled, then end: whoever waits behind it sees the end."""
        self._over.set()
        for turns in self._turns.values():
            turns.close()
        self._thread.join()
        self._context.term()

    def _serve(self) -> None:
        """Pass requests in and answers out, until those who handle the slow ones have ended."""
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._answers, zmq.POLLIN)
        at_work = len(self._turns)
        with self._answers, self._socket:
            while at_work:
                happened = dict(poller.poll(HEARTBEAT_MS))
                if self._answers in happened:
                    parts = self._answers.recv_multipart()
                    if parts == [THE_END]:
                        at_work -= 1
                    else:
                        self._socket.send_multipart(parts)
                if self._socket in happened and not self._over.is_set():
                    self._take()

    def _take(self) -> None:
        """Take a request: answer it, or leave it to those who have the time."""
        try:  # what is no message to a socket may wake its poll all the same
            parts = self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return
        if b"" not in parts[1:]:
            return  # no request: there is no place in it for an answer
        begin = parts.index(b"", 1) + 1
        address = parts[:begin]
        answer = self._answer(address, b"".join(parts[begin:]))
        if answer is not None:
            self._socket.send_multipart([*address, encode(answer)])

    def _answer(self, address: Address, encoded: bytes) -> Answer | None:
        """Return the answer to a request; None where it comes later."""
        try:
            request = decode_request(encoded)
        except ProtocolError as error:
            return Refused(str(error))
        for kinds, turns in self._turns.items():
            if isinstance(request, kinds):
                return None if turns.take(address, request) else Refused(CROWDED)
        return _handled(self._handle, request)


class _Turns:
    """Handles requests one after the other, in a thread of its own."""

    def __init__(self, context: Context, handle: Handle, over: threading.Event) -> None:
        self._context, self._handle, self._over = context, handle, over
        self._waiting: queue.SimpleQueue[tuple[Address, Request] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="livecare-request", daemon=True)
        self._thread.start()

    def take(self, address: Address, request: Request) -> bool:
        """Let a request wait for its turn; False where too many wait."""
        if self._waiting.qsize() >= MOST_WAITING:
            return False
        self._waiting.put((address, request))
        return True

    def close(self) -> None:
        """Wait for the request that is being handled; those behind it are dropped."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        with self._context.socket(zmq.PUSH) as answers:
            answers.setsockopt(zmq.SNDTIMEO, LAST_ANSWER_MS)
            answers.connect(ANSWERS)
            try:
                while not self._over.is_set() and (asked := self._waiting.get()) is not None:
                    address, request = asked
                    if not self._over.is_set():
                        answer = _handled(self._handle, request)
                        answers.send_multipart([*address, encode(answer)])
            finally:
                answers.send(THE_END)


def _handled(handle: Handle, request: Request) -> Answer:
    try:
        return handle(request)
    except (LivecareError, OSError, zmq.ZMQError) as error:  # the run ends, or cannot do it
        return Refused(str(error))
