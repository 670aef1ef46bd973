"""The account of a part: what became of its frames, so far and in the end."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from livecare import run_place
from livecare.config import Config
from livecare.frame import Ledger, StreamInfo
from livecare.supervisor.final_ledger import close_ledger, count_failed_restores
from livecare.supervisor.part_counts import PartCounts, count_part
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.preview_refusals import PreviewRefusals
from livecare.supervisor.problems import Problems
from livecare.supervisor.report import RunReport, compile_report


class Account:
    """Keeps the account of a part; of one that is over, numbers only.

    Parameters
    ----------
    config : Config
        The run's configuration, with the path of this part's recording.
    info : StreamInfo
        What its frames are.
    pipeline : Pipeline
        What runs in it; let go of by `freeze`.
    problems : Problems
        What went wrong in it.
    folder : Path
        Its private files.
    counted : callable
        Returns its ledger so far, in which frames that wait count nowhere; let go of, too.
    recorded : bool
        Whether its frames are recorded.
    """

    def __init__(
        self,
        config: Config,
        info: StreamInfo,
        pipeline: Pipeline,
        problems: Problems,
        folder: Path,
        counted: Callable[[], Ledger],
        *,
        recorded: bool,
    ) -> None:
        refusals = PreviewRefusals(run_place.preview_refusals_file(folder))
        self._problems, self._recorded = problems, recorded
        self._kept: _Open | _Frozen = _Open(
            config, info, pipeline, problems, refusals, counted, recorded=recorded
        )

    @property
    def frozen(self) -> bool:
        """Whether nothing more is counted."""
        return isinstance(self._kept, _Frozen)

    @property
    def ledger(self) -> Ledger:
        """What became of its frames: in the end, once that is known; so far, before that.

        Of frames that are only looked at, nothing more is ever known.
        """
        return self._kept.ledger

    @property
    def taken(self) -> int:
        """Frames that were recorded, or would have been."""
        return self._kept.taken

    @property
    def settled(self) -> int:
        """Frames that were restored, or never will be, so far."""
        return self._kept.settled

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong so far, in sentences."""
        return self._problems.sentences

    @property
    def spoken_of(self) -> bool:
        """Whether the part has a place in the report: recorded, or something went wrong."""
        return self._recorded or bool(self.problems)

    def note(self, problem: str) -> None:
        """Add a problem to the report."""
        self._problems.note(problem)

    def counts(self) -> PartCounts:
        """Return what the part has counted so far, to be added to what others have."""
        return self._kept.counts()

    def write_off(self, why: str) -> None:
        """Count what is not restored as skipped, and say why: nothing more will be."""
        if isinstance(self._kept, _Open):
            self._kept.write_off(why)

    def close(self) -> Ledger:
        """Account for every frame, now that nothing more becomes of any; once is enough."""
        return self._kept.close()

    def freeze(self) -> None:
        """Close, and keep nothing but numbers: the part's memory is to be free."""
        if isinstance(self._kept, _Open):
            self._kept = self._kept.freeze()

    def report(self) -> RunReport:
        """Say what became of the part, once it is finished, or cannot be."""
        report, problems = self._kept.report(), self.problems  # some are known afterwards only
        complete = report.ledger.complete and not problems
        return msgspec.structs.replace(report, complete=complete, problems=problems)


@dataclass(frozen=True, slots=True)
class _Frozen:
    """What is kept of a part that is over; see `Account`."""

    ledger: Ledger
    final: Ledger
    taken: int
    settled: int
    counted: PartCounts
    reported: RunReport

    def counts(self) -> PartCounts:
        return self.counted

    def close(self) -> Ledger:
        return self.final

    def report(self) -> RunReport:
        return self.reported


class _Open:
    """What a part is counted from while it goes on; see `Account`."""

    def __init__(
        self,
        config: Config,
        info: StreamInfo,
        pipeline: Pipeline,
        problems: Problems,
        refusals: PreviewRefusals,
        counted: Callable[[], Ledger],
        *,
        recorded: bool,
    ) -> None:
        self._config, self._info, self._pipeline = config, info, pipeline
        self._problems, self._refusals, self._counted = problems, refusals, counted
        self._recorded, self._written_off = recorded, False
        self._final: Ledger | None = None

    @property
    def ledger(self) -> Ledger:
        return self._final if self._final is not None and self._recorded else self._counted()

    @property
    def taken(self) -> int:
        return self._pipeline.recording.recorded

    @property
    def settled(self) -> int:
        return len(self._pipeline.collection.restored) + len(self._pipeline.collection.failed)

    def counts(self) -> PartCounts:
        counted, refused = self._counted(), self._refusals.counts()
        return count_part(self._pipeline, counted, self._final, refused, recorded=self._recorded)

    def write_off(self, why: str) -> None:
        counted = self._counted()
        self._written_off = True
        unrestored = counted.recorded - counted.restored - counted.failed
        if self._pipeline.restorer is not None and unrestored > 0:
            self._problems.note(
                f"{unrestored} recorded frames were not restored: {why}; restore them with "
                f"'livecare restore {self._config.store.path} OUT'"
            )

    def close(self) -> Ledger:
        if self._final is None:
            self._refusals.counts()  # the publisher has said the end: its file may go
            self._final = self._close() if self._recorded else Ledger()
        return self._final

    def freeze(self) -> _Frozen:
        final = self.close()
        return _Frozen(self.ledger, final, self.taken, self.settled, self.counts(), self.report())

    def report(self) -> RunReport:
        return compile_report(
            self._info,
            self._config,
            self._pipeline,
            self.close(),
            self._problems.sentences,
            recorded=self._recorded,
        )

    def _close(self) -> Ledger:
        counted, restorer = self._counted(), self._pipeline.restorer
        backfill = self._pipeline.config.restorer.backfill  # it may have been changed under way
        collection = self._pipeline.collection
        # where nothing can be restored, it is not that there was no time
        wanted = (backfill or collection.restorer.restores_nothing) and not self._written_off
        failed = count_failed_restores(counted, restorer, backfill=wanted)
        self._problems.note_failed_restores(failed, restorer, collection.restorer.degraded)
        return close_ledger(counted, failed)
