"""Knows how the counts of all parts of a run, and of what is around them, are added up."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Protocol, runtime_checkable

from livecare.frame import Ledger
from livecare.link.strangers import Strangers
from livecare.link.tally import RingUse, Serving, Tally
from livecare.sources.protocol import FrameSource
from livecare.supervisor.account import Account
from livecare.supervisor.part import Part
from livecare.supervisor.part_counts import PartCounts

PROBLEMS: Final = 8
"""Problems that a snapshot names, the latest ones; the report names all."""

Rejected = dict[str, dict[str, int]]


@runtime_checkable
class CountsRefusals(Protocol):
    """A source that counts the messages that it refuses."""

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many messages were refused for which reason."""
        ...


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted of a run.

    Attributes
    ----------
    parts : sequence of Part
        Those that have begun and are not over, in order, and the last one in any case.
    accounts : sequence of Account
        Of all that have begun, in order; the run adds to it.
    source : FrameSource
        Where frames come from.
    wanted : callable
        Tells whether frames are to be recorded.
    strangers : tuple of Strangers
        Whom the run's own sockets have turned away.
    """

    parts: Sequence[Part]
    accounts: Sequence[Account]
    source: FrameSource
    wanted: Callable[[], bool]
    strangers: tuple[Strangers, ...]


class Totals:
    """Adds up what a run has counted; for one thread. A part that is over costs nothing more.

    Parameters
    ----------
    counted : Counted
        What is counted.
    """

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._settled, self._open = PartCounts(), list[Account]()
        self._seen = 0
        source = counted.source  # asked once: the answer looks at what its thread changes
        self._refusing = source if isinstance(source, CountsRefusals) else None
        self._refusals: dict[str, int] = {}

    def now(self) -> tuple[Ledger, Tally]:
        """Return the ledger of all recordings so far, and what else was counted."""
        accounts = self._counted.accounts
        self._open += accounts[self._seen :]
        self._seen = len(accounts)
        still_open, total = [], self._settled
        for account in self._open:
            frozen = account.frozen  # looked at first: then nothing more is counted
            counts = account.counts()
            total += counts
            if frozen:
                self._settled += counts
            else:
                still_open.append(account)
        self._open = still_open
        return total.recorded, self._tally(total)

    def recount(self) -> tuple[Ledger, Tally]:
        """Do the same once all is over: the ledger of a part that failed is known only then."""
        self._settled, self._open, self._seen = PartCounts(), [], 0
        return self.now()

    def _tally(self, counts: PartCounts) -> Tally:
        parts = self._counted.parts
        present = parts[-1] if parts else None
        raw_ring, restored_ring = _rings(present)
        return Tally(
            parts=counts.parts,
            unrecorded=counts.unrecorded,
            failed=counts.failed,
            skipped_live=counts.skipped_live,
            backfilled=counts.backfilled,
            passed_over=counts.passed_over,
            loss_estimated=counts.loss_estimated,
            wanted=self._counted.wanted(),
            problems=self._latest_problems(),
            restarts=counts.restarts,
            rejected=self._rejected(counts),
            recorded_latency=counts.recorded_latency,
            restored_latency=counts.restored_latency,
            raw_ring=raw_ring,
            restored_ring=restored_ring,
            serving=_serving(present),
            guards=counts.guards,
        )

    def _latest_problems(self) -> tuple[str, ...]:
        problems = (each.problems for each in self._counted.accounts)
        return tuple(chain.from_iterable(problems))[-PROBLEMS:]

    def _rejected(self, counts: PartCounts) -> Rejected:
        found: Rejected = {each.where: each.counts for each in self._counted.strangers}
        found["preview"] = counts.rejected
        found["reports"] = {"no report of ours": counts.malformed}
        if self._refusing is not None:
            with contextlib.suppress(RuntimeError):  # a reason came up for the first time just now
                self._refusals = dict(self._refusing.reasons)
            found["push"] = self._refusals
        return {where: reasons for where, reasons in found.items() if any(reasons.values())}


def _rings(part: Part | None) -> tuple[RingUse, RingUse]:
    """Return how full the raw and the restored ring are; empty where there is none any more."""
    if part is None:
        return RingUse(), RingUse()
    raw, restored = part.pipeline.gates
    try:
        return RingUse(raw.waiting, raw.slots), RingUse(restored.waiting, restored.slots)
    except ValueError:  # another thread has closed them
        return RingUse(), RingUse()


def _serving(part: Part | None) -> Serving | None:
    ready = None if part is None else part.pipeline.collection.restorer.ready
    if ready is None:
        return None
    return Serving(
        model=ready.model,
        engine=ready.engine,
        precision=ready.precision,
        device=ready.device,
        batch=ready.batch,
        seconds_per_frame=ready.seconds_per_frame,
    )
