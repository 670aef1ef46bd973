"""One part of a run: frames of one shape and type, recorded or only looked at.

Most runs have one. Where the camera's frames become others (another size, another pixel type), or
recording is started or stopped, the part ends, its recording is completed in the background, and
the next part begins.
"""

import shutil
import threading
import time
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Self

from livecare.config import Config
from livecare.errors import UsageError
from livecare.frame import StreamInfo
from livecare.logs import logger
from livecare.supervisor import plan
from livecare.supervisor.account import Account
from livecare.supervisor.completion import Completion
from livecare.supervisor.orders import Orders
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.problems import Problems
from livecare.supervisor.pulse import Pulse
from livecare.supervisor.run_folder import RunFolder
from livecare.supervisor.run_sign import say_where
from livecare.supervisor.store import NoStore, create_store
from livecare.supervisor.watch import Watch


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
    recorded : bool
        Whether its frames are recorded; else they are only looked at.
    before : Part or None
        The part that it is to follow; None for the first.

    Raises
    ------
    UsageError, RingError
        If its recording or its rings cannot be made.

    Attributes
    ----------
    changed : threading.Event
        Wakes whoever waits for this part.
    begun : threading.Event
        Set once frames may come, or it ended before that.
    path : Path
        Its recording, if it has one.
    recorded : bool
        Whether it has.
    left : bool
        Whether another part has taken its place.
    closed : bool
        Whether all of it is over, and its memory is free once nobody refers to it.
    account : Account
        What became of its frames.
    """

    _known_problem: str | None = None
    """What the source had to say when this part began: none of its own."""

    def __init__(
        self,
        config: Config,
        orders: Orders,
        info: StreamInfo,
        *,
        recorded: bool,
        before: "Part | None",
    ) -> None:
        self._config, self._orders, self._info = config, orders, info
        self.changed, self.begun = threading.Event(), threading.Event()
        self.path, self.recorded = config.store.path, recorded
        self.left = self.closed = self._acquiring = False
        self._problems = Problems()
        with ExitStack() as stack:
            self._open(stack, started=before is not None)
            self._watch = Watch(
                info,
                self._store,
                self.path,
                self._pipeline,
                plan.plan_rings(config, info).restored_frame_bytes,
                recording=recorded,
                refused=orders.refused,
            )
            self._pulse = Pulse(self.changed, self._pipeline, self._watch, orders.show)
            self.account = Account(
                config,
                info,
                self._pipeline,
                self._problems,
                self._folder.path,
                self._watch.ledger,
                recorded=recorded,
            )
            self._completion = Completion(
                self._pipeline,
                self._pulse,
                self._problems,
                self.account,
                self._store,
                self.path,
                recorded=recorded,
            )
            self._closing = stack.pop_all()

    def _open(self, stack: ExitStack, *, started: bool) -> None:
        """Make what has to be closed again: folder, recording and pipeline."""
        config, orders, info = self._config, self._orders, self._info
        rings = plan.plan_rings(config, info)
        self._folder = RunFolder.make(info.run_id, config.ring.directory, rings.total_bytes)
        stack.callback(self._folder.remove)
        say_where(self._folder.path, orders.where)
        self._store = create_store(config, info) if self.recorded else NoStore()
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what still runs and free the rings; a second time does nothing."""
        try:
            self._closing.close()
        finally:
            self.account.freeze()
            self.closed = True
            self.begun.set()

    @property
    def info(self) -> StreamInfo:
        """What its frames were at its beginning."""
        return self._info

    @property
    def pipeline(self) -> Pipeline:
        """What runs in it."""
        return self._pipeline

    @property
    def next_part(self) -> StreamInfo | None:
        """What the frames go on as, where this part ended and they did not."""
        return self._pipeline.acquisition.next_part

    @property
    def stopping(self) -> bool:
        """Whether the run is to end with what the source still holds."""
        return self._orders.interrupted() or bool(self._pipeline.collection.findings.stop_wanted)

    @property
    def acquiring(self) -> bool:
        """Whether frames may come."""
        return self._acquiring and not self.left

    def split(self) -> None:
        """End before the next frame, and leave the source to the next part."""
        self._pipeline.acquisition.split()

    def unsplit(self) -> bool:
        """Take back `split`; tell whether that was in time."""
        return self._pipeline.acquisition.unsplit()

    def mark(self, text: str, sequence: int | None) -> int:
        """Mark an event at a frame, the newest if None; return that frame's number.

        Raises
        ------
        UsageError
            If nothing is recorded, or there is no such frame.
        DiskFullError, StoreError
            If it could not be written.
        """
        newest = self._pipeline.acquisition.acquired - 1
        at = newest if sequence is None else sequence
        if not 0 <= at <= newest:
            raise UsageError(f"there is no frame {at} to mark: {newest} is the newest")
        self._store.mark(at, text, time.time_ns())
        return at

    def follow(self, before: "Part") -> None:
        """Go on where a part ended; frames that are the same as before shall look the same."""
        ended, self._known_problem = before.pipeline, self._orders.source.problem
        self._pipeline.acquisition.begin_at(ended.acquisition.next_t)
        if self._info.grows_from(before.info):
            self._pipeline.collection.normalisation = ended.collection.normalisation

    def discard(self) -> None:
        """Undo it: it was made ahead, and is not needed."""
        self.close()
        if not self.recorded:
            return
        try:
            shutil.rmtree(self.path.resolve())
        except OSError as error:  # somebody looks into it, or was quicker: nothing depends on it
            path, why = str(self.path), str(error)
            logger().warning("an empty recording was left behind", store=path, why=why)

    def acquire(self) -> None:
        """Record until the source ends or its frames become others."""
        pipeline = self._pipeline
        pipeline.start_collecting()
        if pipeline.acquisition.started:  # a camera that runs already waits for nobody
            recording, acquiring = self._begin()
            pipeline.start_children()
        else:
            pipeline.start_children()
            self._await_restorer_ready()
            recording, acquiring = self._begin()
        self._pulse.until(lambda: acquiring.done() or recording.done() or self.stopping)
        by_itself = acquiring.done()
        if not by_itself:  # a source whose frames became others goes on in the next part
            pipeline.acquisition.stop()
        self._pulse.until(lambda: acquiring.done() or recording.done())
        if recording.done():
            pipeline.acquisition.abandon()
        self._pulse.until(acquiring.done)
        self._acquiring = False
        self._problems.harvest(acquiring)
        pipeline.recording.finish()
        self._pulse.until(recording.done)
        self._problems.harvest(recording)
        self._note_losses(by_itself=by_itself)

    def _note_losses(self, *, by_itself: bool) -> None:
        """Note what is missing, and why the source ended, where it did that by itself."""
        acquisition, source = self._pipeline.acquisition, self._orders.source
        if self.recorded:
            recorded = self._pipeline.recording.recorded
            self._problems.note_losses(acquisition, recorded, source, self._known_problem)
        elif by_itself and acquisition.next_part is None:
            self._problems.note_early_end(source, self._known_problem)

    def _await_restorer_ready(self) -> None:
        deadline = time.monotonic() + self._config.restorer.ready_timeout_s
        self._pulse.until(lambda: self._restorer_is_settled() or time.monotonic() > deadline)

    def _begin(self) -> tuple[Future[None], Future[None]]:
        """Begin to acquire; return the jobs of recording and of acquiring."""
        recording = self._pipeline.job(self._pipeline.recording.run)
        acquiring = self._pipeline.job(self._pipeline.acquisition.run)
        self._pulse.stage = "acquiring"
        self._acquiring = True
        self.begun.set()
        self.changed.set()  # a service manager waits to hear of it
        return recording, acquiring

    def leave(self) -> None:
        """Make way for the next part, at once: subscribers are told, and nothing is awaited."""
        self.left = True
        self._pulse.hush()
        self._pipeline.say_end(self._watch.ledger())

    def rest(self) -> None:
        """Hold next to nothing until `finish`, which comes later; see `Completion.rest`."""
        self._completion.rest()

    def write_off(self, why: str) -> None:
        """Close the recording with what is restored by now; `why` is said in the report."""
        self._completion.write_off(why)

    def finish(self) -> None:
        """Restore what is missing and close the recording, if there is one."""
        self._completion.finish(left=self.left)

    def abort(self) -> None:
        """End every child at once and clear away; a signal handler may call it."""
        self._pipeline.abort()
        self._folder.remove()

    def _restorer_is_settled(self) -> bool:
        restorer = self._pipeline.restorer
        ready = self._pipeline.collection.restorer.answerable or self._pipeline.collecting.done()
        return ready or restorer is None or restorer.given_up or self.stopping
