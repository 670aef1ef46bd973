"""A run from start to report: the order in which things start, and the order in which they end."""

import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Final

from livecare.config import Config
from livecare.errors import LivecareError
from livecare.frame import Ledger, StreamInfo
from livecare.logs import logger
from livecare.publisher import check_endpoint
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store
from livecare.sources.protocol import FrameSource
from livecare.supervisor import plan
from livecare.supervisor.identity import new_run_id
from livecare.supervisor.interrupt import Interrupts
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.report import RunReport, compile_report
from livecare.supervisor.run_folder import RunFolder
from livecare.supervisor.stall import StallWatch
from livecare.supervisor.telemetry import Stage, Telemetry, TelemetryServer
from livecare.supervisor.watch import Watch

TICK_S: Final = 0.2
"""Time between two looks at everything, seconds: five snapshots a second are fluent to an eye."""

DRAIN_S: Final = 60.0
"""Time for a restorer to end when all its work is done, seconds; then it is ended."""


class Run:
    """One acquisition, recorded and restored.

    Parameters
    ----------
    config : Config
        How.
    source : FrameSource
        From where; not opened yet.
    show : callable
        Called with a snapshot five times a second, from the thread of `execute`.
    """

    def __init__(
        self, config: Config, source: FrameSource, show: Callable[[Telemetry], None]
    ) -> None:
        self._config = config
        self._source = source
        self._show = show
        self._wake = threading.Event()
        self._stage: Stage = "starting"
        self._problems: list[str] = []

    def execute(self) -> RunReport:
        """Run to the end.

        Returns
        -------
        RunReport
            Also for an incomplete recording: its `problems` say why.

        Raises
        ------
        UsageError, SourceError, RingError
            If the run cannot start at all.
        """
        restorers = plan.plan_restorers(self._config)
        with ExitStack() as stack:
            self._telemetry = TelemetryServer(self._config.publish.telemetry)
            stack.callback(self._telemetry.close)
            logger().info("telemetry served", endpoint=self._telemetry.endpoint)
            check_endpoint(self._config.publish.preview)
            stack.callback(self._source.close)
            info = self._source.open(new_run_id())
            rings = plan.plan_rings(self._config, info)
            folder = RunFolder.make(info.run_id, self._config.ring.directory, rings.total_bytes)
            stack.callback(folder.remove)
            store = self._create_store(info)
            stack.callback(store.close)
            self._pipeline = Pipeline(
                self._config,
                self._source,
                info,
                store,
                restorers,
                folder.path,
                self._wake.set,
            )
            stack.callback(self._pipeline.close)
            self._watch = Watch(info, store, self._config.store.path, self._pipeline)
            with Interrupts(self._wake.set, lambda: self._end_at_once(folder)) as self._interrupts:
                self._acquire()
                self._restore_the_rest()
                ledger = self._finish(store)
            return compile_report(
                info, self._config, self._pipeline, restorers, ledger, tuple(self._problems)
            )

    def _create_store(self, info: StreamInfo) -> Store:
        section = self._config.store
        options = StoreOptions(
            compression=None if section.compression == "none" else section.compression,
            restored_dtype="float32" if section.restored_dtype == "float32" else None,
            overwrite=section.overwrite,
        )
        settings = self._config.model_dump(mode="json")
        store = Store.create(section.path, info, options, settings)
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

    def _acquire(self) -> None:
        pipeline = self._pipeline
        pipeline.start_children()
        self._collecting = pipeline.job(pipeline.collection.run)
        deadline = time.monotonic() + self._config.restorer.ready_timeout_s
        self._until(lambda: self._restorer_is_settled() or time.monotonic() > deadline)
        self._stage = "acquiring"
        recording = pipeline.job(pipeline.recording.run)
        acquiring = pipeline.job(pipeline.acquisition.run)
        self._until(lambda: acquiring.done() or recording.done() or self._should_stop())
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

    def _restorer_is_settled(self) -> bool:
        restorer = self._pipeline.restorer
        ready = self._pipeline.collection.ready is not None
        return ready or restorer is None or restorer.given_up or self._should_stop()

    def _should_stop(self) -> bool:
        return self._interrupts.requested or self._collecting.done()

    def _restore_the_rest(self) -> None:
        pipeline = self._pipeline
        if pipeline.restorer is None:
            return
        self._stage = "draining"
        self._await_restorer(pipeline.job(pipeline.backfill.drain))
        if self._config.restorer.backfill:
            self._stage = "backfilling"
            reader = StoreReader(self._config.store.path)
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

    def _finish(self, store: Store) -> Ledger:
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
        ledger = self._final_ledger()
        try:
            store.finish(ledger)
        except LivecareError as error:
            self._problems.append(str(error))
        self._stage = "ended"
        self._tick()
        pipeline.say_end(ledger)
        return ledger

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
        acquisition = self._pipeline.acquisition
        unrecorded = acquisition.acquired - self._pipeline.recording.recorded
        if unrecorded:
            self._problems.append(f"{unrecorded} acquired frames could not be recorded")
        if acquisition.lost:
            about = "about " if acquisition.loss_estimated else ""
            why = self._source.problem or "the camera did not wait"
            self._problems.append(f"{about}{acquisition.lost} frames lost: {why}")
        elif self._source.problem:
            self._problems.append(self._source.problem)

    def _harvest(self, job: Future[None]) -> None:
        error = job.exception()
        if isinstance(error, LivecareError):
            logger().error("the recording is in trouble", error=str(error))
            self._problems.append(str(error))
        elif error is not None:
            raise error

    def _end_at_once(self, folder: RunFolder) -> None:
        self._pipeline.abort()
        folder.remove()
        path = self._config.store.path
        words = f"livecare: ended at once; run 'livecare recover {path}' to close the recording\n"
        os.write(sys.stderr.fileno(), words.encode())  # no buffer: this is a signal handler

    def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._tick()

    def _tick(self) -> None:
        self._wake.wait(TICK_S)
        self._wake.clear()
        for child in self._pipeline.children:
            if child.tend() and child is self._pipeline.restorer:
                self._pipeline.collection.restorer_gone()
        snapshot = self._watch.look(self._stage)
        self._telemetry.send(snapshot)
        self._show(snapshot)
