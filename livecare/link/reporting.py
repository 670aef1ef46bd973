"""The way of a report: PUSH/PULL, child to recorder."""

from typing import Final, Self

import msgspec
import zmq

from livecare.errors import ProtocolError
from livecare.link.reports import Report
from livecare.link.sockets import HEARTBEAT_MS, LOOPBACK_ANY_PORT

MAX_REPORT_BYTES: Final = 64 * 1024
"""Longest accepted report, bytes."""

_report_decoder = msgspec.msgpack.Decoder(Report)


class Reporter:
    """Sends a child's reports; used by one thread."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", endpoint: str) -> None:
        self._socket = context.socket(zmq.PUSH)
        self._socket.setsockopt(zmq.LINGER, 1000)  # ms: the last words before an orderly exit
        self._socket.connect(endpoint)

    def send(self, report: Report) -> None:
        """Queue a report."""
        self._socket.send(msgspec.msgpack.encode(report))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ReportInbox:
    """Receives the children's reports; used by one thread.

    Attributes
    ----------
    endpoint : str
        Where children connect.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]") -> None:
        self._socket = context.socket(zmq.PULL)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_REPORT_BYTES)
        self._socket.bind(LOOPBACK_ANY_PORT)
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def receive(self, timeout_ms: int = HEARTBEAT_MS) -> Report | None:
        """Return the next report, or None if none came in time.

        Raises
        ------
        ProtocolError
            If what came is no report.
        """
        if not self._socket.poll(timeout_ms):
            return None
        parts = self._socket.recv_multipart()
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
