"""Knows what each part of a run has counted, in a form in which parts can be added up."""

from dataclasses import dataclass, field, fields

from livecare.frame import Ledger
from livecare.link.tally import GuardTally, LatencyCounts
from livecare.metrics import BOUNDS_S, LatencyHistogram
from livecare.recorder.guard_counts import add_tallies
from livecare.supervisor.pipeline import Pipeline

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class PartCounts:
    """What one part of a run has counted so far, or several of them together.

    Attributes
    ----------
    parts : int
        How many parts.
    recorded, unrecorded : Ledger
        What became of the frames of parts that are recorded, and of parts only looked at.
    failed, restarts : dict of str to int
        As `Tally` has them.
    rejected : dict of str to int
        Whom the publisher turned away, by reason.
    skipped_live, backfilled, passed_over, malformed : int
        Frames, and reports of a restorer that were none.
    loss_estimated : bool
        Whether any part of the lost frames is a guess.
    recorded_latency, restored_latency : LatencyCounts
        As `Tally` has them.
    guards : dict of str to GuardTally
        As `Tally` has them.
    """

    parts: int = 0
    recorded: Ledger = field(default_factory=Ledger)
    unrecorded: Ledger = field(default_factory=Ledger)
    failed: Counts = field(default_factory=dict)
    restarts: Counts = field(default_factory=dict)
    rejected: Counts = field(default_factory=dict)
    skipped_live: int = 0
    backfilled: int = 0
    passed_over: int = 0
    malformed: int = 0
    loss_estimated: bool = False
    recorded_latency: LatencyCounts = field(default_factory=LatencyCounts)
    restored_latency: LatencyCounts = field(default_factory=LatencyCounts)
    guards: dict[str, GuardTally] = field(default_factory=dict)

    def __add__(self, other: "PartCounts") -> "PartCounts":
        """Count both."""
        return PartCounts(
            parts=self.parts + other.parts,
            recorded=add_ledgers(self.recorded, other.recorded),
            unrecorded=add_ledgers(self.unrecorded, other.unrecorded),
            failed=_add(self.failed, other.failed),
            restarts=_add(self.restarts, other.restarts),
            rejected=_add(self.rejected, other.rejected),
            skipped_live=self.skipped_live + other.skipped_live,
            backfilled=self.backfilled + other.backfilled,
            passed_over=self.passed_over + other.passed_over,
            malformed=self.malformed + other.malformed,
            loss_estimated=self.loss_estimated or other.loss_estimated,
            recorded_latency=self.recorded_latency + other.recorded_latency,
            restored_latency=self.restored_latency + other.restored_latency,
            guards=add_tallies(self.guards, other.guards),
        )


def count_part(
    pipeline: Pipeline,
    counted: Ledger,
    final: Ledger | None,
    rejected: Counts,
    *,
    recorded: bool,
) -> PartCounts:
    """Count what a part has done so far.

    Parameters
    ----------
    pipeline : Pipeline
        What runs in it.
    counted : Ledger
        Its ledger as it is counted, in which frames that wait count nowhere.
    final : Ledger or None
        Its ledger in the end; None before that.
    rejected : dict of str to int
        Whom its publisher turned away, by reason.
    recorded : bool
        Whether it is recorded.
    """
    collection, acquisition = pipeline.collection, pipeline.acquisition
    ledger = counted if final is None or not recorded else final
    unrecorded = ledger.acquired - ledger.recorded if recorded and final is not None else 0
    return PartCounts(
        parts=1,
        recorded=ledger if recorded else Ledger(),
        unrecorded=Ledger() if recorded else ledger,
        failed={"recorded": unrecorded, "restored": ledger.failed - unrecorded} if recorded else {},
        restarts={child.name: child.restarts for child in pipeline.children},
        rejected=rejected,
        skipped_live=collection.restorer.skipped_live,
        backfilled=max(0, len(collection.restored) - collection.restored_live) if recorded else 0,
        passed_over=acquisition.passed_over,
        malformed=collection.malformed + pipeline.strange_reports,
        loss_estimated=acquisition.loss_estimated,
        recorded_latency=_below(pipeline.recording.latency) if recorded else LatencyCounts(),
        restored_latency=_below(collection.stages.restored),
        guards=collection.findings.guards.tallies,
    )


def add_ledgers(first: Ledger, second: Ledger) -> Ledger:
    """Return what became of the frames of both."""
    names = [each.name for each in fields(Ledger)]
    return Ledger(**{name: getattr(first, name) + getattr(second, name) for name in names})


def _add(first: Counts, second: Counts) -> Counts:
    return {name: first.get(name, 0) + second.get(name, 0) for name in {**first, **second}}


def _below(histogram: LatencyHistogram) -> LatencyCounts:
    below = histogram.below()
    return LatencyCounts(BOUNDS_S, below.counts, below.sum_s)
