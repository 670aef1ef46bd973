"""How a run is shown: to subscribers, in a file, and to its exporter, from its start to its end."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import msgspec

from livecare import disk
from livecare.config import Config
from livecare.frame import Ledger
from livecare.link.telemetry import Stage, Telemetry
from livecare.supervisor.exporting import Exporting
from livecare.supervisor.report import RunReport
from livecare.supervisor.run_sign import RunSign, Where
from livecare.supervisor.totals import PROBLEMS, Counted, Totals

QUIET_S: Final = 3.0
"""How long a run that opens its source says nothing, seconds."""


class Showing:
    """Shows a run from before its source is open until after its report; for one thread.

    Parameters
    ----------
    config : Config
        The run's configuration.
    run_id : str
        The run.
    counted : Counted
        What is counted of it.
    where : Where
        Where it answers.
    say : callable
        Is given each snapshot, as it is to be said.

    Raises
    ------
    RingError
        If there is no place for its sign.
    """

    def __init__(
        self,
        config: Config,
        run_id: str,
        counted: Counted,
        where: Where,
        say: Callable[[Telemetry], None],
    ) -> None:
        self._say = say
        self._totals = Totals(counted)
        self._last = first_snapshot(config, run_id)
        self._ended = False
        self._began_s = time.monotonic()
        self._sign = RunSign(run_id, config.ring.directory, where)
        self._exporting = Exporting(config, run_id, self._sign.path)

    def __enter__(self) -> Self:
        self._sign.keep(self._last)
        self._exporting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._ended:  # it failed, and there is no report
            words = str(error) or "it failed: see its log"
            tally = self._last.tally
            tally = msgspec.structs.replace(tally, problems=(*tally.problems, words)[-PROBLEMS:])
            self._sign.keep(msgspec.structs.replace(self._last, stage="ended", tally=tally))
            self._exporting.end()
        self._sign.remove()

    def show(self, snapshot: Telemetry) -> None:
        """Show a snapshot of the part that goes on."""
        total, tally = self._totals.now()
        tally = msgspec.structs.replace(tally, restarts=tally.restarts | self._exporting.restarts)
        self._last = msgspec.structs.replace(snapshot, total=total, tally=tally)
        self._sign.keep(self._last)
        self._exporting.tend()
        self._say(self._last)

    def abort(self) -> None:
        """Take the run's sign away at once; a signal handler may call it."""
        self._sign.remove()

    def wait(self) -> None:
        """Show the run while its source is opened; one that is open soon needs no words."""
        if time.monotonic() - self._began_s > QUIET_S:
            self.go_on("starting")
        else:
            self._exporting.tend()

    def go_on(self, stage: Stage) -> None:
        """Show the run while no part speaks: its source is waited for, or what is completed."""
        still = msgspec.structs.replace(
            self._last, stage=stage, acquired_hz=0.0, recorded_hz=0.0, restored_hz=0.0
        )
        self.show(still)

    def end(self, report: RunReport, ledger: Ledger) -> None:
        """Show the run for the last time, with what its report says; wait for its exporter.

        Parameters
        ----------
        report : RunReport
            Of all its recordings.
        ledger : Ledger
            Of its last part.
        """
        _, tally = self._totals.recount()
        tally = msgspec.structs.replace(
            tally,
            restarts=tally.restarts | self._exporting.restarts,
            problems=report.problems[-PROBLEMS:],
        )
        self._last = msgspec.structs.replace(
            self._last, stage="ended", ledger=ledger, total=report.ledger, tally=tally
        )
        self._ended = True
        self._sign.keep(self._last)
        self._say(self._last)
        self._exporting.end()


def first_snapshot(config: Config, run_id: str) -> Telemetry:
    """Return what can be said of a run whose source is not open yet."""
    return Telemetry(
        run_id=run_id,
        stage="starting",
        ledger=Ledger(),
        expected=None,
        persisted_raw=-1,
        persisted_restored=-1,
        acquired_hz=0.0,
        recorded_hz=0.0,
        restored_hz=0.0,
        latency_p50_ms=None,
        latency_p99_ms=None,
        free_bytes=disk.free_bytes(config.store.path),
        free_minutes=None,
        restorer="starting" if config.restorer.enabled else "off",
        model="",
        engine="",
        why="",
        restarts=0,
        skipped_live=0,
        recording=False,
    )
