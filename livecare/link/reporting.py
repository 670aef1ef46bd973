"""The way of a report: PUSH/PULL, child to recorder, with a word that only the two know.

Anybody on the machine can find a port and send to it. What comes without the word is counted, and
changes nothing.
"""

import hmac
from typing import Final, Self

import msgspec
import zmq

from livecare.errors import ProtocolError
from livecare.link.reports import Report
from livecare.link.sockets import HEARTBEAT_MS, LOOPBACK_ANY_PORT, limit
from livecare.link.strangers import MALFORMED, Strangers

MAX_REPORT_BYTES: Final = 64 * 1024
"""Longest accepted report, bytes."""
WORD_MARK: Final = "#"
"""What separates an inbox's endpoint from the word that it wants to hear."""

_report_decoder = msgspec.msgpack.Decoder(Report)


class Reporter:
    """Sends a child's reports; used by one thread.

    Parameters
    ----------
    context : zmq.Context
        Of the socket.
    address : str
        `ReportInbox.address`.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", address: str) -> None:
        endpoint, _, word = address.partition(WORD_MARK)
        self._before = [word.encode()] if word else []
        self._socket = context.socket(zmq.PUSH)
        self._socket.setsockopt(zmq.LINGER, 1000)  # ms: the last words before an orderly exit
        self._socket.connect(endpoint)

    def send(self, report: Report) -> None:
        """Queue a report."""
        self._socket.send_multipart([*self._before, msgspec.msgpack.encode(report)])

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ReportInbox:
    """Receives the children's reports; used by one thread.

    Parameters
    ----------
    context : zmq.Context
        Of the socket.
    word : str
        What each report must begin with; "" for nothing.

    Attributes
    ----------
    endpoint : str
        Where children connect.
    address : str
        That and the word, for the orders of a child: nobody else may read it.
    strangers : Strangers
        Who said something without the word.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", word: str = "") -> None:
        self._word = word.encode()
        self.strangers = Strangers("reports")
        self._socket = context.socket(zmq.PULL)
        self._socket.setsockopt(zmq.LINGER, 0)
        limit(self._socket, MAX_REPORT_BYTES)
        self._socket.bind(LOOPBACK_ANY_PORT)
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self.address = f"{self.endpoint}{WORD_MARK}{word}" if word else self.endpoint

    def receive(self, timeout_ms: int = HEARTBEAT_MS) -> Report | None:
        """Return the next report, or None if none came in time, or a stranger's did.

        Raises
        ------
        ProtocolError
            If what came is no report.
        """
        if not self._socket.poll(timeout_ms):
            return None
        try:  # what is no message to a socket may wake its poll all the same
            parts = self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        if self._word:
            if not hmac.compare_digest(parts[0], self._word):
                self.strangers.refuse(MALFORMED, parts=len(parts))
                return None
            del parts[0]
        if len(parts) != 1:
            raise ProtocolError(f"report of {len(parts)} parts; it has 1")
        try:
            report: Report = _report_decoder.decode(parts[0])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolError(f"report cannot be read: {error}") from error
        return report

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
