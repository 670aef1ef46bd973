"""What a service manager hears of a run: looked at by the run's own loop, and by nothing else."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from livecare.config import Config
from livecare.link.telemetry import Telemetry
from livecare.service_manager import Look, ServiceManager, State
from livecare.supervisor.account import Account

WAITING_SOURCES: Final = ("push", "mm-bridge", "ndtiff-follow", "folder-watch")
"""Sources that wait, once they are open, until somebody begins to acquire: for days if need be."""
SETTLING_S: Final = 1.0
"""A source that waits is open after that time, seconds: a port that is taken, or a folder that is
not there, is an error before."""
MAKING_S: Final = 600.0
"""Longest that a recording may take to be made, seconds: thousands of positions take minutes on a
slow disk; on one that hangs a run is to be ended."""


class Attendance:
    """Tells the service manager how the run is; called from the run's main loop.

    Parameters
    ----------
    config : Config
        The run's configuration.
    manager : ServiceManager
        Who is told.

    Attributes
    ----------
    when_ready : callable
        Called once, when frames may come for the first time: what is not urgent waits until then.
    """

    def __init__(self, config: Config, manager: ServiceManager) -> None:
        self._manager = manager
        self._waits = config.source.kind in WAITING_SOURCES
        self._source = config.source.kind
        self._began_s = time.monotonic()
        self._ready = False
        self._making_s: float | None = None
        self.when_ready: Callable[[], None] = lambda: None

    def opening(self, *, stopping: bool) -> None:
        """Look at a source that is being opened: one that waits by design is as ready as can be."""
        settled = time.monotonic() - self._began_s > SETTLING_S
        if stopping:
            self._tell(Look("stopping", status="stopping; nothing was acquired"))
        elif self._waits and settled:
            status = f"waiting for an acquisition to begin ({self._source})"
            self._tell(Look("ready", status=status))
        else:
            self._tell(Look("opening", status=f"opening the source ({self._source})"))

    def beginning(self, accounts: Sequence[Account], *, stopping: bool) -> None:
        """Look at a part whose recording is being made; no frame can wait for it yet.

        Parameters
        ----------
        accounts : sequence of Account
            Of the parts before it.
        stopping : bool
            Whether the run was asked to end.
        """
        now_s = time.monotonic()
        self._making_s = now_s if self._making_s is None else self._making_s
        hangs = now_s - self._making_s > MAKING_S
        state: State = "opening" if hangs else "warming"
        self._tell(
            Look(
                "stopping" if stopping else state,
                recorded=_taken(accounts),
                waiting=int(hangs),
                completed=_completed(accounts),
                status="making the recording",
            )
        )

    def acquiring(
        self, snapshot: Telemetry, accounts: Sequence[Account], *, stopping: bool
    ) -> None:
        """Look at the part that acquires, or that is completed as the last.

        Parameters
        ----------
        snapshot : Telemetry
            Of that part.
        accounts : sequence of Account
            Of all parts that there have been; the last is that part's.
        stopping : bool
            Whether the run was asked to end.
        """
        self._making_s = None
        over = snapshot.stage not in ("starting", "acquiring")
        state: State = "warming" if snapshot.stage == "starting" else "ready"
        if stopping or over:
            state = "stopping"
        waiting = snapshot.ledger.acquired - accounts[-1].taken
        self._tell(
            Look(
                state,
                recorded=_taken(accounts),
                waiting=0 if over else max(0, waiting),
                completed=_completed(accounts),
                status=_words(snapshot),
            )
        )

    def completing(self, accounts: Sequence[Account], left: int) -> None:
        """Look at the `left` parts that are completed in the background, after the last one."""
        status = f"completing recordings: {left} left"
        done = _completed(accounts)
        self._tell(Look("stopping", _taken(accounts), completed=done, status=status))

    def _tell(self, look: Look) -> None:
        self._manager.look(look)
        if look.state == "ready" and not self._ready:
            self._ready = True
            self.when_ready()


def _taken(accounts: Sequence[Account]) -> int:
    return sum(each.taken for each in accounts)


def _completed(accounts: Sequence[Account]) -> int:
    """Count what became of frames in any way: it changes while anything is done."""
    return sum(each.settled for each in accounts) + _taken(accounts)


def _words(snapshot: Telemetry) -> str:
    ledger = snapshot.ledger
    frames = f"recording {ledger.recorded}" if snapshot.recording else f"showing {ledger.acquired}"
    words = f"{snapshot.stage}: {frames} frames, lost {ledger.lost}; restorer {snapshot.restorer}"
    return f"{words} ({snapshot.degraded})" if snapshot.degraded else words
