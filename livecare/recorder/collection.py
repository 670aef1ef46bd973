"""From the restored ring to the disk, and what the restorer reports on the way."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from livecare.errors import ProtocolError
from livecare.frame import FrameHeader, Restoration
from livecare.link import (
    HEARTBEAT_MS,
    FrameFailed,
    GettingReady,
    LockWaits,
    NormalisationLocked,
    Progress,
    Ready,
    Report,
    ReportInbox,
    Swapped,
    SwapRefused,
    Waker,
)
from livecare.logs import logger
from livecare.metrics import LatencyHistogram, RecentLatency
from livecare.ring import GatingReader
from livecare.sinks.numbers import NumberSet
from livecare.sinks.protocol import FrameSink
from livecare.wire import FrameMessage

FAILURES_NAMED: Final = 5
"""Failed frames that are logged one by one; a broken model fails on all of them."""


@dataclass(frozen=True, slots=True)
class Stages:
    """Where the time of a restored frame went; one histogram per stage."""

    waiting: LatencyHistogram = field(default_factory=LatencyHistogram)
    """From its arrival until the restorer took it."""
    engine: LatencyHistogram = field(default_factory=LatencyHistogram)
    """The batch that it was in, in the engine."""
    restored: LatencyHistogram = field(default_factory=LatencyHistogram)
    """From its arrival until it was published, restored."""
    added: LatencyHistogram = field(default_factory=LatencyHistogram)
    """The same without the engine: what livecare itself costs."""
    age: RecentLatency = field(default_factory=RecentLatency)
    """As `restored`, of the last seconds."""

    def add(self, header: FrameHeader, restoration: Restoration) -> None:
        """Count one frame."""
        total = restoration.published_ns - header.received_ns
        self.waiting.add(restoration.taken_ns - header.received_ns)
        self.engine.add(restoration.engine_ns)
        self.restored.add(total)
        self.age.add(total)
        self.added.add(total - restoration.engine_ns)


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

    Attributes
    ----------
    restored, failed : NumberSet
        Frames in the store; frames that the engine cannot restore.
    ready : Ready or None
        What the restorer that runs now said of itself; None while it starts.
    getting_ready : bool
        Whether the restorer that runs now makes its first engine ready.
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
    """

    def __init__(
        self,
        reader: GatingReader,
        sink: FrameSink,
        inbox: ReportInbox,
        waker: Waker,
        acquired: Callable[[], int],
    ) -> None:
        self._reader = reader
        self._sink = sink
        self._inbox = inbox
        self._waker = waker
        self._acquired = acquired
        self._no_more = threading.Event()
        self._changed = threading.Condition()
        self._skipped_before = 0
        self._progress = Progress(0, 0)
        self.restored = NumberSet()
        self.failed = NumberSet()
        self.ready: Ready | None = None
        self.getting_ready = False
        self.ready_last: Ready | None = None
        self.restored_live = 0
        self.generation = 0
        self.changes = 0
        self.answers: dict[int, str | None] = {}
        self.normalisation: tuple[NormalisationLocked, ...] = ()
        self.malformed = 0
        self.backfilling = False
        self.stages = Stages()

    @property
    def cursor(self) -> int:
        """Every raw ticket below it is settled, by the present restorer's word."""
        return self._progress.cursor

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
            self.ready = None
            self.getting_ready = False
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until something that was collected or reported makes the condition hold."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    def finish(self) -> None:
        """Say that the restorer has ended: collect what waits, then end."""
        self._no_more.set()

    def run(self) -> None:
        """Collect until `finish`. Raises DiskFullError or StoreError at the frame that failed."""
        while True:
            last_round = self._no_more.is_set()
            self._take_report(0 if last_round else HEARTBEAT_MS)
            while (held := self._reader.peek()) is not None:
                slot, message = held
                self._keep(message, slot.block)
                self._reader.release()
                self._waker.wake()
            if last_round:
                return

    def _keep(self, message: FrameMessage, block: memoryview) -> None:
        header, restoration = message.header, message.restoration
        if header.sequence in self.restored or restoration is None or restoration.passed_through:
            return  # what passed as raw was for the eye, and is restored later
        self._follow(header.position.c, restoration)
        provenance: dict[str, Any] = asdict(restoration)
        if self.backfilling:
            provenance["backfilled"] = True
        else:
            self.stages.add(header, restoration)
            self.restored_live += 1
        self._sink.append(header, block, provenance)
        with self._changed:
            self.restored.add(header.sequence)
            self._changed.notify_all()

    def _follow(self, channel: int, restoration: Restoration) -> None:
        """Keep in mind what the next restorer has to go on with, if this one dies."""
        known = next((each for each in self.normalisation if each.channel == channel), None)
        kind = restoration.normalisation
        same = known is not None and known.kind == kind
        if same and (kind != "ema" or self.backfilling):
            return
        # Known or not: the report of it may have died with the restorer.
        origin = known.origin if known is not None and same else "the first restored frame"
        try:
            units = known.units if known is not None and same else ""
            found = NormalisationLocked(kind, restoration.normalised_with, origin, channel, units)
        except ValueError as error:
            self._ignore(f"a frame's normalisation: {error}")
            return
        self._know(found)

    def _know(self, found: NormalisationLocked) -> None:
        others = [each for each in self.normalisation if each.channel != found.channel]
        self.normalisation = tuple(sorted([*others, found], key=lambda each: each.channel))

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
        match report:
            case GettingReady():
                self.getting_ready = True
            case Ready():
                self.ready = self.ready_last = report
                self.getting_ready = False
                self.generation += 1
                self.answers[report.revision] = None
            case Swapped(ready=ready):
                self.changes += _what_serves(ready) != _what_serves(self.ready_last)
                self.ready = self.ready_last = ready
                self.answers[ready.revision] = None
            case SwapRefused(revision=revision, reason=reason):
                self.answers[revision] = reason
            case NormalisationLocked():
                self._know(report)
            case LockWaits(channel=channel, reason=reason):
                logger().warning("a channel is not restored yet", channel=channel, reason=reason)
            case Progress():
                self._progress = report
            case FrameFailed(sequence=sequence, reason=reason):
                if self.failed.add(sequence) and len(self.failed) <= FAILURES_NAMED:
                    logger().error("frame not restored", sequence=sequence, reason=reason)


def _what_serves(ready: Ready | None) -> tuple[str, ...]:
    return () if ready is None else (ready.model, ready.engine, ready.precision)
