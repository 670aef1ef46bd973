"""From the restored ring to the disk, and what the restorer reports on the way."""

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from livecare.errors import LivecareError, ProtocolError
from livecare.frame import Restoration
from livecare.link import (
    HEARTBEAT_MS,
    Alarmed,
    Degraded,
    FrameFailed,
    GettingReady,
    LockWaits,
    NormalisationLocked,
    PhotonFactor,
    Progress,
    Ready,
    Report,
    ReportInbox,
    SpreadMeasured,
    Swapped,
    SwapRefused,
    Waker,
)
from livecare.logs import logger
from livecare.recorder.findings import Findings
from livecare.recorder.keeper import Keeper
from livecare.recorder.known_locks import with_frame, with_lock
from livecare.recorder.latencies import Stages
from livecare.ring import GatingReader
from livecare.sinks.numbers import NumberSet
from livecare.sinks.protocol import FrameSink
from livecare.wire import FrameMessage

FAILURES_NAMED: Final = 5
"""Failed frames that are logged one by one; a broken model fails on all of them."""


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
    ready : Ready or None
        What the restorer that runs now said of itself; None while it starts.
    getting_ready : bool
        Whether the restorer that runs now makes an engine ready.
    patience_s : float
        How long it may say nothing while it does, seconds, beyond what is usual.
    degraded : Degraded or None
        What it does instead of restoring all, where it does; also where batches became smaller.
    reports : int
        How many reports have come.
    keeping, over : bool
        Whether a frame is being written just now; whether nothing is collected any more.
    ready_last : Ready or None
        What the latest restorer said of itself, alive or not.
    restored_live : int
        Frames restored while they were fresh, not back-filled.
    backfilling : bool
        Set when what comes from now on was sent a second time.
    generation : int
        How many restorers have become ready so far.
    changes : int
        How often another model or engine took over without a restart.
    answers : dict of int to str or None
        What became of changed orders, by their revision: None where they are followed, else why
        they cannot be.
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
        self._skipped_before = 0
        self._progress = Progress(0, 0)
        self.restored, self.failed = NumberSet(), NumberSet()
        self.ready: Ready | None = None
        self.ready_last: Ready | None = None
        self.degraded: Degraded | None = None
        self.getting_ready = self.keeping = self.over = self.backfilling = False
        self.patience_s = self.slowest_s = 0.0
        self.reports = self.malformed = self.generation = self.changes = self.restored_live = 0
        self.answers: dict[int, str | None] = {}
        self.normalisation: tuple[NormalisationLocked, ...] = ()
        self.stages = Stages()
        self.findings = Findings()

    @property
    def problem(self) -> LivecareError | None:
        """Why restored frames are not recorded any more, where they are not."""
        return self._keeper.problem

    @property
    def cursor(self) -> int:
        """Every raw ticket below it is settled, by the present restorer's word."""
        return self._progress.cursor

    @property
    def taken(self) -> int:
        """Every raw ticket below it was taken out of the ring, by the present restorer's word."""
        return self._progress.cursor + self._progress.held

    @property
    def answerable(self) -> bool:
        """Whether a restorer is there that follows orders, with an engine or without."""
        return self.ready is not None or self.degraded is not None

    @property
    def restores_nothing(self) -> bool:
        """Whether the restorer that is there lets frames pass as they came."""
        return self.degraded is not None and self.degraded.to == "raw"

    @property
    def skipped_live(self) -> int:
        """Frames that restorers passed over, in all."""
        return self._skipped_before + self._progress.skipped

    def settled(self, sequence: int) -> bool:
        """Tell whether a frame is restored or known to be beyond restoring."""
        return sequence in self.restored or sequence in self.failed

    def restorer_gone(self) -> None:
        """Note that the restorer has died; any thread may call."""
        with self._changed:
            self._skipped_before += self._progress.skipped
            self._progress = Progress(0, 0)
            self.ready = self.degraded = None
            self.findings.forget_alarm()
            self.getting_ready = False
            self.patience_s = 0.0
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
        """
        try:
            self._collect()
        finally:
            self.over = True
        if self.problem is not None:
            raise self.problem

    def _collect(self) -> None:
        while True:
            last_round = self._no_more.is_set()
            self._take_report(0 if last_round else HEARTBEAT_MS)
            while (held := self._reader.peek()) is not None:
                slot, message = held
                self.keeping = True
                self._keep(message, slot.block)
                self.keeping = False
                self._reader.release()
                self._waker.wake()
            if last_round:
                return

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

    def _take_report(self, timeout_ms: int) -> None:
        try:
            report = self._inbox.receive(timeout_ms)
        except ProtocolError as error:
            self._ignore(str(error))
            return
        if isinstance(report, FrameFailed) and report.sequence >= self._acquired():
            self._ignore(f"frame {report.sequence} does not exist")
        elif report is not None:
            with self._changed:
                self._note(report)
                self._changed.notify_all()

    def _ignore(self, why: str) -> None:
        self.malformed += 1
        logger().warning("ignored a malformed report", why=why)

    def _note(self, report: Report) -> None:
        self.reports += 1
        match report:
            case GettingReady(patience_s=patience_s):
                self.getting_ready, self.patience_s = True, patience_s
            case Ready():
                self._forget_another(report)
                self.ready = self.ready_last = report
                self.getting_ready, self.degraded = False, None
                self.generation += 1
                self.answers[report.revision] = None
            case Swapped(ready=ready):
                self._forget_another(ready)
                self.changes += _what_serves(ready) != _what_serves(self.ready_last)
                self.ready = self.ready_last = ready
                self.answers[ready.revision] = None
            case SwapRefused(revision=revision, reason=reason):
                self.answers[revision] = reason
            case Degraded(words=words):
                self.degraded = report if words else None
            case Alarmed() | PhotonFactor() | SpreadMeasured():
                self.findings.note(report, live=not self.backfilling)
            case _:
                self._note_of_frames(report)

    def _forget_another(self, ready: Ready) -> None:
        """Forget what was said of another model's frames."""
        if self.ready_last is not None and ready.model != self.ready_last.model:
            self.findings.forget_model()

    def _note_of_frames(self, report: Report) -> None:
        match report:
            case NormalisationLocked():
                self.normalisation = with_lock(self.normalisation, report)
            case LockWaits(channel=channel, reason=reason):
                logger().warning("a channel is not restored yet", channel=channel, reason=reason)
            case Progress():
                self._progress = report
                self.getting_ready = self.getting_ready and self.ready is None
            case FrameFailed(sequence=sequence, reason=reason):
                if self.failed.add(sequence) and len(self.failed) <= FAILURES_NAMED:
                    logger().error("frame not restored", sequence=sequence, reason=reason)


def _what_serves(ready: Ready | None) -> tuple[str, ...]:
    return () if ready is None else (ready.model, ready.engine, ready.precision)
