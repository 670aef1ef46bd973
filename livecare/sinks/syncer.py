"""When the disk is made to have what was written: once a second, or sooner when much waits.

It happens in a thread of its own, so that the disk works while the next frames are written.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

from livecare.disk import sync_path
from livecare.errors import LivecareError, StoreError
from livecare.process_mark import ProcessMark
from livecare.sinks.failures import failure
from livecare.sinks.lane import Lane
from livecare.sinks.progress import Progress


class Syncer:
    """Syncs a store's lanes in the background and publishes how far the disk has them.

    A failure ends the syncing: after it nobody can say what the disk has. It is raised in whoever
    calls `check` next.

    Parameters
    ----------
    root : Path
        The store.
    interval_s : float
        Time from one sync to the next, seconds.
    """

    def __init__(self, root: Path, interval_s: float) -> None:
        self._root = root
        self._interval_s = interval_s
        self._lanes: Sequence[Lane] = ()
        self._stopping = False
        self._wake = threading.Event()
        self._turn = threading.Lock()
        self._failure: LivecareError | None = None
        self._writer: ProcessMark | None = ProcessMark.current()
        self._thread = threading.Thread(target=self._run, name="livecare-sync", daemon=True)

    def start(self, lanes: Sequence[Lane]) -> None:
        """Begin to sync these lanes; `ledger.json` is written at once.

        Raises
        ------
        OSError
            It cannot be written.
        """
        self._lanes = lanes
        self._publish()
        self._thread.start()

    def check(self) -> None:
        """Raise what failed in the background.

        Raises
        ------
        DiskFullError, StoreError
            The disk did not take what was written before.
        """
        if self._failure is not None:
            raise type(self._failure)(*self._failure.args) from self._failure
        if not self._thread.is_alive() and not self._stopping:
            raise StoreError(f"{self._root}: the syncing thread has died; restart the recording")

    def hurry(self) -> None:
        """Have the lanes synced now, without waiting for it."""
        self._wake.set()

    def sync(self) -> None:
        """Return once the disk has every frame appended before this call.

        Raises
        ------
        DiskFullError, StoreError
            It does not.
        """
        with self._turn:
            self.check()
            try:
                self._sync_lanes()
            except OSError as error:
                self._failure = failure(
                    error, "syncing the recording", self._root, kept=self._what_is_safe()
                )
                raise self._failure from error

    def stop(self) -> None:
        """End the thread; nothing is synced by itself from here on."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def sign_off(self) -> None:
        """Say in `ledger.json` that nobody writes any more.

        Raises
        ------
        OSError
            It cannot be written.
        """
        self._writer = None
        self._publish()
        self._lanes = ()  # they refer to this: nothing of a closed recording is to stay in memory

    def _run(self) -> None:
        while True:
            self._wake.wait(self._interval_s)
            self._wake.clear()
            if self._stopping:
                return
            try:
                self.sync()
            except LivecareError:
                return  # kept for `check`

    def _sync_lanes(self) -> None:
        moved = False
        for lane in self._lanes:
            unsynced = lane.backlog.take()
            for path in sorted(unsynced.paths):
                sync_path(path)
            moved = moved or unsynced.reached != lane.backlog.synced
            lane.backlog.mark_synced(unsynced.reached)
        if moved:
            self._publish()

    def _what_is_safe(self) -> str:
        """Say what the disk has; a later sync says nothing of what a failed one was to bring."""
        reached = " and ".join(
            f"{lane.backlog.synced.frames} of {lane.frames} {lane.name} frames"
            for lane in self._lanes
        )
        return (
            f"the disk has {reached} for certain, and nobody knows of the others: run "
            f"'livecare recover {self._root}' and 'livecare verify' once the disk is well"
        )

    def _publish(self) -> None:
        lanes = {lane.name: lane.backlog.synced for lane in self._lanes}
        Progress(lanes, self._writer).save(self._root)
