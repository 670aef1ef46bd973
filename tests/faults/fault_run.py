"""A fault's trial: runs that it strikes, and the whole account of their frames afterwards."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path

import psutil
from fault_summary import Tally
from live_run import (
    LIVECARE,
    PATIENCE_S,
    LiveRun,
    Outcome,
    Table,
    merge,
    raw_sequences,
    restored_sequences,
)

from livecare import run_place
from livecare.frame import Ledger
from livecare.ring import OverrunnableReader
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.reader import StoreReader
from livecare.sinks.recover import recover
from livecare.sinks.verify import verify
from livecare.supervisor.run_folder import RunFolder

Truth = Callable[[Path], set[int]]
"""Compares every raw frame of a recording with its truth; returns the frames' sequences."""


class Trial:
    """One fault, from its first run to its tally.

    Attributes
    ----------
    tally : Tally
        What became of the frames so far.
    folder : Path
        Where its runs, and whatever else it needs, may lie.
    """

    def __init__(self, fault: str, folder: Path) -> None:
        self.tally = Tally(fault)
        self.folder = folder
        self._runs: list[LiveRun] = []
        self._began = time.monotonic()

    def start(
        self,
        table: Table,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        terminal: int | None = None,
        program: Sequence[str] = LIVECARE,
    ) -> LiveRun:
        """Start a run; each gets a folder of its own."""
        home = self.folder / f"run{len(self._runs)}"
        whole = merge(defaults(home), table)
        self._runs.append(LiveRun(home, whole, arguments, environment, terminal, program))
        return self._runs[-1]

    def settle(
        self,
        run: LiveRun,
        *,
        exit_code: int = 0,
        delivered: int | None = None,
        truth: Truth = raw_sequences,
        timeout_s: float = PATIENCE_S,
        metrics: bool = True,
    ) -> Outcome:
        """Wait for the end of a run, and hold everybody's account of it against the others'.

        Parameters
        ----------
        run : LiveRun
            The run.
        exit_code : int
            What it must end with.
        delivered : int or None
            Frames that the source really took or sent, by its own count; None for a simulated
            camera that was interrupted, whose count is read from the numbers of its frames.
        truth : Truth
            How raw frames are compared with what they should be.
        timeout_s : float
            Longest wait, seconds.
        metrics : bool
            Whether the metrics must be right in the end, too.
        """
        outcome = run.finish(timeout_s)
        assert outcome.exit_code == exit_code, outcome.stderr
        assert "\nTraceback" not in f"\n{outcome.stderr}", outcome.stderr
        ledger = Ledger(**outcome.report["ledger"])
        assert outcome.report["complete"] == (exit_code == 0)
        assert ledger.complete or exit_code
        parts = [part for part in outcome.report["parts"] or [outcome.report] if part["store"]]
        for part in parts if exit_code == 0 else []:
            assert StoreReader(Path(part["store"])).manifest.state == "complete"
        sums = [account(Path(part["store"]), Ledger(**part["ledger"]), truth) for part in parts]
        recorded, taken = sum(each[0] for each in sums), sum(each[1] for each in sums)
        assert ledger.recorded == recorded
        assert ledger.acquired + ledger.lost >= taken, "frames that nobody has counted"
        if delivered is not None:
            assert ledger.acquired + ledger.lost == delivered, f"{ledger} of {delivered}"
        check_telemetry(run, ledger)
        if metrics:
            check_metrics(run, ledger)
        check_nothing_left(run)
        known = ledger.acquired + ledger.lost
        self._add(
            runs=1,
            frames_in=known if delivered is None else delivered,
            recorded=recorded,
            lost=known - recorded if delivered is None else delivered - recorded,
            reported=known - ledger.recorded,
            unrestored=ledger.recorded - ledger.restored,
        )
        return outcome

    def settle_killed(self, run: LiveRun, *, truth: Truth = raw_sequences) -> None:
        """Account for a run whose recorder was killed: what the disk had is there, unchanged."""
        run.process.wait(PATIENCE_S)
        _, alive = psutil.wait_procs(run.strays(), PATIENCE_S)
        assert not alive, "its children live on"
        newest = run.last_snapshot()
        for seen in {seen.run_id: seen for seen in run.snapshots if seen.recording}.values():
            acquired = seen.ledger.acquired
            if seen is newest and seen.stage in ("starting", "acquiring"):  # no back-fill in it yet
                acquired = published(run.rings / f"livecare-{seen.run_id}")
                assert acquired >= seen.ledger.acquired
            self._settle_part(Path(seen.store), acquired, seen.persisted_raw, truth)
        check_swept(run.rings)
        self._add(runs=1)

    def _settle_part(self, store: Path, acquired: int, persisted: int, truth: Truth) -> None:
        recover(store)
        ledger = StoreReader(store).manifest.ledger
        assert ledger is not None
        recorded, _ = account(store, ledger, truth)
        assert recorded > persisted, "what was said to be on the disk is not there"
        acquired = max(acquired, ledger.acquired)
        if recorded < acquired:
            assert StoreReader(store).manifest.state == "incomplete"
        self._add(
            frames_in=acquired,
            recorded=recorded,
            lost=acquired - recorded,
            reported=ledger.acquired - ledger.recorded,
            interrupted=acquired - ledger.acquired,
            unrestored=ledger.recorded - ledger.restored,
        )

    def count(self, **counts: int) -> None:
        """Add to the tally what was tried without a `LiveRun`; see `Tally` for the names."""
        self._add(**counts)

    def result(self) -> Tally:
        """Return the tally, with the time that it took."""
        return replace(self.tally, seconds=round(time.monotonic() - self._began, 2))

    def close(self) -> None:
        """Leave nothing behind."""
        for run in self._runs:
            run.close()

    def _add(self, **counts: int) -> None:
        self.tally = self.tally.plus(Tally("", **counts))
        assert self.tally.silent == 0, f"frames were lost silently: {self.tally}"


METRICS = ("prometheus_client", "starlette", "uvicorn")
"""What the extra 'metrics' brings."""
COUNTED = re.compile(r'livecare_frames_total\{[^}]*outcome="(\w+)"[^}]*\} (\S+)')


def defaults(home: Path) -> Table:
    """Return what every run of a trial is configured with, unless it says otherwise."""
    if not all(map(find_spec, METRICS)):
        return {}
    return {"metrics": {"textfile": str(metrics_file(home))}}


def metrics_file(home: Path) -> Path:
    """Return where a run leaves its metrics."""
    return home / "livecare.prom"


def check_metrics(run: LiveRun, ledger: Ledger) -> None:
    """What Prometheus reads last must agree with the ledger to the frame."""
    if "metrics" in run.table:
        found = COUNTED.findall(metrics_file(run.home).read_text(encoding="utf-8"))
        assert {outcome: float(count) for outcome, count in found} == asdict(ledger)


def account(store: Path, ledger: Ledger, truth: Truth) -> tuple[int, int]:
    """Hold a closed recording's ledger against what is in it.

    Returns the raw frames that are there, and those that the camera took up to the last of them.
    """
    verify(store).require_sound()
    reader = StoreReader(store)
    assert reader.manifest.ledger == ledger, f"{reader.manifest.ledger}, reported {ledger}"
    lines = list(reader.lines("raw"))
    sequences = truth(store)
    assert [line.sequence for line in lines] == sorted(sequences)
    restored = restored_sequences(store)
    assert ledger.recorded == len(lines) == len(sequences)
    assert ledger.restored == len(restored)
    assert restored <= sequences
    unrecorded, unrestored = ledger.acquired - len(lines), len(lines) - len(restored)
    assert unrecorded >= 0
    assert ledger.failed - unrecorded + ledger.skipped == unrestored, f"{ledger}"
    assert ledger.complete or reader.manifest.state == "incomplete"
    lost = sum(line.lost_before for line in lines)
    assert ledger.lost >= lost
    return len(lines), _taken(lines, lost)


def _taken(lines: Sequence[FrameLine], lost: int) -> int:
    """Count what the camera took up to the last frame that is there, by the camera's numbers."""
    numbered = [line for line in lines if line.camera_index is not None]
    if not numbered or any(line.epoch for line in lines):
        return len(lines) + lost
    first, last = numbered[0], numbered[-1]
    assert first.camera_index is not None
    assert last.camera_index is not None
    skipped = sum(line.skipped_before for line in numbered[1:])  # a tap does so by design
    taken = last.camera_index - first.camera_index + 1 + first.lost_before - skipped
    known = last.sequence - first.sequence + 1 + lost
    assert taken == known, f"the camera took {taken} frames, the lines know of {known}"
    return taken


def check_telemetry(run: LiveRun, ledger: Ledger) -> None:
    """The last thing that a run says of itself must be what its report says."""
    last = run.last_snapshot()
    assert last.stage == "ended", last
    assert last.total == ledger, f"telemetry {last.total}, report {ledger}"


def check_nothing_left(run: LiveRun) -> None:
    """No process, no ring folder."""
    _, alive = psutil.wait_procs(run.strays(), PATIENCE_S)
    assert not alive, f"still there: {alive}"
    assert not run.rings.exists() or not list(run.rings.iterdir())


def check_swept(rings: Path) -> None:
    """The folders of dead runs must be cleared away by the next."""
    folder = RunFolder.make("sweeper", rings, 1)
    assert [path.name for path in rings.iterdir()] == [folder.path.name]
    folder.remove()


def published(folder: Path) -> int:
    """Read from a dead run's raw ring how many frames were acquired."""
    if not folder.exists():
        return 0
    with OverrunnableReader(run_place.raw_ring(folder)) as reader:
        return reader.cursor
