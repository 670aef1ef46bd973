"""One part of a run: frames of one shape and type, from their first to the end of their recording.

Most runs have one. Where the camera's frames become others (another size, another pixel type), the
part ends, its recording is completed in the background, and the next part begins.
"""

import threading
import time
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Final, Self

from livecare import run_place
from livecare.config import Config
from livecare.errors import LivecareError
from livecare.frame import Ledger, StreamInfo
from livecare.sinks.reader import StoreReader
from livecare.supervisor import plan
from livecare.supervisor.final_ledger import close_ledger, count_failed_restores
from livecare.supervisor.orders import Orders
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.problems import Problems
from livecare.supervisor.pulse import Pulse
from livecare.supervisor.report import RunReport, compile_report
from livecare.supervisor.run_folder import RunFolder
from livecare.supervisor.stall import StallWatch
from livecare.supervisor.store import create_store
from livecare.supervisor.watch import Watch

DRAIN_S: Final = 60.0
"""Time for a restorer to end when all its work is done, seconds; then it is ended."""


class Part:
    """A part of a run; see the module.

    Parameters
    ----------
    config : Config
        The run's configuration, with the path of this part's recording.
    orders : Orders
        What all parts share.
    info : StreamInfo
        What its frames are.
    started : bool
        Whether the source runs already: this is not the first part.

    Raises
    ------
    UsageError, RingError
        If its recording or its rings cannot be made.

    Attributes
    ----------
    changed : threading.Event
        Wakes whoever waits for this part.
    path : Path
        Its recording.
    left : bool
        Whether another part has taken its place.
    """

    def __init__(self, config: Config, orders: Orders, info: StreamInfo, *, started: bool) -> None:
        self._config, self._orders, self._info = config, orders, info
        self.changed = threading.Event()
        self.path = config.store.path
        self.left = False
        self._problems = Problems()
        self._ledger = Ledger()
        with ExitStack() as stack:
            rings = plan.plan_rings(config, info)
            self._folder = RunFolder.make(info.run_id, config.ring.directory, rings.total_bytes)
            stack.callback(self._folder.remove)
            control = run_place.control_file(self._folder.path)
            control.write_text(orders.control, encoding="utf-8")
            self._store = create_store(config, info)
            stack.callback(self._store.close)
            self._pipeline = Pipeline(
                config,
                orders.source,
                info,
                self._store,
                orders.restorers(),
                self._folder.path,
                self.changed.set,
                started=started,
            )
            stack.callback(self._pipeline.close)
            self._watch = Watch(info, self._store, self.path, self._pipeline)
            self._pulse = Pulse(self.changed, self._pipeline, self._watch, orders.show)
            self._closing = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    @property
    def pipeline(self) -> Pipeline:
        """What runs in it."""
        return self._pipeline

    @property
    def next_part(self) -> StreamInfo | None:
        """What the frames have become, where that ended this part."""
        return None if self._should_stop() else self._pipeline.acquisition.next_part

    def acquire(self) -> None:
        """Record until the source ends or its frames become others."""
        pipeline = self._pipeline
        pipeline.start_children()
        self._collecting = pipeline.job(pipeline.collection.run)
        deadline = time.monotonic() + self._config.restorer.ready_timeout_s
        if not pipeline.acquisition.started:  # a camera that runs already waits for nobody
            self._pulse.until(lambda: self._restorer_is_settled() or time.monotonic() > deadline)
        self._pulse.stage = "acquiring"
        recording = pipeline.job(pipeline.recording.run)
        acquiring = pipeline.job(pipeline.acquisition.run)
        self._pulse.until(lambda: acquiring.done() or recording.done() or self._should_stop())
        if not acquiring.done():  # a source whose frames became others goes on in the next part
            pipeline.acquisition.stop()
        self._pulse.until(lambda: acquiring.done() or recording.done())
        if recording.done():
            pipeline.acquisition.abandon()
        self._pulse.until(acquiring.done)
        self._problems.harvest(acquiring)
        pipeline.recording.finish()
        self._pulse.until(recording.done)
        self._problems.harvest(recording)
        recorded = pipeline.recording.recorded
        self._problems.note_losses(pipeline.acquisition, recorded, self._orders.source)

    def leave(self) -> None:
        """Make way for the next part: tell subscribers, and free the preview's endpoint."""
        self.left = True
        self._pulse.hush()
        self._pipeline.say_end(self._watch.ledger())

    def finish(self) -> None:
        """Restore what is missing and close the recording."""
        self._restore_the_rest()
        self._finish()

    def abort(self) -> None:
        """End every child at once and clear away; a signal handler may call it."""
        self._pipeline.abort()
        self._folder.remove()

    def report(self) -> RunReport:
        """Say what became of it, once it is finished."""
        return compile_report(
            self._info,
            self._config,
            self._pipeline,
            self._ledger,
            self._problems.sentences,
        )

    def note(self, problem: str) -> None:
        """Add a problem to the report."""
        self._problems.note(problem)

    def _restorer_is_settled(self) -> bool:
        restorer = self._pipeline.restorer
        ready = self._pipeline.collection.ready is not None
        return ready or restorer is None or restorer.given_up or self._should_stop()

    def _should_stop(self) -> bool:
        return self._orders.interrupted() or self._collecting.done()

    def _restore_the_rest(self) -> None:
        pipeline = self._pipeline
        if pipeline.restorer is None:
            return
        self._pulse.stage = "draining"
        self._await_restorer(pipeline.job(pipeline.backfill.drain))
        if self._config.restorer.backfill:
            self._pulse.stage = "backfilling"
            reader = StoreReader(self.path)
            headers = (line.header(reader.info) for line in reader.lines("raw"))
            self._await_restorer(
                pipeline.backfill_from(headers, lambda h: reader.read("raw", h.position))
            )

    def _await_restorer(self, work: Future[None]) -> None:
        watch = StallWatch(self._pipeline.collection)
        while not work.done():
            self._pulse.beat()
            restorer = self._pipeline.restorer
            if (restorer is not None and restorer.given_up) or self._collecting.done():
                self._pipeline.backfill.abandon()
            elif restorer is not None and watch.stalled:
                restorer.replace()
        self._problems.harvest(work)

    def _finish(self) -> None:
        self._pulse.stage = "finishing"
        pipeline = self._pipeline
        pipeline.close_ring()
        if pipeline.restorer is not None:
            if self._collecting.done():
                pipeline.restorer.kill()
            pipeline.restorer.end(DRAIN_S)
        pipeline.collection.finish()
        self._pulse.until(self._collecting.done)
        self._problems.harvest(self._collecting)
        self._ledger = self._final_ledger()
        try:
            self._store.finish(self._ledger)
        except LivecareError as error:
            self._problems.note(str(error))
        self._pulse.stage = "ended"
        self._pulse.beat()
        if not self.left:
            pipeline.say_end(self._ledger)

    def _final_ledger(self) -> Ledger:
        counted, restorer = self._watch.ledger(), self._pipeline.restorer
        backfill = self._config.restorer.backfill
        failed = count_failed_restores(counted, restorer, backfill=backfill)
        self._problems.note_failed_restores(failed, restorer)
        return close_ledger(counted, failed)
