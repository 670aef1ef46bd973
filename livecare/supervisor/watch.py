"""Turns the counters of a running pipeline into snapshots."""

from pathlib import Path
from typing import Final

from livecare import disk
from livecare.frame import Ledger, StreamInfo
from livecare.metrics import Rate
from livecare.sinks.store import Store
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.telemetry import RestorerState, Stage, Telemetry

SECONDS_PER_MINUTE: Final = 60


class Watch:
    """Looks at a run's counters; nothing is slowed by it.

    Parameters
    ----------
    info : StreamInfo
        The run's stream.
    store : Store
        Where its frames go.
    store_path : Path
        Whose disk's free space is told.
    pipeline : Pipeline
        What is counted.
    """

    def __init__(
        self, info: StreamInfo, store: Store, store_path: Path, pipeline: Pipeline
    ) -> None:
        self._info, self._store, self._store_path = info, store, store_path
        self._pipeline = pipeline
        self._acquired, self._recorded, self._restored = Rate(), Rate(), Rate()

    def ledger(self) -> Ledger:
        """Count what became of every frame so far; what is still waiting counts nowhere."""
        acquisition, collection = self._pipeline.acquisition, self._pipeline.collection
        return Ledger(
            acquired=acquisition.acquired,
            recorded=self._pipeline.recording.recorded,
            restored=len(collection.restored),
            skipped=0,
            failed=len(collection.failed),
            lost=acquisition.lost,
        )

    def look(self, stage: Stage) -> Telemetry:
        """Take a snapshot."""
        ledger = self.ledger()
        collection = self._pipeline.collection
        latency, ready = collection.stages.restored, collection.ready
        free = disk.free_bytes(self._store_path)
        recorded_hz = self._recorded.update(ledger.recorded)
        restored_hz = self._restored.update(ledger.restored)
        bytes_per_s = (recorded_hz + restored_hz) * self._info.frame_bytes
        return Telemetry(
            run_id=self._info.run_id,
            stage=stage,
            ledger=ledger,
            expected=self._info.expected_frames,
            persisted_raw=self._store.raw.persisted,
            persisted_restored=self._store.restored.persisted,
            acquired_hz=self._acquired.update(ledger.acquired),
            recorded_hz=recorded_hz,
            restored_hz=restored_hz,
            latency_p50_ms=latency.percentile_ms(50),
            latency_p99_ms=latency.percentile_ms(99),
            free_bytes=free,
            free_minutes=free / bytes_per_s / SECONDS_PER_MINUTE if bytes_per_s else None,
            restorer=self._restorer_state(),
            model="" if ready is None else ready.model,
            engine="" if ready is None else f"{ready.engine} {ready.precision} on {ready.device}",
            why="" if ready is None else ready.why,
            restarts=self._pipeline.restorer.restarts if self._pipeline.restorer else 0,
            skipped_live=collection.skipped_live,
        )

    def _restorer_state(self) -> RestorerState:
        restorer = self._pipeline.restorer
        if restorer is None:
            return "off"
        if self._pipeline.collection.ready is not None:
            return "ready"
        if restorer.given_up:
            return "given up"
        return "restarting" if restorer.restarts else "starting"
