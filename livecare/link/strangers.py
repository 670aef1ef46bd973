"""Knows who was not let in at a socket, how often, and how that is logged without a flood."""

import errno
import threading
import time
from collections import Counter
from typing import Any, Final

import zmq

from livecare.link.connections import UNKNOWN, Connections, Peer

UNKNOWN_KEY: Final = "a key that is on no list"
READ_KEY: Final = "a key that may only read"
NO_KEY: Final = "no key"
WRONG_SERVER_KEY: Final = "another run's public key"
NO_ZEROMQ: Final = "no handshake of ZeroMQ"
SILENT: Final = "left without a word"
TOO_MANY: Final = "one connection too many"
MALFORMED: Final = "no message of ours"
"""Why somebody, or a message, was turned away: the words are counted and logged."""

BURST: Final = 10
"""Lines that are logged at once before they are held back."""
PER_SECOND: Final = 0.2
"""Lines a second that are logged then: somebody who tries all day fills no disk."""

WATCHED: Final = (
    zmq.EVENT_ACCEPTED
    | zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_DISCONNECTED
)
"""What happens to a socket's connections and is of interest here."""

LOOPBACK: Final = ("127.", "::1:", UNKNOWN)
"""What the address of somebody on this machine begins with, or of one who is gone already."""

_LEFT_EARLY: Final = "left when keys were wanted"
"""What ZeroMQ says alike of one who has no key and of one who only looks whether the port
answers."""

_GUARDED: Final = {
    int(zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH): NO_KEY,
    int(zmq.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC): WRONG_SERVER_KEY,
}


class Strangers:
    """Counts whom a socket turned away; any thread may.

    Parameters
    ----------
    where : str
        Name of the socket, for logs.
    guarded : bool
        Whether it wants keys.

    Attributes
    ----------
    accepted, let_in : int
        Connections that were made, and those whose handshake succeeded.
    """

    def __init__(self, where: str, *, guarded: bool = False) -> None:
        self.where = where
        self._guarded = guarded
        self.accepted = self.let_in = 0
        self._counts: Counter[str] = Counter()
        self._ended = self._settled = self._unfinished = 0
        self._connections = Connections()
        self._last_failure: str | None = None
        self._turn = threading.Lock()
        self._allowance, self._counted_s = float(BURST), time.monotonic()
        self._held_back = 0

    @property
    def counts(self) -> dict[str, int]:
        """How often each reason came up; connections that were closed before a handshake, too.

        Of those it is the least number that there can have been: ZeroMQ does not say which of the
        connections that ended had been let in.
        """
        with self._turn:
            counts = dict(self._counts)
        if self._unfinished:
            counts[NO_ZEROMQ] = counts.get(NO_ZEROMQ, 0) + self._unfinished
        return counts

    def refuse(self, why: str, **who: object) -> None:
        """Count somebody, or a message, and log it unless much was logged just now.

        Parameters
        ----------
        why : str
            One of the reasons above.
        **who
            What is known: an address, a key, what was wrong.
        """
        with self._turn:
            self._counts[why] += 1
            held_back = self._may_log()
        if held_back is not None:
            more = {"not_logged": held_back} if held_back else {}
            _warn("turned away", at=self.where, why=why, **who, **more)

    def note(self, event: dict[str, Any]) -> None:
        """Take note of what a monitor says of the socket's connections."""
        kind, value = event["event"], int(event["value"])
        if kind == zmq.EVENT_ACCEPTED:
            self.accepted += 1
            peer = self._connections.begin(value, bytes(event["endpoint"]).decode())
            if not peer.stays:
                self.refuse(TOO_MANY, address=peer.address)
        elif kind == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self.let_in += 1
            self._settled += 1
        elif kind == zmq.EVENT_DISCONNECTED:
            self._note_end(self._connections.end(value))
        elif kind == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            self._note_failure("")  # who decides has counted it, and knows more
        elif kind == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
            self._note_failure(_GUARDED.get(value, NO_ZEROMQ) if self._guarded else NO_ZEROMQ)
        elif kind == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            early = self._guarded and value == errno.EPIPE
            self._note_failure(_LEFT_EARLY if early else SILENT)

    def begin_anew(self) -> None:
        """Take note that another socket is watched from now on.

        When ZeroMQ closes a socket it does not say the ends of the connections that it still had.
        """
        self._connections = Connections()
        self._ended, self._settled = self._unfinished, 0
        self._last_failure = None

    def warn(self, said: str, **facts: object) -> None:
        """Log something else that concerns the socket."""
        _warn(said, at=self.where, **facts)

    def sum_up(self) -> None:
        """Log the counts, if anybody was turned away."""
        if counts := self.counts:
            _warn("turned away in all", at=self.where, **counts)

    def _note_failure(self, why: str) -> None:
        self._settled += 1
        self._last_failure = why  # its connection's end is said next, and says which one it was

    def _note_end(self, peer: Peer) -> None:
        self._ended += 1
        # whoever is let in later may be there still and lowers the difference: a count never falls
        self._unfinished = max(self._unfinished, self._ended - self._settled)
        why, self._last_failure = self._last_failure, None
        if not why or not peer.stays:
            return
        is_near = peer.address.startswith(LOOPBACK)
        if why == _LEFT_EARLY:
            why = SILENT if is_near else NO_KEY
        if why == SILENT and is_near:  # of this user, most likely: a command that was interrupted
            with self._turn:
                self._counts[why] += 1
        else:
            self.refuse(why, address=peer.address)

    def _may_log(self) -> int | None:
        """Return how many lines were held back before this one; None to hold it back, too."""
        now_s = time.monotonic()
        earned = (now_s - self._counted_s) * PER_SECOND
        self._allowance = min(float(BURST), self._allowance + earned)
        self._counted_s = now_s
        if self._allowance < 1:
            self._held_back += 1
            return None
        self._allowance -= 1
        held_back, self._held_back = self._held_back, 0
        return held_back


def _warn(said: str, /, **facts: object) -> None:
    from livecare.logs import logger  # noqa: PLC0415 - clients import this, too, and stay light

    logger().warning(said, **facts)
