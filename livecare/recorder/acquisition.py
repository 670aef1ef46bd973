"""From the camera into the raw ring: where a frame gets its sequence number."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from livecare.errors import SourceError
from livecare.frame import FrameHeader, Position, StreamInfo
from livecare.link import Waker
from livecare.recorder.turnstile import RECHECK_S, Turnstile
from livecare.references import ReferenceStream
from livecare.ring import RingWriter, Slot
from livecare.sources.protocol import Arrival, FrameSource, NoFrame
from livecare.wire import FrameMessage


class Acquisition:
    """Copies a source's frames into the raw ring; `run` is one thread's whole work.

    When the ring is full the source waits: only the disk can cause that. What the camera loses
    meanwhile the source counts.

    Parameters
    ----------
    source : FrameSource
        Open.
    info : StreamInfo
        What it said of its stream.
    ring : RingWriter
        Where frames go.
    turnstile : Turnstile
        Waits for room in the ring.
    waker : Waker
        Tells the children of new frames.
    grow : callable
        Makes room for a stream that has more channels, planes or positions.
    started : bool
        Whether the source runs already: this is not the run's first part.
    before : int
        Frames that count as acquired before the first, and never come: a run of months is tried
        in seconds by one that begins where it would be. Always 0 but in tests.

    Attributes
    ----------
    started : bool
        As given.
    next_part : StreamInfo or None
        What the stream goes on as, where this part ended and the stream did not: its frames became
        others, or the part was split off. The source stays open then.
    next_t : int
        The source's time point that a part after this one begins with; others count from 0 again.
    acquired : int
        Frames that got a sequence number.
    references : int
        Reference frames among them.
    lost : int
        Frames that the camera took and that never got one, as far as known yet.
    loss_estimated : bool
        True once any part of `lost` is a guess.
    passed_over : int
        Frames that a newest-only tap skipped by design.
    began_ns, ended_ns : int or None
        When the source began and ended, monotonic clock, ns.
    """

    def __init__(
        self,
        source: FrameSource,
        info: StreamInfo,
        ring: RingWriter,
        turnstile: Turnstile,
        waker: Waker,
        grow: Callable[[StreamInfo], None],
        *,
        started: bool = False,
        before: int = 0,
    ) -> None:
        self._source = source
        self._info = info
        self._ring = ring
        self._turnstile = turnstile
        self._waker = waker
        self._abandoned = threading.Event()
        self._splitting, self._turn = False, threading.Lock()
        self._grow = grow
        self._first_t = self._present_t = self._frames_of_t = 0
        self.next_t = 0
        self._follows = False
        self.started = started
        self._epoch = 0
        self.next_part: StreamInfo | None = None
        self.acquired = before
        said = ReferenceStream.of(info)
        self._reference = None if said is None else said.channel
        self.references = 0
        self.lost = 0
        self.loss_estimated = False
        self.passed_over = 0
        self.began_ns: int | None = None
        self.ended_ns: int | None = None

    @property
    def info(self) -> StreamInfo:
        """The stream as it is by now."""
        return self._info

    def begin_at(self, t: int) -> None:
        """Count time points from one of the source's, before `run`."""
        self._first_t = self._present_t = self.next_t = t
        self._follows = True

    def stop(self) -> None:
        """Ask the source to end; what it holds still comes. Any thread may call."""
        self._source.request_stop()

    def split(self) -> None:
        """End this part before the next frame, and leave the source to the next part.

        Any thread may call.
        """
        with self._turn:
            self._splitting = True

    def unsplit(self) -> bool:
        """Take back `split`; tell whether that was in time: else this part has ended, or does.

        Any thread may call.
        """
        with self._turn:
            self._splitting = False
            return self.next_part is None

    def abandon(self) -> None:
        """End at once, whatever the source still holds: the recording has failed.

        A source that another part has, or goes on with, is left alone.
        """
        self._abandoned.set()
        if self.began_ns is not None and self.next_part is None:
            self._source.request_stop()
        self._turnstile.close()

    def run(self) -> None:
        """Acquire until the source ends.

        Raises
        ------
        SourceError
            Frames can no longer be read, or one belongs before the beginning of the recording.
        DiskFullError, StoreError
            There is no room for what a stream that grows brings.
        """
        try:
            if not self.started:
                self._source.start()
            self.began_ns = time.perf_counter_ns()
            while (slot := self._claim()) is not None:
                arrival = self._read(slot)
                if arrival is None:
                    break
                self._publish(slot, arrival)
            if self.next_part is None:
                self.lost += self._source.lost_at_end
        finally:
            self.ended_ns = time.perf_counter_ns()
            if self.next_part is None:
                self._source.close()
            self._turnstile.moved()

    def _claim(self) -> Slot | None:
        while not self._abandoned.is_set():
            slot = self._ring.claim()
            if slot is not None:
                return slot
            self._turnstile.wait_for(lambda: self._ring.claim() is not None)
        return None

    def _read(self, slot: Slot) -> Arrival | None:
        pixels = slot.pixels(self._info.shape_yx, self._info.dtype)
        while not self._abandoned.is_set():
            if self._is_split():
                return None
            arrival = self._source.read_into(pixels, RECHECK_S)
            if isinstance(arrival, Arrival):
                return arrival
            if arrival is NoFrame.ENDED:
                return None
            if isinstance(arrival, StreamInfo) and not self._goes_on_as(arrival):
                return None
        return None

    def _is_split(self) -> bool:
        """Tell whether the next part is to have the next frame; then it is too late for others."""
        with self._turn:
            if self._splitting:
                self.next_part = replace(self._info, expected_frames=None)
            return self._splitting

    def _goes_on_as(self, changed: StreamInfo) -> bool:
        """Take note of what the stream becomes; tell whether this part can hold it."""
        before = self._info
        wider = changed.frames_per_timepoint > before.frames_per_timepoint
        if not changed.grows_from(before) or (wider and not before.grows):
            self.next_part, self.next_t = changed, 0
            return False
        self._info = replace(
            changed,
            run_id=before.run_id,
            grows=before.grows,
            started_wall_ns=before.started_wall_ns,
            started_monotonic_ns=before.started_monotonic_ns,
        )
        if wider:
            self._grow(self._info)
        return True

    def _publish(self, slot: Slot, arrival: Arrival) -> None:
        self._epoch += arrival.new_epoch
        header = FrameHeader(
            sequence=self.acquired,
            position=self._place(arrival.position),
            shape_yx=self._info.shape_yx,
            dtype=self._info.dtype,
            received_ns=arrival.received_ns,
            camera_index=arrival.camera_index,
            camera_time_ns=arrival.camera_time_ns,
            lost_before=arrival.lost_before,
            loss_estimated=arrival.loss_estimated,
            skipped_before=arrival.skipped_before,
            epoch=self._epoch,
        )
        self.acquired += 1  # before anyone can see the frame and report on it
        self.references += header.position.c == self._reference
        self._ring.publish(slot, FrameMessage(self._info.run_id, header))
        self.lost += arrival.lost_before
        self.loss_estimated |= arrival.loss_estimated
        self.passed_over += arrival.skipped_before
        self._turnstile.moved()
        self._waker.wake()

    def _place(self, position: Position) -> Position:
        """Return where a frame belongs in this part, and note what the next part begins with."""
        if self._follows and not self._frames_of_t and ReferenceStream.of(self._info) is not None:
            # most time points lack a reference: the one before is over though it is not whole
            self._first_t = self._present_t = max(position.t, self._first_t)
        if position.t < self._first_t:
            raise SourceError(
                f"frame {self.acquired} belongs to time point {position.t}, and this recording "
                f"began with {self._first_t}: start the recording before such an acquisition"
            )
        self._frames_of_t = self._frames_of_t + 1 if position.t == self._present_t else 1
        self._present_t = position.t
        whole = self._frames_of_t >= self._info.frames_per_timepoint
        self.next_t = position.t + whole
        return replace(position, t=position.t - self._first_t)
