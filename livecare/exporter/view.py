"""Knows the run as an exporter sees it: the newest snapshot, its age, and whether the run lives."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from livecare.link.last_snapshot import read_snapshot
from livecare.link.telemetry import Telemetry

Fate = Literal["on", "ended", "died"]
"""What became of the run: it goes on, it has ended in order, or its process has gone without a
word."""

SILENT_S: Final = 10.0
"""A run that has said nothing for so long, seconds, is not well: it says something five times a
second, and making the rings of a new part takes a second or two."""


@dataclass(frozen=True, slots=True)
class View:
    """The run at one moment.

    Attributes
    ----------
    telemetry : Telemetry or None
        The newest snapshot; None before the first.
    age_s : float
        How old it is, or how long one has been waited for, seconds.
    fate : Fate
        What became of the run.
    """

    telemetry: Telemetry | None
    age_s: float
    fate: Fate

    @property
    def silent(self) -> bool:
        """Whether the run has said nothing for too long."""
        return self.telemetry is None or self.age_s > SILENT_S


class Watcher:
    """Reads what a run keeps in its file; one thread looks, others may ask.

    Parameters
    ----------
    path : Path
        The file.
    clock : callable
        Says what time it is, monotonic, seconds.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._mark: tuple[int, int, int] | None = None
        self._telemetry: Telemetry | None = None
        self._since = clock()
        self._fate: Fate = "on"
        self._lock = threading.Lock()

    def look(self) -> None:
        """Read the file if it is another than at the last look."""
        try:
            status = self._path.stat()
        except OSError:
            return  # not written yet, or the run's folder is gone: the age tells
        mark = (status.st_ino, status.st_mtime_ns, status.st_size)
        if mark == self._mark or (telemetry := read_snapshot(self._path)) is None:
            return
        with self._lock:
            self._mark, self._telemetry, self._since = mark, telemetry, self._clock()
            if telemetry.stage == "ended":
                self._fate = "ended"

    def note_death(self) -> None:
        """Note that the run's process is gone; if its last word was its end, it has ended."""
        self.look()
        with self._lock:
            if self._fate == "on":
                self._fate = "died"

    @property
    def view(self) -> View:
        """The run as of now."""
        with self._lock:
            return View(self._telemetry, self._clock() - self._since, self._fate)
