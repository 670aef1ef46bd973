"""The restorer process: gets ready, locks the intensity window, restores until the end."""

from pathlib import Path

import zmq

from livecare.engines import make_engine
from livecare.engines.protocol import Engine
from livecare.frame import Pixels
from livecare.link import (
    FrameFailed,
    Progress,
    Ready,
    Reporter,
    RestorerSpec,
    WakeListener,
    WindowLocked,
)
from livecare.logs import logger
from livecare.models.normalise import IntensityWindow
from livecare.models.package import Model
from livecare.restorer.intake import Intake
from livecare.restorer.pace import Pace, measure_pace
from livecare.restorer.restoring import Recipe, Restoring
from livecare.ring import OverrunnableReader, RingWriter

LOCK_PIXELS = 1 << 20
"""Pixels per frame that the window is locked from, at most: percentiles of a million values are
steady to a count, and sorting more would delay the first picture."""


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
        pace = measure_pace(
            engine,
            spec.shape_yx,
            spec.dtype,
            spec.restored_dtype,
            spec.latency_budget_ms / 1e3,
            spec.max_batch,
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
            window = self._lock_window(intake, model)
            recipe = Recipe(engine, model.name, model.sha256, window, spec.restored_dtype)
            self._restore_all(intake, Restoring(recipe, ring, self._wakes.wait, self._failed), pace)
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

    def _lock_window(self, intake: Intake, model: Model) -> IntensityWindow:
        if self._spec.window is not None:
            return IntensityWindow(*self._spec.window)
        while intake.live and intake.waiting < self._spec.lock_frames:
            self._wakes.wait()
        frames: list[Pixels] = []
        while not frames and not intake.closed:
            frames = list(intake.look_at(self._spec.lock_frames))
            if not frames:
                self._wakes.wait()
        rows, columns = self._spec.shape_yx
        step = max(1, round((rows * columns / LOCK_PIXELS) ** 0.5))
        window = (
            model.lock_window([frame[::step, ::step] for frame in frames])
            if frames
            else IntensityWindow(0.0, 1.0)
        )
        self._reporter.send(WindowLocked(window.low, window.high))
        logger().info("intensity window locked", low=window.low, high=window.high)
        return window

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
