"""How a running livecare is asked for something: ROUTER/DEALER, JSON, by those who may.

Without keys the socket is bound to loopback; the file that names its port lies in the run's folder,
which only its user may read. With them the gate lets operators in, from anywhere. A request comes
behind an empty part, and before that whatever its asker wants to have back before the answer: REQ
and DEALER sockets may ask.
"""

import queue
import threading
from collections.abc import Callable
from typing import Final

import zmq

from livecare.errors import LivecareError, ProtocolError, UsageError
from livecare.keys import Role, Security
from livecare.link.gate import Gate
from livecare.link.requests import (
    MAX_REQUEST_BYTES,
    Answer,
    OfferRequest,
    RecordRequest,
    Refused,
    ReloadRequest,
    RelockRequest,
    Request,
    SwapRequest,
    decode_request,
    encode,
)
from livecare.link.sockets import HEARTBEAT_MS, LOOPBACK_ANY_PORT, from_here, limit
from livecare.link.strangers import MALFORMED, UNKNOWN_KEY, Strangers

LAST_ANSWER_MS: Final = 1000
"""Longest wait at the end for the last answer to be sent, milliseconds; it takes microseconds."""
MOST_WAITING: Final = 16
"""Slow requests that wait for their turn; more are refused, so that nobody fills the memory."""
SLOW: Final = ((SwapRequest, RelockRequest, ReloadRequest), (RecordRequest,), (OfferRequest,))
"""Requests that may take a while (an engine is built, a frame awaited, packages are read): those of
one group take turns. All others are done at once."""
CROWDED: Final = "too many changes are asked for at once: wait until some are made"
MOST_PARTS: Final = 8
"""Parts of a request, at most: an asker's own address is one or two."""
MOST_UNREAD: Final = 64
"""Requests of one asker that wait to be read, and answers that wait for it; more are dropped."""
MAX_WORDS: Final = 200
"""Longest explanation in the log, characters."""
STRUCK_OFF: Final = "this key is not on the run's lists any more"
ANSWERS: Final = "inproc://answers"
"""Where those who handle slow requests leave their answers for the thread that has the socket."""

Handle = Callable[[Request], Answer]
Refuse = Callable[[Request], str]
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
    security : Security or None
        Keys, of which those of operators may ask; None for this machine only, without keys.
    refuse : callable
        Says why a request is refused that comes from another machine or user, "" where it is not;
        only with keys can that be told.

    Attributes
    ----------
    endpoint : str
        Where to ask, on this machine.

    Raises
    ------
    UsageError
        If the endpoint is taken, or open to other machines without keys.
    """

    def __init__(
        self,
        handle: Handle,
        endpoint: str = LOOPBACK_ANY_PORT,
        security: Security | None = None,
        refuse: Refuse = lambda _: "",
    ) -> None:
        self._handle, self._refuse = handle, refuse
        self._context: Context = zmq.Context()
        self._answers = self._context.socket(zmq.PULL)
        self._answers.bind(ANSWERS)
        self._gate = Gate(self._context, "control", Role.CONTROL, security)
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, LAST_ANSWER_MS)
        self._socket.setsockopt(zmq.SNDHWM, MOST_UNREAD)
        limit(self._socket, MAX_REQUEST_BYTES, MOST_UNREAD)
        try:
            self.endpoint = from_here(self._gate.bind(self._socket, endpoint))
        except (zmq.ZMQError, UsageError) as error:
            self._socket.close(0)
            self._gate.close()
            self._context.destroy(0)
            raise UsageError(
                f"cannot be asked at {endpoint}: {error}; set publish.control to another port"
            ) from error
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
        self._gate.close()
        self._context.term()

    @property
    def strangers(self) -> Strangers:
        """Who was not let in, and what was no request."""
        return self._gate.strangers

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
                if self._over.is_set() and self._socket in poller:  # what waits there is dropped
                    poller.unregister(self._socket)
                elif self._socket in happened:
                    self._take()

    def _take(self) -> None:
        """Take a request: answer it, or leave it to those who have the time."""
        try:  # what is no message to a socket may wake its poll all the same
            message = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return
        parts = [part.bytes for part in message[: MOST_PARTS + 1]]
        if b"" not in parts[1:] or len(parts) > MOST_PARTS:
            self.strangers.refuse(MALFORMED, parts=len(message))
            return  # there is no place in it for an answer
        begin = parts.index(b"", 1) + 1
        address = parts[:begin]
        answer = self._answer(address, b"".join(parts[begin:]), self._gate.role_of(message[-1]))
        if answer is not None:
            self._socket.send_multipart([*address, encode(answer)])

    def _answer(self, address: Address, encoded: bytes, role: Role | None) -> Answer | None:
        """Return the answer to a request; None where it comes later."""
        if role is None or role < Role.CONTROL:
            self.strangers.refuse(UNKNOWN_KEY)
            return Refused(STRUCK_OFF)
        try:
            request = decode_request(encoded)
        except ProtocolError as error:
            self.strangers.refuse(MALFORMED, what=str(error)[:MAX_WORDS])
            return Refused(str(error))
        if role is not Role.LOCAL and (reason := self._refuse(request)):
            return Refused(reason)
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
