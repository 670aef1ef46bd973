"""Knows how a program hands its frames to livecare without ever waiting for it."""

import threading
import time
import uuid
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

import zmq

from livecare import wire
from livecare.client.outlet import DEFAULT_ENDPOINT, Outlet
from livecare.client.parts import as_frame, start_of
from livecare.errors import UsageError
from livecare.frame import FrameHeader, Ledger, Pixels, Position, StreamInfo
from livecare.link.curve import with_keys
from livecare.wire import EndMessage, FrameMessage

REPEAT_START_NS: Final = 1_000_000_000
"""How often a start is said again, ns: a livecare that is started in mid-run waits so long."""


class Pusher:
    """Sends the frames of acquisitions; any thread may, one after the other.

    ::

        with Pusher(channels=("GFP",), pixel_size_um=0.11) as pusher:
            for image in camera:
                pusher.send(image)

    livecare may be started before or after; frames wait in a bounded queue until then. What does
    not fit in the queue is dropped here, counted, and counted as lost by livecare.

    A frame of another shape or pixel type begins another acquisition of the same name, which
    livecare records beside the one before.

    Parameters
    ----------
    info : StreamInfo or None
        What the frames are; None to say it by name, and leave shape and type to the first frame.
    endpoint : str
        Where livecare listens.
    key, server_key : str or Path or None
        Files of your own secret key and of the run's public one, where it wants keys.
    block : bool
        Wait for room in the queue instead of dropping a frame.
    timeout_s : float or None
        Longest wait with `block`, seconds; None for no limit.
    queue_frames : int
        Length of the queue here, frames; a livecare that has fallen behind has another.
    linger_s : float
        How long `end` may take to get rid of the queue, seconds.
    **stream
        Fields of `StreamInfo`; `run_id` and `source` have defaults here.

    Attributes
    ----------
    sent, dropped : int
        Frames that went into the queue, and that did not.

    Raises
    ------
    UsageError
        If the endpoint is none, a file holds no key, or a field of the description is unknown.
    ProtocolError
        If no receiver would take the description.
    """

    def __init__(
        self,
        info: StreamInfo | None = None,
        *,
        endpoint: str = DEFAULT_ENDPOINT,
        key: str | Path | None = None,
        server_key: str | Path | None = None,
        block: bool = False,
        timeout_s: float | None = None,
        queue_frames: int = 32,
        linger_s: float = 2.0,
        **stream: Any,  # noqa: ANN401 StreamInfo knows the types
    ) -> None:
        if info is not None and stream:
            raise UsageError(f"pusher: give a StreamInfo or {', '.join(stream)}, not both")
        self._stream = {"run_id": uuid.uuid4().hex, "source": "push"} | stream
        self._turn = threading.Lock()
        self._info: StreamInfo | None = None
        self._start = b""
        self._due: deque[bytes] = deque()
        self._active = False
        self._repeat_due_ns = 0
        self._sequence = 0
        self._dropped_here = 0
        self._dropped_last = 0
        self._lost_before = 0
        self.sent = 0
        self.dropped = 0
        if info is None and {"shape_yx", "dtype"} <= stream.keys():
            info = self._described()
        start = None if info is None else start_of(info)
        wait_s = timeout_s if block else 0.0
        try:
            keyed = with_keys(endpoint, key, server_key)
            self._outlet = Outlet(keyed, queue_frames, wait_s, linger_s)
        except zmq.ZMQError as error:
            raise UsageError(
                f"pusher: {endpoint!r} is no endpoint ({error}); give livecare's, by default "
                f"{DEFAULT_ENDPOINT}"
            ) from error
        if info is not None and start is not None:
            self._note_start(info, start)
            self._say_due()

    @property
    def info(self) -> StreamInfo | None:
        """What was announced; None before the first frame where that decides."""
        return self._info

    @property
    def refusal(self) -> str:
        """Why livecare does not let this sender in, for people; "" as long as it may."""
        return self._outlet.refusal

    def announce(self, info: StreamInfo) -> None:
        """Say what the frames are, or that they have more channels, planes or positions.

        For the latter take `info` with more of them by `dataclasses.replace`: its other fields
        say that it is the same acquisition. livecare adds them if its source has `grows`.

        Raises
        ------
        ProtocolError
            If no receiver would take it.
        """
        start = start_of(info)
        with self._turn:
            self._note_start(info, start)
            self._say_due()

    def begin(self, info: StreamInfo) -> None:
        """End the acquisition, and begin the next over the same connection: they come in order.

        Raises
        ------
        ProtocolError
            If no receiver would take it.
        """
        start = start_of(info)
        self.finish()
        with self._turn:
            self._note_start(info, start)
            self._say_due()

    def finish(self) -> None:
        """Say that the acquisition is over, and keep the connection for the next one."""
        with self._turn:
            self._note_end()
            self._say_due()

    def send(
        self,
        pixels: Pixels,
        position: Position | None = None,
        camera_index: int | None = None,
        camera_time_ns: int | None = None,
        lost_before: int = 0,
        skipped_before: int = 0,
    ) -> bool:
        """Send a frame; return False if the queue was full and the frame was dropped.

        Parameters
        ----------
        pixels : array of uint8, uint16 or float32
            Shape (y, x); copied, so that it may be overwritten afterwards.
        position : Position or None
            Where it belongs; None for the next time point.
        camera_index, camera_time_ns, lost_before, skipped_before : int or None
            What is known of it, as `livecare.frame.FrameHeader` has them.

        Raises
        ------
        UsageError
            If it is no frame, or the acquisition has ended; or livecare refuses this client and
            never took anything from here: what once worked stops no acquisition (`refusal`).
        """
        image, private = as_frame(pixels)
        with self._turn:
            self._check_open()
            info = self._stream_of(image)
            header = FrameHeader(
                sequence=self._sequence,
                position=position or Position(t=self._sequence),
                shape_yx=info.shape_yx,
                dtype=info.dtype,
                received_ns=time.perf_counter_ns(),
                camera_index=_int(camera_index),
                camera_time_ns=_int(camera_time_ns),
                lost_before=self._lost_before + lost_before,
                skipped_before=skipped_before,
            )
            part = wire.encode(FrameMessage(info.run_id, header))
            queued = self._say_due() and self._outlet.queue([part, image], copy=not private)
            self._count(lost_before, queued=queued)
            return queued

    def end(self) -> None:
        """Say that the acquisition is over, and wait up to `linger_s` for the queue to empty."""
        with self._turn:
            if self._outlet.closed:
                return
            self._outlet.be_patient()
            self._note_end()
            self._say_due()
            self._outlet.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _check_open(self) -> None:
        """Raise UsageError where no frame can be sent."""
        self._outlet.check()
        if self._outlet.closed:
            raise UsageError("pusher: the acquisition has ended; make a new Pusher")
        if self._info is not None and not self._active:
            raise UsageError("pusher: the acquisition is finished; say what comes with begin")

    def _described(self, **found: object) -> StreamInfo:
        try:
            return StreamInfo(**(self._stream | found))
        except TypeError as error:
            raise UsageError(f"pusher: {error}; the fields of StreamInfo can be given") from error

    def _stream_of(self, image: Pixels) -> StreamInfo:
        """Give the stream that a frame is of; begin another one where it is of a new shape."""
        found: dict[str, Any] = {"shape_yx": image.shape, "dtype": image.dtype.name}
        info = self._info
        if info is None:
            info = self._described(**found)
        elif (info.shape_yx, info.dtype) == (image.shape, image.dtype.name):
            return info
        else:
            clocks = {"wall": time.time_ns(), "monotonic": time.perf_counter_ns()}
            began: dict[str, Any] = {f"started_{name}_ns": now for name, now in clocks.items()}
            info = replace(info, **found, **began)
        self._note_start(info, start_of(info))
        self._sequence = 0
        self._lost_before += self._dropped_last
        self._dropped_last = 0
        return info

    def _note_start(self, info: StreamInfo, start: bytes) -> None:
        self._info, self._start, self._active = info, start, True
        self._due.append(start)

    def _note_end(self) -> None:
        if self._info is None or not self._active:
            return
        ledger = Ledger(acquired=self._sequence, failed=self._dropped_here)
        self._due.append(wire.encode(EndMessage(self._info.run_id, ledger)))
        self._active = False
        self._sequence = self._dropped_here = self._dropped_last = self._lost_before = 0

    def _say_due(self) -> bool:
        """Queue the starts and ends that are due, in order; False if frames must wait for one."""
        now_ns = time.perf_counter_ns()
        if not self._due and self._active and now_ns >= self._repeat_due_ns:
            self._outlet.queue([self._start], wait=False)
            self._repeat_due_ns = now_ns + REPEAT_START_NS
        while self._due and self._outlet.queue([self._due[0]]):
            self._due.popleft()
            self._repeat_due_ns = now_ns + REPEAT_START_NS
        return not self._due

    def _count(self, lost_before: int, *, queued: bool) -> None:
        self._sequence += 1
        self.sent += queued
        self.dropped += not queued
        self._dropped_here += not queued
        self._dropped_last = 0 if queued else self._dropped_last + 1
        self._lost_before = 0 if queued else self._lost_before + lost_before


def _int(number: int | None) -> int | None:
    """Return what a camera counts with, which may be numpy's, as a plain number."""
    return None if number is None else int(number)
