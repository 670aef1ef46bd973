"""How the restorer is, by its own word: its engine, its progress, and which orders it follows."""

from typing import Final

from livecare.link import Degraded, GettingReady, Progress, Ready, Report, Swapped, SwapRefused

NO_PROGRESS: Final = Progress(0, 0)
"""What a restorer has done that has not said anything yet."""


class RestorerStatus:
    """Keeps what the restorers of a part report of themselves; one thread notes, others look.

    Attributes
    ----------
    ready : Ready or None
        What the restorer that runs now said of itself; None while it starts.
    ready_last : Ready or None
        What the latest restorer said of itself, alive or not.
    getting_ready : bool
        Whether the restorer that runs now makes an engine ready.
    patience_s : float
        How long it may say nothing while it does, seconds, beyond what is usual.
    degraded : Degraded or None
        What it does instead of restoring all, where it does; also where batches became smaller.
    reports : int
        How many reports have come, of whatever kind.
    generation : int
        How many restorers have become ready so far.
    changes : int
        How often another model or engine took over without a restart.
    answers : dict of int to str or None
        What became of changed orders, by their revision: None where they are followed, else why
        they cannot be.
    """

    def __init__(self) -> None:
        self._skipped_before = 0
        self._progress = NO_PROGRESS
        self.ready: Ready | None = None
        self.ready_last: Ready | None = None
        self.getting_ready = False
        self.patience_s = 0.0
        self.degraded: Degraded | None = None
        self.reports = self.generation = self.changes = 0
        self.answers: dict[int, str | None] = {}

    @property
    def cursor(self) -> int:
        """Every raw ticket below it is settled, by the present restorer's word."""
        return self._progress.cursor

    @property
    def taken(self) -> int:
        """Every raw ticket below it was taken out of the ring, by the present restorer's word."""
        return self._progress.cursor + self._progress.held

    @property
    def skipped_live(self) -> int:
        """Frames that restorers passed over, in all."""
        return self._skipped_before + self._progress.skipped

    @property
    def answerable(self) -> bool:
        """Whether a restorer is there that follows orders, with an engine or without."""
        return self.ready is not None or self.degraded is not None

    @property
    def restores_nothing(self) -> bool:
        """Whether the restorer that is there lets frames pass as they came."""
        return self.degraded is not None and self.degraded.to == "raw"

    def gone(self) -> None:
        """Note that the restorer has died."""
        self._skipped_before += self._progress.skipped
        self._progress = NO_PROGRESS
        self.ready = self.degraded = None
        self.getting_ready = False
        self.patience_s = 0.0

    def note(self, report: Report) -> None:
        """Take note of a report; of one on frames, only that it came."""
        self.reports += 1
        match report:
            case GettingReady(patience_s=patience_s):
                self.getting_ready, self.patience_s = True, patience_s
            case Ready():
                self.ready = self.ready_last = report
                self.getting_ready, self.degraded = False, None
                self.generation += 1
                self.answers[report.revision] = None
            case Swapped(ready=ready):
                self.changes += _what_serves(ready) != _what_serves(self.ready_last)
                self.ready = self.ready_last = ready
                self.answers[ready.revision] = None
            case SwapRefused(revision=revision, reason=reason):
                self.answers[revision] = reason
            case Degraded(words=words):
                self.degraded = report if words else None
            case Progress():
                self._progress = report
                self.getting_ready = self.getting_ready and self.ready is None


def _what_serves(ready: Ready | None) -> tuple[str, ...]:
    return () if ready is None else (ready.model, ready.engine, ready.precision)
