"""Knows how to ask the server and to wait for its answer, but never for ever."""

from collections.abc import Mapping
from typing import Any, Final

import zmq

from livecare.errors import SourceError
from livecare.link.sockets import speak_ipv6
from livecare.sources.clock import NS_PER_S, Clock, StopSignal
from livecare.sources.mm_bridge.faults import (
    BridgeCounts,
    InterruptedCallError,
    MalformedReplyError,
    RefusedCallError,
    SilentServerError,
)
from livecare.sources.mm_bridge.messages import Reply, decode_reply, encode_request

STOP_CHECK_S: Final = 0.05
"""How soon a request to stop ends the wait for an answer, s."""
RECONNECT_MS: Final = 50
"""How often ZeroMQ knocks at a closed port, ms: a restarted server is found soon."""
MS_PER_S: Final = 1_000
"""Milliseconds of a second."""


class BridgeClient:
    """One connection to the server; to be used by one thread.

    After a call without an answer the socket is made anew: it would wait for that answer for ever.

    Parameters
    ----------
    endpoint : str
        ZeroMQ address.
    clock : Clock
        For time-outs.
    stop : StopSignal
        Ends a wait early.
    counts : BridgeCounts
        Where faults are counted.

    Attributes
    ----------
    heeds_stop : bool
        False to wait for answers although a stop was requested.
    """

    def __init__(self, endpoint: str, clock: Clock, stop: StopSignal, counts: BridgeCounts) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._stop = stop
        self._counts = counts
        self._context = zmq.Context()
        self._socket = self._connect()
        self.heeds_stop = True

    def request(self, what: str, message: Mapping[str, Any], timeout_s: float) -> Reply:
        """Ask, and wait for the answer.

        Parameters
        ----------
        what : str
            What is asked for, for errors.
        message : mapping
            The request; JSON values.
        timeout_s : float
            How long to wait, s.

        Raises
        ------
        SilentServerError
            No answer came in time.
        InterruptedCallError
            A stop was requested before the answer came.
        MalformedReplyError
            The answer cannot be read.
        RefusedCallError
            The server answered with an exception.
        """
        try:
            self._socket.send(encode_request(message), zmq.DONTWAIT)
        except zmq.Again:
            self._renew()
            self._counts.silent += 1
            raise SilentServerError(f"mm-bridge: {what} cannot be sent") from None
        self._await_answer(what, timeout_s)
        parts = [part.buffer for part in self._socket.recv_multipart(zmq.DONTWAIT, copy=False)]
        try:
            reply = decode_reply(parts)
        except MalformedReplyError:
            self._counts.malformed += 1
            raise
        if reply.kind == "exception":
            raise self._refusal(what, str(reply.value))
        return reply

    def close(self) -> None:
        """Disconnect; safe to call twice."""
        self._context.destroy(linger=0)

    def malformed(self, why: str) -> MalformedReplyError:
        """Count an answer that could be read but makes no sense, and give the error for it."""
        self._counts.malformed += 1
        return MalformedReplyError(why)

    def _await_answer(self, what: str, timeout_s: float) -> None:
        deadline_ns = self._clock.now_ns() + round(timeout_s * NS_PER_S)
        while True:
            left_s = (deadline_ns - self._clock.now_ns()) / NS_PER_S
            slice_s = min(max(left_s, 0.0), STOP_CHECK_S)
            if self._socket.poll(round(slice_s * MS_PER_S) + 1):
                return
            if self.heeds_stop and self._stop.since_ns is not None:
                self._renew()
                raise InterruptedCallError(f"mm-bridge: stopped during {what}")
            if left_s <= 0:
                self._renew()
                self._counts.silent += 1
                raise SilentServerError(
                    f"mm-bridge: {self._endpoint} did not answer {what} within {timeout_s:g} s"
                )

    def _refusal(self, what: str, said: str) -> RefusedCallError:
        refusal = RefusedCallError(what, said)
        if refusal.handle_is_stale:
            self._counts.stale += 1
        elif not refusal.buffer_is_empty:
            self._counts.refused += 1
        return refusal

    def _renew(self) -> None:
        self._socket.close(linger=0)
        self._socket = self._connect()

    def _connect(self) -> zmq.Socket[bytes]:
        made = self._context.socket(zmq.REQ)
        made.setsockopt(zmq.LINGER, 0)
        made.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        speak_ipv6(made, self._endpoint)
        try:
            made.connect(self._endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise SourceError(
                f"mm-bridge: nothing can be reached at {self._endpoint} ({error.strerror}); "
                "correct endpoint"
            ) from error
        return made
