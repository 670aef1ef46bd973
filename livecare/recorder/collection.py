"""From the restored ring to the disk, and what the restorer reports of frames on the way."""

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from livecare.errors import LivecareError, ProtocolError
from livecare.frame import Restoration
from livecare.link import (
    HEARTBEAT_MS,
    Alarmed,
    FrameFailed,
    LockWaits,
    NormalisationLocked,
    PhotonFactor,
    Progress,
    Report,
    ReportInbox,
    SpreadMeasured,
    Waker,
)
from livecare.logs import logger
from livecare.recorder.findings import Findings
from livecare.recorder.keeper import Keeper
from livecare.recorder.known_locks import with_frame, with_lock
from livecare.recorder.latencies import Stages
from livecare.recorder.restorer_status import RestorerStatus
from livecare.ring import GatingReader
from livecare.sinks.numbers import NumberSet
from livecare.sinks.protocol import FrameSink
from livecare.wire import FrameMessage

FAILURES_NAMED: Final = 5
"""Failed frames that are logged one by one; a broken model fails on all of them."""

LAST_WORDS_S: Final = 2.0
"""Longest that reports are read once the restorer has ended, seconds: those that it left take
thousandths of one, and strangers who never stop hold up no run."""


class Collection:
    """Appends every restored frame to the store; `run` is one thread's whole work.

    It is the gating reader of the restored ring: if the disk is slow the restorer waits, and
    skips more. A frame that a killed restorer published twice is kept once.

    Parameters
    ----------
    reader : GatingReader
        The restored ring.
    sink : FrameSink
        The store's restored lane.
    inbox : ReportInbox
        Where the restorer reports.
    waker : Waker
        Tells the restorer that a slot is free.
    acquired : callable
        Says how many frames there are; a report on any other is none of ours.
    recorded : callable
        See `Keeper`.

    Attributes
    ----------
    restored, failed : NumberSet
        Frames in the store; frames that the engine cannot restore.
    restorer : RestorerStatus
        How the restorer is that the frames come from, by its own word.
    keeping, over : bool
        Whether a frame is being written just now; whether nothing is collected any more.
    restored_live : int
        Frames restored while they were fresh, not back-filled.
    backfilling : bool
        Set when what comes from now on was sent a second time.
    normalisation : tuple of NormalisationLocked
        How each channel's frames are normalised, once that is locked, in the channels' order; for a
        window that moves, as it was for the latest live frame. Replaced, never changed.
    malformed : int
        Reports that were none of ours.
    stages : Stages
        Latencies of frames restored live.
    findings : Findings
        What those who look at restored frames have found.
    slowest_s : float
        Longest that a batch took in the engine so far, seconds.
    """

    def __init__(
        self,
        reader: GatingReader,
        sink: FrameSink,
        inbox: ReportInbox,
        waker: Waker,
        acquired: Callable[[], int],
        recorded: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self._reader = reader
        self._keeper = Keeper(sink, recorded)
        self._inbox = inbox
        self._waker = waker
        self._acquired = acquired
        self._no_more = threading.Event()
        self._changed = threading.Condition()
        self.restored, self.failed = NumberSet(), NumberSet()
        self.restorer = RestorerStatus()
        self.keeping = self.over = self.backfilling = False
        self.slowest_s = 0.0
        self.malformed = self.restored_live = 0
        self.normalisation: tuple[NormalisationLocked, ...] = ()
        self.stages = Stages()
        self.findings = Findings()

    @property
    def problem(self) -> LivecareError | None:
        """Why restored frames are not recorded any more, where they are not."""
        return self._keeper.problem

    def settled(self, sequence: int) -> bool:
        """Tell whether a frame is restored or known to be beyond restoring."""
        return sequence in self.restored or sequence in self.failed

    def restorer_gone(self) -> None:
        """Note that the restorer has died; any thread may call."""
        with self._changed:
            self.restorer.gone()
            self.findings.forget_alarm()
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until something that was collected or reported makes the condition hold."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    def go_on(self, reader: GatingReader, inbox: ReportInbox, waker: Waker) -> None:
        """Hear of another restorer, in another ring; only once `run` has returned."""
        self._reader, self._inbox, self._waker = reader, inbox, waker
        self.restorer_gone()
        self.over = False
        self._no_more.clear()

    def finish(self) -> None:
        """Say that the restorer has ended: collect what waits, then end."""
        self._no_more.set()

    def run(self) -> None:
        """Collect until `finish`.

        Raises
        ------
        DiskFullError, StoreError
            At the end, where a frame could not be appended; those after it were not, either.
        ProtocolError
            What lies in the ring is no frame: its memory was damaged.
        """
        try:
            self._collect()
        finally:
            self.over = True
        if self.problem is not None:
            raise self.problem

    def _collect(self) -> None:
        while not self._no_more.is_set():
            self._take(HEARTBEAT_MS)
        deadline = time.monotonic() + LAST_WORDS_S
        while self._take(0) and time.monotonic() < deadline:
            pass  # each has been taken in

    def _take(self, timeout_ms: int) -> bool:
        """Take in the next report and all frames; tell whether any message came, of whomever."""
        report, came = self._receive(timeout_ms)
        if isinstance(report, Progress):
            self._take_frames()  # those that it speaks of
        if report is not None:
            self._take_note(report)
        self._take_frames()
        return came

    def _take_frames(self) -> None:
        while (held := self._reader.peek()) is not None:
            slot, message = held
            self.keeping = True
            self._keep(message, slot.block)
            self.keeping = False
            self._reader.release()
            self._waker.wake()

    def _keep(self, message: FrameMessage, block: memoryview) -> None:
        header, restoration = message.header, message.restoration
        if header.sequence in self.restored or restoration is None or restoration.passed_through:
            return  # what passed as raw was for the eye, and is restored later
        self._follow(header.position.c, restoration)
        self.slowest_s = max(self.slowest_s, restoration.engine_ns / 1e9)
        provenance: dict[str, Any] = asdict(restoration)
        if self.backfilling:
            provenance["backfilled"] = True
        else:
            self.stages.add(header, restoration)
        kept = self._keeper.keep(header, block, provenance)
        with self._changed:
            if kept:
                self.restored_live += not self.backfilling
                self.restored.add(header.sequence)
                self.findings.count(restoration)
            self._changed.notify_all()

    def _follow(self, channel: int, restoration: Restoration) -> None:
        """Keep in mind what the next restorer has to go on with, if this one dies."""
        try:
            self.normalisation = with_frame(
                self.normalisation, channel, restoration, backfilled=self.backfilling
            )
        except ValueError as error:
            self._ignore(f"a frame's normalisation: {error}")

    def _receive(self, timeout_ms: int) -> tuple[Report | None, bool]:
        """Return the next report, if one came, and whether any message did."""
        strange = self._strange_messages()
        try:
            report = self._inbox.receive(timeout_ms)
        except ProtocolError as error:
            self._ignore(str(error))
            return None, True
        return report, report is not None or self._strange_messages() > strange

    def _strange_messages(self) -> int:
        return sum(self._inbox.strangers.counts.values())

    def _take_note(self, report: Report) -> None:
        if isinstance(report, FrameFailed) and report.sequence >= self._acquired():
            self._ignore(f"frame {report.sequence} does not exist")
        else:
            with self._changed:
                self._note(report)
                self._changed.notify_all()

    def _ignore(self, why: str) -> None:
        self.malformed += 1
        logger().warning("ignored a malformed report", why=why)

    def _note(self, report: Report) -> None:
        before = self.restorer.ready_last
        self.restorer.note(report)
        after = self.restorer.ready_last
        if before is not None and after is not None and after.model != before.model:
            self.findings.forget_model()  # what was said of another model's frames
        match report:
            case Alarmed() | PhotonFactor() | SpreadMeasured():
                self.findings.note(report, live=not self.backfilling)
            case NormalisationLocked():
                self.normalisation = with_lock(self.normalisation, report)
            case LockWaits(channel=channel, reason=reason):
                logger().warning("a channel is not restored yet", channel=channel, reason=reason)
            case FrameFailed(sequence=sequence, reason=reason):
                if self.failed.add(sequence) and len(self.failed) <= FAILURES_NAMED:
                    logger().error("frame not restored", sequence=sequence, reason=reason)
