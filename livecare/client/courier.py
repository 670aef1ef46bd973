"""Knows how frames leave an acquisition's thread: copied, queued, never waited for."""

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import zmq

from livecare.client.line import LINGER_S, QUEUE_BYTES, Line
from livecare.client.outgoing import Described, Outgoing
from livecare.errors import LivecareError, UsageError
from livecare.frame import Pixels
from livecare.link.sockets import can_be_reached

CLOSE_S: Final = 3 * LINGER_S
"""Longest wait, seconds, for the last frames and the end to be handed over."""

HEAD_START: Final = 1 / 3
"""How long a frame rests before it is sent, in intervals between frames. Python's threads run one
at a time, and an acquisition's is busiest right after a frame (pycromanager's: 2.6 ms); then it
waits for the exposure. Sent at once, a frame cost it 0.8 ms; after this rest, 0.2 ms."""

LONGEST_REST_NS: Final = 10_000_000
"""Of a frame: slower acquisitions have done what they do in so many nanoseconds, too."""

NS_PER_S: Final = 1_000_000_000

FRAME_ERRORS: Final = (
    LivecareError,
    zmq.ZMQError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)
"""What a frame or its description may bring about: whoever sends it can be anybody's script."""


@dataclass(frozen=True, slots=True, eq=False)
class _Parcel:
    """A frame on its way, and what was said of it, not read yet."""

    pixels: Pixels
    said: Any
    number: int
    lost_before: int
    skipped_before: int
    due_ns: int


class Courier:
    """Takes frames from any thread, and sends them from one of its own.

    Parameters
    ----------
    endpoint : str
        Where livecare listens; a `KeyedEndpoint` where it wants keys.
    queue_frames : int
        Frames that may wait here, and again in the connection.
    read : callable
        Makes a `Described` of what was said with a frame; called in the courier's thread.
    head_start : float
        How long a frame rests before it is sent, in intervals between frames.

    Attributes
    ----------
    sent : int
        Frames that livecare will get.
    dropped : int
        Frames that found a queue full: livecare is away, or has fallen behind.
    errors : int
        Frames that could not be sent, for `last_error`.
    last_error : str
        Why the last of them could not be; empty if all could.

    Raises
    ------
    UsageError
        If the endpoint cannot be.
    """

    def __init__(
        self,
        endpoint: str,
        queue_frames: int,
        read: Callable[[Any], Described],
        head_start: float = HEAD_START,
    ) -> None:
        _check_endpoint(endpoint)
        self._queue_frames, self._read = queue_frames, read
        self._line = Line(endpoint, queue_frames)
        self._waiting: deque[_Parcel | None] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._head_start = head_start
        self._offered_ns = 0
        self._number = 0
        self._lost_before = 0
        self._untold = 0  # frames that failed, with those lost before them; for the thread alone
        self._outgoing: Outgoing | None = None
        self.sent = self.dropped = self.errors = 0
        self.last_error = ""
        self._thread = threading.Thread(target=self._run, name="livecare-courier", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def offer(
        self,
        pixels: Pixels,
        said: Any,  # noqa: ANN401 `read` knows the type
        skipped_before: int = 0,
    ) -> int | None:
        """Take a copy of a frame, if there is room. Never raises because of a frame.

        Parameters
        ----------
        pixels : array
            The frame.
        said : object
            What `read` takes.
        skipped_before : int
            Frames that were passed over on purpose before it.

        Returns
        -------
        int or None
            The frame's number, which goes with it as `camera_index`; None if it was dropped.
        """
        with self._changed:
            number = self._number
            self._number += 1
            room = len(self._waiting) < self._queue_frames and self._waiting_bytes < QUEUE_BYTES
            if not room or self._closing:
                self.dropped += 1
                self._lost_before += 1
                return None
        try:
            copy = np.array(pixels)
        except FRAME_ERRORS as error:
            self.note_error(error)
            return None
        with self._changed:
            due_ns = self._due_ns()
            parcel = _Parcel(copy, said, number, self._lost_before, skipped_before, due_ns)
            self._waiting.append(parcel)
            self._lost_before = 0
            self._waiting_bytes += copy.nbytes
            self._changed.notify()
        return number

    def _due_ns(self) -> int:
        """Return when the frame that is being offered shall be sent."""
        now_ns, before_ns = time.perf_counter_ns(), self._offered_ns
        self._offered_ns = now_ns
        return now_ns + min(round((now_ns - before_ns) * self._head_start), LONGEST_REST_NS)

    def end_acquisition(self) -> None:
        """Let the acquisition end after the frames that were offered."""
        with self._changed:
            self._waiting.append(None)
            self._changed.notify()

    def note_error(self, error: BaseException) -> None:
        """Count a frame that cannot be offered; livecare is told of it with the next one."""
        with self._changed:
            self._lost_before += 1
        self._count_error(error)

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """End the acquisition and the thread; safe to call twice.

        Parameters
        ----------
        timeout_s : float
            Longest wait for the last frames to leave, seconds.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout_s)
        atexit.unregister(self.close)

    def _run(self) -> None:
        while self._await_parcel():
            parcel = self._waiting[0]  # it keeps its place until it has left
            if parcel is None:
                self._outgoing = None
                self._line.finish()
            else:
                self._send(parcel)
            with self._changed:
                self._waiting.popleft()
                self._waiting_bytes -= 0 if parcel is None else parcel.pixels.nbytes
        self._line.close()

    def _await_parcel(self) -> bool:
        """Wait for something to do; False when all is done."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            return bool(self._waiting)

    def _count_error(self, error: BaseException) -> None:
        self.errors += 1
        self.last_error = f"{type(error).__name__}: {error}"

    def _send(self, parcel: _Parcel) -> None:
        lost_before = self._untold + parcel.lost_before
        time.sleep(max(0, parcel.due_ns - time.perf_counter_ns()) / NS_PER_S)  # a rest, no wait
        try:
            described = self._read(parcel.said)
            sent = self._outgoing_for(parcel.pixels, described).send(
                parcel.pixels,
                described,
                parcel.number,
                lost_before,
                parcel.skipped_before,
            )
        except FRAME_ERRORS as error:
            self._untold = lost_before + 1
            self._count_error(error)
        else:
            self._untold = 0
            self.sent += sent
            self.dropped += not sent

    def _outgoing_for(self, pixels: Pixels, described: Described) -> Outgoing:
        outgoing = self._outgoing
        if outgoing is None or not outgoing.continues_with(pixels, described):
            outgoing = Outgoing(self._line, pixels, described)
            self._outgoing = outgoing
        return outgoing


def _check_endpoint(endpoint: str) -> None:
    if not can_be_reached(endpoint):
        raise UsageError(
            f"{endpoint!r} is no endpoint; give the one of the source push in livecare's "
            "configuration, tcp://127.0.0.1:5764 where it is left out"
        )
