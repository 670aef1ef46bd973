"""The restorer process: gets ready, locks its normalisation, restores until the end."""

from pathlib import Path

import zmq

from livecare.engines import make_engine
from livecare.engines.protocol import Engine
from livecare.link import (
    FrameFailed,
    Progress,
    Ready,
    Reporter,
    RestorerSpec,
    WakeListener,
)
from livecare.logs import logger
from livecare.models.normalise import Normaliser
from livecare.models.package import Model
from livecare.restorer.intake import Intake
from livecare.restorer.locking import Lock
from livecare.restorer.pace import Pace, measure_pace
from livecare.restorer.restoring import Recipe, Restoring
from livecare.ring import OverrunnableReader, RingWriter


def run_restorer(spec: RestorerSpec) -> None:
    """Restore one acquisition.

    Raises
    ------
    ModelError, EngineError, MissingExtraError
        If the model cannot be made ready.
    RingError
        If the rings cannot be opened.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    wakes = WakeListener(context, spec.wake_endpoints)
    with Reporter(context, spec.report_endpoint) as reporter:
        RestorerProcess(spec, wakes, reporter).run()
    wakes.close()
    context.term()


class RestorerProcess:
    """Everything that a restorer holds while it works."""

    def __init__(self, spec: RestorerSpec, wakes: WakeListener, reporter: Reporter) -> None:
        self._spec = spec
        self._wakes = wakes
        self._reporter = reporter

    def run(self) -> None:
        """Get ready, then restore until the raw ring closes."""
        spec = self._spec
        model = Model.load(Path(spec.model))
        engine = make_engine(spec.engine)
        engine.load(model, spec.threads)
        lock = Lock(spec, model)
        pace = measure_pace(
            engine,
            spec.shape_yx,
            spec.dtype,
            spec.restored_dtype,
            spec.latency_budget_ms / 1e3,
            spec.max_batch,
            lock.to_warm_up(),
        )
        with (
            OverrunnableReader(Path(spec.raw_ring)) as reader,
            RingWriter(Path(spec.restored_ring)) as ring,
        ):
            capacity = max(pace.batch, spec.lock_frames)
            backlog = min(pace.backlog, reader.slots // 2)
            intake = Intake(reader, capacity, backlog, spec.shape_yx, spec.dtype)
            self._announce(engine, pace)
            self._report_progress(intake)
            normaliser = self._lock(lock, intake)
            if normaliser is not None:
                recipe = Recipe(engine, model.name, model.sha256, normaliser, spec.restored_dtype)
                restoring = Restoring(recipe, ring, self._wakes.wait, self._failed)
                self._restore_all(intake, restoring, pace)
        engine.close()

    def _announce(self, engine: Engine, pace: Pace) -> None:
        self._reporter.send(
            Ready(engine.name, engine.precision, pace.batch, pace.seconds_per_frame)
        )
        logger().info(
            "restorer ready",
            engine=engine.name,
            precision=engine.precision,
            threads=self._spec.threads,
            batch=pace.batch,
            ms_per_frame=round(pace.seconds_per_frame * 1e3, 2),
        )

    def _lock(self, lock: Lock, intake: Intake) -> Normaliser | None:
        normaliser = lock.take(intake, self._wakes.wait)
        if normaliser is None or self._spec.locked is not None:
            return normaliser
        report = lock.report(normaliser)
        self._reporter.send(report)
        logger().info(
            "normalisation locked", kind=report.kind, origin=report.origin, **report.values
        )
        lock.warn(normaliser)
        return normaliser

    def _restore_all(self, intake: Intake, restoring: Restoring, pace: Pace) -> None:
        self._report_progress(intake)
        while not intake.closed:
            if intake.waiting == 0:
                self._wakes.wait()
                continue
            batch = intake.take(pace.batch)
            if batch.messages:
                restoring.restore(batch)
            self._report_progress(intake)

    def _report_progress(self, intake: Intake) -> None:
        self._reporter.send(Progress(intake.cursor, intake.skipped))

    def _failed(self, sequence: int, reason: str) -> None:
        self._reporter.send(FrameFailed(sequence, reason))
