"""The parts of a running acquisition: rings, sockets, the recorder's jobs and the children."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from livecare import run_place
from livecare.config import Config, RestorerSection
from livecare.errors import RingError
from livecare.frame import FrameHeader, Ledger, StreamInfo
from livecare.recorder import Acquisition, Backfill, Collection, Recording, Turnstile
from livecare.recorder.backfill import ReadRaw
from livecare.ring import GatingReader, Phase
from livecare.sinks.store import Store
from livecare.sources.protocol import FrameSource
from livecare.supervisor.briefing import Briefing
from livecare.supervisor.children import Child
from livecare.supervisor.joints import Joints
from livecare.supervisor.log_relay import relay_of
from livecare.supervisor.plan import Restorers
from livecare.supervisor.run_folder import keep_folder
from livecare.supervisor.store import NoStore

JOBS: Final = 4
"""Threads: acquisition, recording, collection, and after them the back-fill."""


class Pipeline:
    """Everything that runs during one acquisition; the supervisor decides when.

    Nothing that it owns refers back to it, so that all of its memory is free once nobody else does.

    Parameters
    ----------
    config : Config
        The run's configuration.
    source : FrameSource
        Open.
    info : StreamInfo
        What it said of its stream.
    store : Store or NoStore
        Where frames go.
    restorers : Restorers or None
        None to record only.
    folder : Path
        The run's folder, for rings and orders.
    changed : callable
        Called from other threads when a job or a child ended.
    started : bool
        Whether the source runs already.

    Raises
    ------
    RingError
        If there is no room for the rings.

    Attributes
    ----------
    collecting : Future
        The job that collects restored frames and reports, once it was started.
    """

    def __init__(
        self,
        config: Config,
        source: FrameSource,
        info: StreamInfo,
        store: Store | NoStore,
        restorers: Restorers | None,
        folder: Path,
        changed: Callable[[], None],
        *,
        started: bool = False,
    ) -> None:
        self._folder, self._changed, self._store = folder, changed, store
        self._joints = joints = Joints(config, info, folder)
        self._strange_before = 0
        turnstile = Turnstile()

        def grow(wider: StreamInfo) -> None:
            store.grow(wider)
            briefing.widen(wider)

        self.acquisition = acquisition = Acquisition(
            source, info, joints.raw_ring, turnstile, joints.raw_waker, grow, started=started
        )
        self.recording = Recording(joints.raw_gate, store.raw, turnstile)
        self.collection = Collection(
            joints.restored_gate,
            store.restored,
            joints.inbox,
            joints.restored_waker,
            lambda: acquisition.acquired,
            self.recording.await_recorded,
        )
        self._briefing = briefing = Briefing(config, info, restorers, folder)
        self._join(joints)
        self.backfill = self._new_backfill()
        self.restorer = None if restorers is None else self._restorer_child()
        self.publisher = self._child("publisher", briefing.publisher_orders)
        self._threads = _start_threads()
        self.collecting: Future[None] = Future()

    @property
    def config(self) -> Config:
        """The configuration by now."""
        return self._briefing.config

    @property
    def restorers(self) -> Restorers | None:
        """What restores by now."""
        return self._briefing.restorers

    @property
    def gates(self) -> tuple[GatingReader, GatingReader]:
        """The gating readers of the raw and the restored ring."""
        return self._joints.raw_gate, self._joints.restored_gate

    @property
    def children(self) -> list[Child]:
        """The child processes of this run."""
        return [self.publisher] if self.restorer is None else [self.restorer, self.publisher]

    @property
    def waiting(self) -> int:
        """Frames in the raw ring that the restorer has not taken yet, by its own word."""
        return max(0, self._joints.raw_ring.published - self.collection.restorer.taken)

    @property
    def strange_reports(self) -> int:
        """How many messages came as reports from somebody who does not know the word."""
        return self._strange_before + self._joints.strange_reports

    def order(self, restorers: Restorers | None, section: RestorerSection | None = None) -> int:
        """Order the restorer to go on with these; see `Briefing.order`."""
        return self._briefing.order(restorers, section)

    def adopt(self, restorers: Restorers | None, section: RestorerSection) -> None:
        """Go on with what the run has changed to, wherever that was not ordered here."""
        self._briefing.adopt(restorers, section)

    def order_relock(self) -> int:
        """Order the restorer to measure the normalisation anew; see `Briefing.order_relock`."""
        return self._briefing.order_relock()

    def start_collecting(self) -> None:
        """Start the job that collects restored frames and reports."""
        self.collecting = self.job(self.collection.run)

    def start_children(self) -> None:
        """Start every child."""
        for child in self.children:
            child.begin()

    def job(self, work: Callable[[], None]) -> Future[None]:
        """Start one of the recorder's jobs in a thread; `changed` is called when it ends."""
        changed, future = self._changed, self._threads.submit(work)
        future.add_done_callback(lambda _: changed())
        return future

    def backfill_from(self, recorded: Iterator[FrameHeader], read_raw: ReadRaw) -> Future[None]:
        """Start restoring what is missing, in a thread."""
        return self.job(lambda: self.backfill.run(recorded, read_raw))

    def close_ring(self) -> None:
        """Tell every reader of raw frames that none will come."""
        self._joints.raw_ring.set_phase(Phase.CLOSED)
        self._joints.raw_waker.wake()

    def say_end(self, ledger: Ledger) -> None:
        """Let the publisher tell its subscribers that the run is over."""
        self._briefing.say_end(ledger)
        self._joints.raw_waker.wake()

    def kill(self) -> None:
        """End every child at once."""
        for child in self.children:
            child.kill()

    def abort(self) -> None:
        """End every child at once without waiting; a signal handler may call it."""
        for child in self.children:
            child.abort()

    def close(self) -> None:
        """End what still runs, and free the rings and sockets; a second time does nothing."""
        self._briefing.part()
        self.acquisition.abandon()
        self.backfill.abandon()
        self.recording.finish()
        self.collection.finish()
        self.kill()
        self._threads.shutdown()
        self._joints.close()

    def rest(self) -> None:
        """Close, and delete the rings, until `resume`; the frames have come to their end.

        Raises
        ------
        DiskFullError, StoreError
            If the recording's files cannot be let go of.
        """
        self.close()
        self._joints.delete()
        self._store.rest()

    def resume(self) -> None:
        """Make rings and sockets anew, and start the restorer and the job that collects from it.

        Raises
        ------
        RingError
            If there is no room for the rings.
        """
        try:
            keep_folder(self._folder)
        except OSError as error:
            raise RingError(f"cannot make {self._folder} anew: {error}") from error
        self._strange_before += self._joints.strange_reports
        self._joints.delete()  # what could not be deleted before
        self._joints = joints = Joints(self.config, self._briefing.info, self._folder)
        self._join(joints)
        self._threads = _start_threads()
        self.collection.go_on(joints.restored_gate, joints.inbox, joints.restored_waker)
        self.backfill = self._new_backfill()
        self.start_collecting()
        if self.restorer is not None:
            self.restorer.revive()

    def _join(self, joints: Joints) -> None:
        collection = self.collection
        self._briefing.join(joints, lambda: collection.normalisation)

    def _new_backfill(self) -> Backfill:
        joints, run_id = self._joints, self._briefing.info.run_id
        return Backfill(run_id, joints.raw_ring, joints.raw_gate, self.collection, joints.raw_waker)

    def _restorer_child(self) -> Child:
        collection = self.collection
        orders = self._briefing.restorer_orders
        return self._child("restorer", orders, lambda: collection.restorer.answerable)

    def _child(
        self, name: str, orders: Callable[[], Path], working: Callable[[], bool] = lambda: True
    ) -> Child:
        log = run_place.log_file(self._folder, name)
        relay = relay_of(self.config.log, name, log)
        return Child(name, orders, log, self._changed, working, relay)


def _start_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(JOBS, thread_name_prefix="livecare")
