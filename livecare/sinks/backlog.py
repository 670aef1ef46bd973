"""What a lane has written and the disk may not have yet: the one thing that two threads share."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from livecare.sinks.progress import LaneProgress


@dataclass(frozen=True, slots=True)
class Unsynced:
    """What was written since the disk last had everything.

    Attributes
    ----------
    paths : frozenset of Path
        Files and folders to sync.
    reached : LaneProgress
        What the disk has once they are.
    """

    paths: frozenset[Path]
    reached: LaneProgress


class Backlog:
    """Filled by the thread that writes a lane, taken by the one that syncs it.

    Attributes
    ----------
    written, synced : LaneProgress
        What was written, and what of it the disk has.
    """

    __slots__ = ("_lock", "_paths", "_waiting_bytes", "synced", "written")

    def __init__(self) -> None:
        self.written = LaneProgress()
        self.synced = LaneProgress()
        self._lock = threading.Lock()
        self._paths: set[Path] = set()
        self._waiting_bytes = 0

    def add_paths(self, paths: Iterable[Path]) -> None:
        """Take note of files and folders that have changed."""
        with self._lock:
            self._paths.update(paths)

    def add_frame(
        self, sequence: int, paths: Iterable[Path], line_bytes: int, cached_bytes: int
    ) -> int:
        """Take note of a frame that was written.

        Parameters
        ----------
        sequence : int
            Its number.
        paths : iterable of Path
            Files that it is in.
        line_bytes : int
            Length of the lane's lines, its own included, bytes.
        cached_bytes : int
            Bytes of it that wait in the page cache.

        Returns
        -------
        int
            Bytes that wait there by now.
        """
        with self._lock:
            self._paths.update(paths)
            self._waiting_bytes += cached_bytes
            before = self.written
            self.written = LaneProgress(
                max(before.persisted, sequence), before.frames + 1, line_bytes
            )
            return self._waiting_bytes

    def take(self) -> Unsynced:
        """Return everything that waits and forget it."""
        with self._lock:
            taken = Unsynced(frozenset(self._paths), self.written)
            self._paths.clear()
            self._waiting_bytes = 0
            return taken

    def mark_synced(self, reached: LaneProgress) -> None:
        """Take note that the disk has what `take` returned."""
        self.synced = reached
