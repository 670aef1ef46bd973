"""The parts of a running acquisition: rings, sockets, the recorder's jobs and the children."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import zmq

from livecare import disk, run_place, wire
from livecare.config import Config
from livecare.frame import FrameHeader, Ledger, StreamInfo
from livecare.link import ReportInbox, Waker, write_spec
from livecare.recorder import Acquisition, Backfill, Collection, Recording, Turnstile
from livecare.recorder.backfill import ReadRaw
from livecare.ring import GatingReader, Phase, RingWriter
from livecare.sinks.store import Store
from livecare.sources.protocol import FrameSource
from livecare.supervisor import plan
from livecare.supervisor.children import Child
from livecare.supervisor.plan import Restorers
from livecare.supervisor.store import NoStore

FAREWELL_S: Final = 2.0
"""Time for a child to end by itself when all is done, seconds."""

JOBS: Final = 4
"""Threads: acquisition, recording, collection, and after them the back-fill."""


class Pipeline:
    """Everything that runs during one acquisition; the supervisor decides when.

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
    restorers : Restorers or None
        What restores by now.
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
        self._store = store
        self._config, self._info, self.restorers = config, info, restorers
        self._folder, self._changed = folder, changed
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        rings = plan.plan_rings(config, info)
        self._raw_ring = RingWriter.create(
            run_place.raw_ring(folder), rings.raw_slots, rings.raw_frame_bytes
        )
        RingWriter.create(
            run_place.restored_ring(folder), rings.restored_slots, rings.restored_frame_bytes
        ).close()
        self._raw_gate = GatingReader(run_place.raw_ring(folder))
        self._restored_gate = GatingReader(run_place.restored_ring(folder))
        self._raw_waker, self._restored_waker = Waker(self.context), Waker(self.context)
        self._control_waker = Waker(self.context)
        self._revision = self._relocks = 0
        self._ordering = threading.RLock()
        self._inbox = ReportInbox(self.context)
        turnstile = Turnstile()
        self.acquisition = Acquisition(
            source,
            info,
            self._raw_ring,
            turnstile,
            self._raw_waker,
            self._grow,
            started=started,
        )
        self.recording = Recording(self._raw_gate, store.raw, turnstile)
        self.collection = Collection(
            self._restored_gate,
            store.restored,
            self._inbox,
            self._restored_waker,
            lambda: self.acquisition.acquired,
        )
        self.backfill = Backfill(
            info.run_id, self._raw_ring, self._raw_gate, self.collection, self._raw_waker
        )
        self.restorer = (
            None if restorers is None else self._child("restorer", self._restorer_orders)
        )
        self.publisher = self._child("publisher", self._publisher_orders)
        self._threads = ThreadPoolExecutor(JOBS, thread_name_prefix="livecare")

    @property
    def children(self) -> list[Child]:
        """The child processes of this run."""
        return [self.publisher] if self.restorer is None else [self.restorer, self.publisher]

    def order(self, restorers: Restorers | None) -> int:
        """Order the restorer to go on with these; return the number of the order.

        Only one thread may call. A restorer that has to be started again gets them, too.
        """
        with self._ordering:
            self.restorers = restorers
            self._revision += 1
            self._restorer_orders()
            self._control_waker.wake()
            return self._revision

    def order_relock(self) -> int:
        """Order the restorer to measure the normalisation anew; return the number of the order.

        See `order`. Until it is measured, what was locked before goes on.
        """
        with self._ordering:
            self._relocks += 1
            return self.order(self.restorers)

    def start_children(self) -> None:
        """Start every child, and collecting what they report."""
        for child in self.children:
            child.start()

    def job(self, work: Callable[[], None]) -> Future[None]:
        """Start one of the recorder's jobs in a thread; `changed` is called when it ends."""
        future = self._threads.submit(work)
        future.add_done_callback(lambda _: self._changed())
        return future

    def backfill_from(self, recorded: Iterator[FrameHeader], read_raw: ReadRaw) -> Future[None]:
        """Start restoring what is missing, in a thread."""
        return self.job(lambda: self.backfill.run(recorded, read_raw))

    def close_ring(self) -> None:
        """Tell every reader of raw frames that none will come."""
        self._raw_ring.set_phase(Phase.CLOSED)
        self._raw_waker.wake()

    def say_end(self, ledger: Ledger) -> None:
        """Let the publisher tell its subscribers that the run is over."""
        message = wire.encode(wire.EndMessage(self._info.run_id, ledger))
        disk.replace_file(run_place.end_file(self._folder), message, durable=False)
        self._raw_waker.wake()

    def end_publisher(self) -> None:
        """Wait until the publisher has said the end."""
        self.publisher.end(FAREWELL_S)

    def kill(self) -> None:
        """End every child at once."""
        for child in self.children:
            child.kill()

    def abort(self) -> None:
        """End every child at once without waiting; a signal handler may call it."""
        for child in self.children:
            child.abort()

    def close(self) -> None:
        """End what still runs, and free the rings and sockets."""
        self.acquisition.abandon()
        self.backfill.abandon()
        self.recording.finish()
        self.collection.finish()
        self.kill()
        self._threads.shutdown()
        for end in (self._raw_ring, self._raw_gate, self._restored_gate):
            end.close()
        for socket in (self._raw_waker, self._restored_waker, self._control_waker, self._inbox):
            socket.close()
        self.context.term()

    def _grow(self, info: StreamInfo) -> None:
        self._store.grow(info)
        self._info = info
        self._write_start()

    def _write_start(self) -> None:
        message = wire.encode(wire.StartMessage(self._info))
        disk.replace_file(run_place.start_file(self._folder), message, durable=False)

    def _child(self, name: str, orders: Callable[[], Path]) -> Child:
        return Child(name, orders, run_place.log_file(self._folder, name), self._changed)

    @property
    def _wake_endpoints(self) -> tuple[str, ...]:
        return self._raw_waker.endpoint, self._restored_waker.endpoint

    def _restorer_orders(self) -> Path:
        path = run_place.orders_file(self._folder, "restorer")
        with self._ordering:  # a restart writes them, too, from another thread
            self._write_restorer_orders(path)
        return path

    def _write_restorer_orders(self, path: Path) -> None:
        if self.restorers is not None:
            spec = plan.restorer_spec(
                self._config,
                self._info,
                self.restorers,
                self._folder,
                (*self._wake_endpoints, self._control_waker.endpoint),
                self._inbox.endpoint,
                self.collection.normalisation,
                self._revision,
                self._relocks,
            )
            write_spec(path, spec)

    def _publisher_orders(self) -> Path:
        path = run_place.orders_file(self._folder, "publisher")
        self._write_start()
        write_spec(path, plan.publisher_spec(self._config, self._folder, self._wake_endpoints))
        return path
