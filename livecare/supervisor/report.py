"""What is said of a run when it is over."""

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec

from livecare.config import Config
from livecare.errors import UsageError
from livecare.frame import Ledger, StreamInfo
from livecare.link import NormalisationLocked
from livecare.link.tally import GuardTally, LightTally
from livecare.recorder import Collection
from livecare.recorder.guard_counts import add_tallies
from livecare.supervisor.light import part_light
from livecare.supervisor.part_counts import add_ledgers
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.plan import Restorers

Milliseconds = dict[str, float | None]
"""p50, p99 and max, ms; None where nothing was measured."""


class EngineReport(msgspec.Struct, frozen=True):
    """What restored the frames last; the recording says it of each frame.

    `device` is what really ran the network, `why` says why that engine and no other, for people.
    `normalisation` has an entry for each channel that was normalised, in their order.
    """

    name: str
    precision: str
    device: str
    why: str
    model: str
    sha256: str
    threads: int
    batch: int
    normalisation: tuple[NormalisationLocked, ...]


class RunReport(msgspec.Struct, frozen=True):
    """A run's result.

    Attributes
    ----------
    run_id, store : str
        The run, and the path of its recording; "" where none was asked for.
    complete : bool
        Whether every frame is there.
    problems : tuple of str
        What went wrong, in sentences.
    ledger : Ledger
        What became of every frame.
    loss_estimated : bool
        True when `ledger.lost` is in part a guess.
    passed_over : int
        Frames that a newest-only tap skipped by design.
    latency_ms : dict
        From a frame's arrival until it was published restored, live frames only.
    stages_ms : dict
        The same for parts of the way: recorded, waiting, engine, added (all but the engine).
    rates_hz : dict
        Acquired and restored-live frames per second of the acquisition.
    restorer : dict
        Counts: restarts, frames skipped while live, back-filled, malformed reports, and changes of
        model or engine on the way.
    engine : EngineReport or None
        None when nothing was restored.
    guards : dict of str to GuardTally
        What the guards found in restored frames, by their names.
    light : LightTally
        Light that was given and saved; of the first part, where there are several.
    stopped_by : str
        Why the acquisition was ended by an alarm of theirs; "" where it was not.
    psnr_db : dict or None
        Of raw and restored frames, where the truth is known.
    parts : tuple of RunReport
        Where the camera's frames became others in mid-run, the report of each recording; counts
        and problems are those of all, the rest is the first one's.
    """

    run_id: str
    store: str
    complete: bool
    problems: tuple[str, ...]
    ledger: Ledger
    loss_estimated: bool
    passed_over: int
    latency_ms: Milliseconds
    stages_ms: dict[str, Milliseconds]
    rates_hz: dict[str, float]
    restorer: dict[str, int]
    engine: EngineReport | None
    guards: dict[str, GuardTally] = {}
    light: LightTally = LightTally()
    stopped_by: str = ""
    psnr_db: dict[str, float] | None = None
    parts: tuple["RunReport", ...] = ()

    def write(self, path: Path) -> None:
        """Write it as JSON. Raises UsageError if that cannot be."""
        try:
            path.write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")
        except OSError as error:
            raise UsageError(f"cannot write the report {path}: {error.strerror}") from error

    def with_scores(self, psnr_db: dict[str, float] | None) -> "RunReport":
        """Return a copy with scores against the truth."""
        return msgspec.structs.replace(self, psnr_db=psnr_db)


def combine(reports: Sequence[RunReport]) -> RunReport:
    """Return the report of a run from those of its parts."""
    first, *later = reports
    if not later:
        return first
    return msgspec.structs.replace(
        first,
        complete=all(each.complete for each in reports),
        problems=tuple(
            f"{Path(each.store).name or 'not recorded'}: {problem}"
            for each in reports
            for problem in each.problems
        ),
        ledger=reduce(add_ledgers, (each.ledger for each in reports)),
        loss_estimated=any(each.loss_estimated for each in reports),
        passed_over=sum(each.passed_over for each in reports),
        restorer={name: sum(each.restorer[name] for each in reports) for name in first.restorer},
        guards=reduce(add_tallies, (each.guards for each in reports)),
        stopped_by="; ".join(each.stopped_by for each in reports if each.stopped_by),
        parts=tuple(reports),
    )


def compile_report(
    info: StreamInfo,
    config: Config,
    pipeline: Pipeline,
    ledger: Ledger,
    problems: tuple[str, ...],
    *,
    recorded: bool = True,
) -> RunReport:
    """Gather a finished run's figures."""
    acquisition, collection = pipeline.acquisition, pipeline.collection
    stages = collection.stages
    seconds = ((acquisition.ended_ns or 0) - (acquisition.began_ns or 0)) / 1e9
    return RunReport(
        run_id=info.run_id,
        store=str(config.store.path) if recorded else "",
        complete=ledger.complete and not problems,
        problems=problems,
        ledger=ledger,
        loss_estimated=acquisition.loss_estimated,
        passed_over=acquisition.passed_over,
        latency_ms=stages.restored.summary_ms(),
        stages_ms={
            "recorded": pipeline.recording.latency.summary_ms(),
            "waiting": stages.waiting.summary_ms(),
            "engine": stages.engine.summary_ms(),
            "added": stages.added.summary_ms(),
        },
        rates_hz={
            "acquired": round(ledger.acquired / seconds, 3) if seconds > 0 else 0.0,
            "restored_live": round(collection.restored_live / seconds, 3) if seconds > 0 else 0.0,
        },
        restorer={
            "restarts": pipeline.restorer.restarts if pipeline.restorer else 0,
            "skipped_live": collection.restorer.skipped_live,
            "backfilled": len(collection.restored) - collection.restored_live,
            "malformed_reports": collection.malformed,
            "changes": collection.restorer.changes,
        },
        engine=_engine_report(collection, pipeline.restorers),
        guards=collection.findings.guards.tallies,
        light=part_light(info, ledger, pipeline),
        stopped_by=collection.findings.stop_wanted,
    )


def _engine_report(collection: Collection, restorers: Restorers | None) -> EngineReport | None:
    ready = collection.restorer.ready_last
    if restorers is None or ready is None:
        return None
    return EngineReport(
        name=ready.engine,
        precision=ready.precision,
        device=ready.device,
        why=ready.why,
        model=restorers.model.name,
        sha256=restorers.model.sha256,
        threads=restorers.threads,
        batch=ready.batch,
        normalisation=collection.normalisation,
    )


def as_table(report: RunReport) -> list[tuple[str, Any]]:
    """Return the report's main lines, for people."""
    ledger = report.ledger
    rows: list[tuple[str, Any]] = [
        ("frames acquired", ledger.acquired),
        ("recorded (raw)", ledger.recorded),
        ("restored", ledger.restored),
        ("restored at the end, not live", report.restorer["backfilled"]),
        ("skipped", ledger.skipped),
        ("failed", ledger.failed),
        ("lost", f"{ledger.lost}{' (estimated)' if report.loss_estimated else ''}"),
    ]
    if report.latency_ms["p50"] is not None:
        rows.append(
            (
                "camera to restored",
                f"{report.latency_ms['p50']:.1f} ms p50, {report.latency_ms['p99']:.1f} ms p99",
            )
        )
    if report.engine is not None:
        engine = report.engine
        rows.append(("engine", f"{engine.name} {engine.precision} on {engine.device}"))
        rows.append(("model", f"{engine.model} ({engine.sha256[:12]})"))
        for locked in engine.normalisation:
            several = len(engine.normalisation) > 1
            of_which = f" of channel {locked.channel}" if several else ""
            rows.append((f"normalisation{of_which}", _normalised(locked)))
    rows += _guard_rows(report)
    if report.psnr_db is not None:
        raw, restored = report.psnr_db["raw"], report.psnr_db["restored"]
        rows.append(("PSNR", f"{raw:.1f} dB raw, {restored:.1f} dB restored"))
    recordings = [each.store for each in report.parts or (report,) if each.store]
    rows += [("recording", store) for store in recordings or ["none: nobody asked for one"]]
    return rows


def _normalised(locked: NormalisationLocked) -> str:
    """Say how a channel was normalised: an estimate of 0 is none that people should copy."""
    if locked.values.get("read_noise") or not locked.origin.startswith("estimated"):
        return locked.words
    return locked.words.replace("read noise 0", "read noise too small to tell")


def _guard_rows(report: RunReport) -> list[tuple[str, Any]]:
    """Say what the guards found, if anything watched."""
    rows: list[tuple[str, Any]] = []
    if report.guards:
        alarms = [
            f"{name} in {tally.alarms} of {tally.frames} frames"
            for name, tally in report.guards.items()
            if tally.alarms
        ]
        rows.append(("guards", "; ".join(alarms) or "no alarm"))
        if alarms:
            page = f"livecare report {report.store}, " if report.store else ""
            rows.append(("what guards mean", f"{page}docs/trust.md"))
    if report.light.words:
        rows.append(("light", report.light.words))
    if report.stopped_by:
        rows.append(("ended by an alarm", report.stopped_by))
    return rows
