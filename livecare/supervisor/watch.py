"""Turns the counters of a running pipeline into snapshots."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from livecare import disk
from livecare.frame import Ledger, StreamInfo
from livecare.link.telemetry import RestorerState, Stage, Telemetry
from livecare.load import MachineLoad
from livecare.metrics import Rate
from livecare.sinks.store import Store
from livecare.supervisor.light import part_light
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.store import NoStore

SECONDS_PER_MINUTE: Final = 60
GPU_ENGINES: Final = ("tensorrt", "onnxruntime-")
"""What the names of engines begin with that run on a GPU."""


class _Room(NamedTuple):
    """What is left of a disk, bytes, and how long that lasts; None while nothing comes."""

    free_bytes: int
    minutes: float | None


class Watch:
    """Looks at a run's counters; nothing is slowed by it.

    Parameters
    ----------
    info : StreamInfo
        The run's stream.
    store : Store or NoStore
        Where its frames go.
    store_path : Path
        Whose disk's free space is told.
    pipeline : Pipeline
        What is counted.
    restored_frame_bytes : int
        Bytes of a restored frame, whose type may be another than the raw one's.
    recording : bool
        Whether frames are recorded.
    refused : callable
        Says what the run would not do now, and why; see `Telemetry`.
    """

    def __init__(
        self,
        info: StreamInfo,
        store: Store | NoStore,
        store_path: Path,
        pipeline: Pipeline,
        restored_frame_bytes: int,
        *,
        recording: bool = True,
        refused: Callable[[], dict[str, str]] = dict,
    ) -> None:
        self._info, self._store, self._store_path = info, store, store_path
        self._pipeline = pipeline
        self._restored_frame_bytes = restored_frame_bytes
        self._recording, self._refused = recording, refused
        self._acquired, self._recorded, self._restored = Rate(), Rate(), Rate()
        self._load = MachineLoad()

    def ledger(self) -> Ledger:
        """Count what became of every frame so far; what is still waiting counts nowhere.

        While nothing is recorded, no frame is in a recording.
        """
        acquisition, collection = self._pipeline.acquisition, self._pipeline.collection
        return Ledger(
            acquired=acquisition.acquired,
            recorded=self._pipeline.recording.recorded if self._recording else 0,
            restored=len(collection.restored) if self._recording else 0,
            skipped=0,
            failed=len(collection.failed),
            lost=acquisition.lost,
        )

    def look(self, stage: Stage) -> Telemetry:
        """Take a snapshot."""
        ledger = self.ledger()
        collection, store = self._pipeline.collection, self._store
        latency, ready = collection.stages.restored, collection.restorer.ready
        acquired_hz = self._acquired.update(ledger.acquired)
        recorded_hz = self._recorded.update(ledger.recorded)
        restored_hz = self._restored.update(len(collection.restored))
        findings, room = collection.findings, self._room(acquired_hz, recorded_hz, restored_hz)
        age_p50_ms, age_p99_ms = collection.stages.age.percentiles_ms(50, 99)
        return Telemetry(
            run_id=self._info.run_id,
            stage=stage,
            ledger=ledger,
            expected=self._info.expected_frames,
            persisted_raw=store.raw.persisted,
            persisted_restored=store.restored.persisted,
            acquired_hz=acquired_hz,
            recorded_hz=recorded_hz,
            restored_hz=restored_hz,
            latency_p50_ms=latency.percentile_ms(50),
            latency_p99_ms=latency.percentile_ms(99),
            free_bytes=room.free_bytes,
            free_minutes=room.minutes,
            restorer=self._restorer_state(),
            model="" if ready is None else ready.model,
            engine="" if ready is None else f"{ready.engine} {ready.precision} on {ready.device}",
            why="" if ready is None else ready.why,
            restarts=self._pipeline.restorer.restarts if self._pipeline.restorer else 0,
            skipped_live=collection.restorer.skipped_live,
            recording=self._recording,
            store=str(self._store_path) if self._recording else "",
            recorded_s=self._recorded_s(),
            marks=store.marks if isinstance(store, Store) else 0,
            age_p50_ms=age_p50_ms,
            age_p99_ms=age_p99_ms,
            cpu_percent=self._load.cpu_percent(),
            gpu_percent=self._gpu_percent(),
            normalisation=collection.normalisation,
            refused=self._refused(),
            degraded=self._degraded(),
            alarm=findings.alarm.words if findings.alarm else "",
            spreads=tuple(found for _, found in sorted(findings.spreads.items())),
            light=part_light(self._info, ledger, self._pipeline),
        )

    def _room(self, acquired_hz: float, recorded_hz: float, restored_hz: float) -> _Room:
        """Return what is left of the disk, and how long it lasts at these rates."""
        free = disk.free_bytes(self._store_path)
        kept_hz = recorded_hz if self._recording else acquired_hz  # as if it were recorded
        bytes_per_s = kept_hz * self._info.frame_bytes + restored_hz * self._restored_frame_bytes
        return _Room(free, free / bytes_per_s / SECONDS_PER_MINUTE if bytes_per_s else None)

    def _recorded_s(self) -> float | None:
        """Return how long frames have been recorded, seconds; None where they are not."""
        acquisition = self._pipeline.acquisition
        if not self._recording or acquisition.began_ns is None:
            return None
        return ((acquisition.ended_ns or time.perf_counter_ns()) - acquisition.began_ns) / 1e9

    def _gpu_percent(self) -> float | None:
        """Return how busy the GPU is, where the engine runs on one."""
        ready = self._pipeline.collection.restorer.ready
        on_gpu = ready is not None and ready.engine.startswith(GPU_ENGINES)
        return self._load.gpu_percent() if on_gpu else None

    def _degraded(self) -> str:
        """Say what is not as it should be, what is done instead and why; "" while all is well."""
        pipeline, degraded = self._pipeline, self._pipeline.collection.restorer.degraded
        found = [child.trouble for child in pipeline.children]
        if degraded is not None:
            found.insert(0, degraded.words)
        return "; ".join(words for words in found if words)

    def _restorer_state(self) -> RestorerState:
        restorer, status = self._pipeline.restorer, self._pipeline.collection.restorer
        if restorer is None:
            return "off"
        if status.degraded is not None and status.degraded.to != "full":
            return "degraded"
        if status.ready is not None:
            return "ready"
        if restorer.given_up:
            return "given up"
        if status.getting_ready:
            return "building"
        return "restarting" if restorer.restarts else "starting"
