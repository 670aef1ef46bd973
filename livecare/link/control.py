"""What a running livecare can be asked to do, and how: REQ/REP, JSON, this machine only.

The socket is bound to loopback; the file that names its port lies in the run's folder, which only
its user may read.
"""

import threading
from collections.abc import Callable
from typing import Final

import msgspec
import zmq

from livecare.errors import LivecareError, ProtocolError, UsageError
from livecare.frame import PrecisionName
from livecare.link.sockets import HEARTBEAT_MS, LOOPBACK_ANY_PORT

MAX_REQUEST_BYTES: Final = 16 * 1024
"""Longest accepted request, bytes: a model's path is short."""
GONE: Final = zmq.EVENT_DISCONNECTED | zmq.EVENT_CONNECT_RETRIED
"""What happens to a connection when nobody is at its other end, or nobody any more."""
LAST_ANSWER_MS: Final = 1000
"""Longest wait at the end for the last answer to be sent, milliseconds; it takes microseconds."""


class SwapRequest(msgspec.Struct, frozen=True, tag="swap", forbid_unknown_fields=True):
    """Restore with another model, engine or precision from some frame on; None for as it is."""

    model: str | None = None
    engine: str | None = None
    precision: PrecisionName | None = None


class Done(msgspec.Struct, frozen=True, tag="done"):
    """What was asked for is done; `words` are for people."""

    words: str


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """What was asked for is not done, and nothing has changed; `reason` is for people."""

    reason: str


Answer = Done | Refused
_answer_decoder = msgspec.json.Decoder(Answer)
_request_decoder = msgspec.json.Decoder(SwapRequest)


class ControlServer:
    """Answers requests, one after the other, in a thread of its own.

    Parameters
    ----------
    handle : callable
        Does what a request asks, in that thread, and returns the answer.

    Attributes
    ----------
    endpoint : str
        Where to ask.
    """

    def __init__(self, handle: Callable[[SwapRequest], Answer]) -> None:
        self._handle = handle
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.REP)
        self._socket.setsockopt(zmq.LINGER, LAST_ANSWER_MS)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_REQUEST_BYTES)
        self._socket.bind(LOOPBACK_ANY_PORT)
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="livecare-control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer what is being handled, then end."""
        self._over.set()
        self._thread.join()
        self._socket.close()
        self._context.term()

    def _serve(self) -> None:
        while not self._over.is_set():
            if self._socket.poll(HEARTBEAT_MS):
                parts = self._socket.recv_multipart()
                self._socket.send(msgspec.json.encode(self._answer(parts)))

    def _answer(self, parts: list[bytes]) -> Answer:
        try:
            return self._handle(_request_decoder.decode(b"".join(parts)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Refused(f"this is no request of livecare: {error}")
        except (LivecareError, OSError, zmq.ZMQError) as error:  # the run ends, or cannot do it
            return Refused(str(error))


def ask(endpoint: str, request: SwapRequest, timeout_s: float) -> Answer:
    """Ask a running livecare for something and wait for its answer.

    Parameters
    ----------
    endpoint : str
        Where it listens.
    request : SwapRequest
        What for.
    timeout_s : float
        How long to wait at most, seconds.

    Raises
    ------
    UsageError
        If nothing answers in time, or the run ends before it has answered.
    ProtocolError
        If what answers is no livecare.
    """
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        with socket.get_monitor_socket(GONE) as ended:
            socket.connect(endpoint)
            socket.send(msgspec.json.encode(request))
            poller = zmq.Poller()
            poller.register(socket, zmq.POLLIN)
            poller.register(ended, zmq.POLLIN)
            happened = dict(poller.poll(int(timeout_s * 1e3)))
            socket.disable_monitor()
        if socket not in happened and ended in happened:
            raise UsageError(f"the run at {endpoint} ended before it answered: look at its log")
        if socket not in happened:
            raise UsageError(
                f"the run at {endpoint} did not answer within {timeout_s:.0f} s: look at its log"
            )
        try:
            answer: Answer = _answer_decoder.decode(socket.recv())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolError(f"what answers at {endpoint} is no livecare: {error}") from error
    return answer
