"""The restorer process: gets ready, then restores until the end."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

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
from livecare.models.package import Model
from livecare.restorer.intake import Intake
from livecare.restorer.locking import Lock
from livecare.restorer.pace import Pace, measure_pace
from livecare.restorer.restoring import Recipe, Restoring
from livecare.restorer.streams import Streams
from livecare.ring import OverrunnableReader, RingWriter

QUIET_S: Final = 0.5
"""When no frame has come for so long after the acquisition, seconds, a lock waits for no more: the
back-fill reads a frame in milliseconds, and then waits for what it has sent."""


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
            room = reader.slots // 2
            pace = replace(pace, backlog=min(pace.backlog, room))
            intake = Intake(reader, pace.batch, pace.backlog, spec.shape_yx, spec.dtype)
            self._announce(engine, pace)
            streams = Streams(lock, pace, room, self._reporter.send)
            recipe = Recipe(
                engine, model.name, model.sha256, streams.normalisers, spec.restored_dtype
            )
            restoring = Restoring(recipe, ring, self._wakes.wait, self._failed)
            self._restore_all(intake, streams, restoring, pace.batch)
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

    def _restore_all(
        self, intake: Intake, streams: Streams, restoring: Restoring, batch: int
    ) -> None:
        settled = intake.cursor
        self._reporter.send(Progress(settled, 0))
        taken = time.monotonic()
        while not intake.closed:
            if intake.waiting:
                frames = intake.take(batch, in_turn=streams.begins)
                ready = streams.sort(frames, live=intake.live)
                taken = time.monotonic()
            elif streams.holding and not intake.live and time.monotonic() - taken > QUIET_S:
                ready = streams.settle()
            else:
                self._wakes.wait()
                continue
            for each in ready:
                restoring.restore(each)
            if not streams.holding:
                settled = intake.cursor
            self._reporter.send(Progress(settled, intake.skipped + streams.skipped))
        for each in streams.settle():  # nobody waited for them
            restoring.restore(each)

    def _failed(self, sequence: int, reason: str) -> None:
        self._reporter.send(FrameFailed(sequence, reason))
