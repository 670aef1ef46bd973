"""The restorer process: gets ready, restores until the end, and changes its engine under way."""

import threading
import time
from pathlib import Path
from typing import Final

import msgspec
import zmq

from livecare.errors import LivecareError
from livecare.link import (
    Reporter,
    RestorerSpec,
    Swapped,
    SwapRefused,
    WakeListener,
    Waker,
)
from livecare.logs import logger
from livecare.restorer.first_engine import FirstEngine
from livecare.restorer.orders import Orders
from livecare.restorer.preparing import Preparing
from livecare.restorer.serving import Serving
from livecare.restorer.stage import Stage
from livecare.ring import OverrunnableReader, RingWriter

QUIET_S: Final = 0.5
"""When no frame has come for so long after the acquisition, seconds, a lock waits for no more: the
back-fill reads a frame in milliseconds, and then waits for what it has sent."""


def run_restorer(orders: Path) -> None:
    """Restore one acquisition, as the file with the orders says.

    Raises
    ------
    UsageError
        If the orders cannot be read.
    ModelError, EngineError, ConfigError, MissingExtraError
        If the model cannot be made ready, and no live frame comes any more that would be shown
        until it can be; EngineLostError also later.
    RingError
        If the rings cannot be opened.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    found = Orders(orders)
    prepared = Waker(context)
    wakes = WakeListener(context, (*found.spec.wake_endpoints, prepared.endpoint))
    with Reporter(context, found.spec.report_endpoint) as reporter:
        RestorerProcess(found, wakes, prepared, reporter).run()
    wakes.close()
    prepared.close()
    context.term()


class RestorerProcess:
    """Everything that a restorer holds while it works.

    Parameters
    ----------
    orders : Orders
        What it is to do.
    wakes : WakeListener
        Hears the recorder, and `prepared`.
    prepared : Waker
        Used by the threads that get an engine ready, one at a time.
    reporter : Reporter
        To the recorder.
    """

    def __init__(
        self, orders: Orders, wakes: WakeListener, prepared: Waker, reporter: Reporter
    ) -> None:
        self._orders = orders
        self._relocks = orders.spec.relocks
        self._wakes = wakes
        self._prepared = prepared
        self._reporter = reporter
        self._preparing: Preparing | None = None
        self._relock_due = False
        self._waking = threading.Lock()
        self._over = False

    def run(self) -> None:
        """Get ready, then restore until the raw ring closes."""
        spec, say = self._orders.spec, self._reporter.send
        with RingWriter(Path(spec.restored_ring)) as ring:
            first = FirstEngine(self._orders, self._wake, say, self._wakes.wait)
            serving, begun = first.get(ring)
            with OverrunnableReader(Path(spec.raw_ring)) as reader:  # behind all that was passed
                stage = Stage(serving, reader, ring, self._wakes.wait, say)
                stage.skipped_before = reader.cursor - begun
                self._announce(serving)
                self._restore_all(stage)
                stage.close()
        with self._waking:
            self._over = True

    def _prepare(self, spec: RestorerSpec) -> None:
        self._preparing = Preparing(spec, self._wake)

    def _wake(self) -> None:
        """Say that an engine is ready; several threads may, one that was abandoned among them."""
        with self._waking:
            if not self._over:
                self._prepared.wake()

    def _announce(self, serving: Serving) -> None:
        self._reporter.send(serving.ready_report())
        engine, pace = serving.choice.engine, serving.pace
        logger().info(
            "restorer ready",
            model=serving.model.name,
            engine=engine.name,
            precision=engine.precision,
            device=engine.device,
            threads=serving.spec.threads,
            batch=pace.batch,
            ms_per_frame=round(pace.seconds_per_frame * 1e3, 2),
        )

    def _restore_all(self, stage: Stage) -> None:
        self._reporter.send(stage.progress)
        taken = time.monotonic()
        while not stage.intake.closed:
            self._change_engine(stage)
            if stage.intake.waiting:
                stage.restore_waiting()
                self._wakes.drain()  # one that is always behind never waits
                taken = time.monotonic()
            elif stage.holding_after_acquisition and time.monotonic() - taken > QUIET_S:
                stage.settle()
            else:
                self._wakes.wait()
                continue
            self._reporter.send(stage.progress)
        stage.settle()  # nobody waited for what is held

    def _change_engine(self, stage: Stage) -> None:
        """Take new orders up; put what was prepared for them in place of what serves."""
        if self._orders.renewed():
            self._follow(self._orders.spec, stage)
        stage.answer_relock()
        if self._preparing is None or not self._preparing.done:
            return
        preparing, self._preparing = self._preparing, None
        try:
            serving = preparing.result()
        except LivecareError as error:
            self._reporter.send(SwapRefused(preparing.spec.revision, str(error)))
            logger().warning("model not changed", reason=str(error))
            return
        before = stage.serving
        stage.change_to(serving)
        serving = stage.serving  # another one where the held frames showed that it is no good
        report = serving.ready_report()
        if self._relock_due:  # its revision is answered once that is done
            stage.relock(report.revision)
            report = msgspec.structs.replace(report, revision=before.spec.revision)
        self._reporter.send(Swapped(report))
        self._reporter.send(stage.progress)
        engine = serving.choice.engine
        logger().info(
            "model changed",
            before=f"{before.model.name}, {before.choice.engine.name}",
            model=serving.model.name,
            engine=engine.name,
            precision=engine.precision,
            device=engine.device,
            after_frames=stage.restored,
            prepared_s=round(serving.ready_s, 2),
        )

    def _follow(self, spec: RestorerSpec, stage: Stage) -> None:
        """Begin to get ready what these orders ask for, unless it serves already."""
        serving = stage.serving
        relock = spec.relocks > self._relocks
        self._relocks = spec.relocks
        stage.keep_lock()
        if self._preparing is not None:
            self._preparing.abandon()
            self._preparing = None
        follows = serving.follows(spec)
        within = None if follows else serving.within(spec)
        if within is not None:
            stage.limit_to(within)
        self._relock_due = relock and not follows and within is None
        if not follows and within is None:
            self._prepare(spec)
        elif relock:
            stage.relock(spec.revision)
        else:
            report = msgspec.structs.replace(stage.serving.ready_report(), revision=spec.revision)
            self._reporter.send(Swapped(report))
