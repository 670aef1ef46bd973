"""One part of a run: frames of one shape and type, from their first to the end of their recording.

Most runs have one. Where the camera's frames become others (another size, another pixel type), the
part ends, its recording is completed in the background, and the next part begins.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Self

from livecare.config import Config
from livecare.errors import LivecareError
from livecare.frame import Ledger, StreamInfo
from livecare.logs import logger
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store
from livecare.sources.protocol import FrameSource
from livecare.supervisor import plan
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.plan import Restorers
from livecare.supervisor.report import RunReport, compile_report
from livecare.supervisor.run_folder import RunFolder
from livecare.supervisor.stall import StallWatch
from livecare.supervisor.telemetry import Stage, Telemetry
from livecare.supervisor.watch import Watch

TICK_S: Final = 0.2
"""Time between two looks at everything, seconds: five snapshots a second are fluent to an eye."""

DRAIN_S: Final = 60.0
"""Time for a restorer to end when all its work is done, seconds; then it is ended."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What is the same for all parts of a run.

    Attributes
    ----------
    source : FrameSource
        Open.
    restorers : Restorers or None
        None to record only.
    show : callable
        Called with a snapshot five times a second, by the part that acquires or is the last.
    interrupted : callable
        Tells whether the run was asked to end.
    """

    source: FrameSource
    restorers: Restorers | None
    show: Callable[[Telemetry], None]
    interrupted: Callable[[], bool]


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
        self._stage: Stage = "starting"
        self.left = False
        self._problems: list[str] = []
        self._ledger = Ledger()
        with ExitStack() as stack:
            rings = plan.plan_rings(config, info)
            self._folder = RunFolder.make(info.run_id, config.ring.directory, rings.total_bytes)
            stack.callback(self._folder.remove)
            self._store = _create_store(config, info)
            stack.callback(self._store.close)
            self._pipeline = Pipeline(
                config,
                orders.source,
                info,
                self._store,
                orders.restorers,
                self._folder.path,
                self.changed.set,
                started=started,
            )
            stack.callback(self._pipeline.close)
            self._watch = Watch(info, self._store, self.path, self._pipeline)
            self._closing = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

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
            self._until(lambda: self._restorer_is_settled() or time.monotonic() > deadline)
        self._stage = "acquiring"
        recording = pipeline.job(pipeline.recording.run)
        acquiring = pipeline.job(pipeline.acquisition.run)
        self._until(lambda: acquiring.done() or recording.done() or self._should_stop())
        if not acquiring.done():  # a source whose frames became others goes on in the next part
            pipeline.acquisition.stop()
        self._until(lambda: acquiring.done() or recording.done())
        if recording.done():
            pipeline.acquisition.abandon()
        self._until(acquiring.done)
        self._harvest(acquiring)
        pipeline.recording.finish()
        self._until(recording.done)
        self._harvest(recording)
        self._note_losses()

    def leave(self) -> None:
        """Make way for the next part: tell subscribers, and free the preview's endpoint."""
        self.left = True
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
            self._orders.restorers,
            self._ledger,
            tuple(self._problems),
        )

    def note(self, problem: str) -> None:
        """Add a problem to the report."""
        self._problems.append(problem)

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
        self._stage = "draining"
        self._await_restorer(pipeline.job(pipeline.backfill.drain))
        if self._config.restorer.backfill:
            self._stage = "backfilling"
            reader = StoreReader(self.path)
            headers = (line.header(reader.info) for line in reader.lines("raw"))
            self._await_restorer(
                pipeline.backfill_from(headers, lambda h: reader.read("raw", h.position))
            )

    def _await_restorer(self, work: Future[None]) -> None:
        watch = StallWatch(self._pipeline.collection)
        while not work.done():
            self._tick()
            restorer = self._pipeline.restorer
            if (restorer is not None and restorer.given_up) or self._collecting.done():
                self._pipeline.backfill.abandon()
            elif restorer is not None and watch.stalled:
                restorer.replace()
        self._harvest(work)

    def _finish(self) -> None:
        self._stage = "finishing"
        pipeline = self._pipeline
        pipeline.close_ring()
        if pipeline.restorer is not None:
            if self._collecting.done():
                pipeline.restorer.kill()
            pipeline.restorer.end(DRAIN_S)
        pipeline.collection.finish()
        self._until(self._collecting.done)
        self._harvest(self._collecting)
        self._ledger = self._final_ledger()
        try:
            self._store.finish(self._ledger)
        except LivecareError as error:
            self._problems.append(str(error))
        self._stage = "ended"
        self._tick()
        if not self.left:
            pipeline.say_end(self._ledger)

    def _final_ledger(self) -> Ledger:
        counted = self._watch.ledger()
        unrecorded = counted.acquired - counted.recorded
        unrestored = counted.recorded - counted.restored
        restorer = self._pipeline.restorer
        given_up = restorer is not None and restorer.given_up
        wanted = given_up or (restorer is not None and self._config.restorer.backfill)
        failed_restores = unrestored if wanted else counted.failed
        if failed_restores and restorer is not None and given_up:
            self._problems.append(
                f"the restorer was given up after {restorer.restarts} restarts; "
                f"its last words: {restorer.last_words()}"
            )
        if failed_restores:
            self._problems.append(
                f"{failed_restores} recorded frames could not be restored; the raw ones are safe"
            )
        return Ledger(
            acquired=counted.acquired,
            recorded=counted.recorded,
            restored=counted.restored,
            skipped=unrestored - failed_restores,
            failed=unrecorded + failed_restores,
            lost=counted.lost,
        )

    def _note_losses(self) -> None:
        acquisition, source = self._pipeline.acquisition, self._orders.source
        unrecorded = acquisition.acquired - self._pipeline.recording.recorded
        if unrecorded:
            self._problems.append(f"{unrecorded} acquired frames could not be recorded")
        if acquisition.lost:
            about = "about " if acquisition.loss_estimated else ""
            why = source.problem or "the camera did not wait"
            self._problems.append(f"{about}{acquisition.lost} frames lost: {why}")
        elif source.problem:
            self._problems.append(source.problem)

    def _harvest(self, job: Future[None]) -> None:
        error = job.exception()
        if isinstance(error, LivecareError):
            logger().error("the recording is in trouble", error=str(error))
            self._problems.append(str(error))
        elif error is not None:
            raise error

    def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._tick()

    def _tick(self) -> None:
        self.changed.wait(TICK_S)
        self.changed.clear()
        for child in self._pipeline.children:
            if child.tend() and child is self._pipeline.restorer:
                self._pipeline.collection.restorer_gone()
        if not self.left:
            self._orders.show(self._watch.look(self._stage))


def _create_store(config: Config, info: StreamInfo) -> Store:
    section = config.store
    options = StoreOptions(
        compression=None if section.compression == "none" else section.compression,
        restored_dtype="float32" if section.restored_dtype == "float32" else None,
        overwrite=section.overwrite,
    )
    store = Store.create(section.path, info, options, config.model_dump(mode="json"))
    space = store.free_space()
    logger().info(
        "recording",
        store=str(section.path),
        room_frames=space.frames,
        room_minutes=None if space.minutes is None else round(space.minutes, 1),
    )
    if info.expected_frames is not None and info.expected_frames > space.frames:
        logger().warning(
            "the disk has no room for the whole acquisition: free some, or record elsewhere",
            expected_frames=info.expected_frames,
            room_frames=space.frames,
        )
    return store
