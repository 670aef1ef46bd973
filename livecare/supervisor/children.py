"""Child processes: how they are started, watched, restarted and ended."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from livecare.logs import logger

BACK_OFF_S: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Waits before the restarts of a child that keeps dying, seconds: the first at once, since most
deaths are single; a fault that is there to stay gets half a minute in all, then it is given up."""

HEALTHY_S: Final = 10.0
"""A child that lived so long, seconds, has earned its restarts anew."""

LAST_WORDS: Final = 5
"""Lines of a dead child's log that its obituary quotes."""


class Child:
    """A child process by name, restarted when it dies.

    Parameters
    ----------
    name : str
        The subcommand of livecare that it runs.
    orders : callable returning Path
        Writes its orders before each start and returns their file.
    log : Path
        Where its standard error goes.
    changed : callable
        Called from another thread when it has died.

    Attributes
    ----------
    restarts : int
        How often it was restarted.
    given_up : bool
        True once it has died too often to be restarted again.
    """

    def __init__(
        self, name: str, orders: Callable[[], Path], log: Path, changed: Callable[[], None]
    ) -> None:
        self.name = name
        self._orders = orders
        self._log = log
        self._changed = changed
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._failures = 0
        self._restart_at: float | None = None
        self._over = False
        self.restarts = 0
        self.given_up = False

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process's number; None before the first start."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
                [sys.executable, "-m", "livecare", self.name, str(self._orders())],
                stdin=subprocess.PIPE,  # closes when we die: that is how a child learns of it
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._started = time.monotonic()
        self._restart_at = None
        threading.Thread(target=self._await_end, args=(self._process,), daemon=True).start()

    def tend(self) -> bool:
        """Restart the process if it has died and its wait is over.

        Returns True when it is found dead for the first time. After `BACK_OFF_S` is used up it is
        given up.
        """
        if self.alive or self._over or self.given_up or self._process is None:
            return False
        if self._restart_at is not None:
            if time.monotonic() >= self._restart_at:
                self.restarts += 1
                self.start()
            return False
        self._note_death(self._process.returncode)
        return True

    def replace(self) -> None:
        """End a process that hangs; it is restarted as if it had died as soon as it was started."""
        if self.alive and self._process is not None:
            logger().warning("child hangs", child=self.name)
            self._started = time.monotonic()  # however long it lived, it has earned nothing
            self._process.kill()

    def end(self, timeout_s: float) -> None:
        """Give the process some seconds to end by itself, then end it; it is not restarted."""
        self._over = True
        if self._process is None:
            return
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            logger().warning("child did not end in time", child=self.name)
            self.kill()
            return
        if self._process.returncode and not self.given_up and self._restart_at is None:
            logger().warning(
                "child failed at its end",
                child=self.name,
                exit_code=self._process.returncode,
                last_words=self.last_words(),
            )

    def kill(self) -> None:
        """End the process at once; it is not restarted."""
        self.abort()
        if self._process is not None:
            self._process.wait()

    def abort(self) -> None:
        """End the process at once without waiting for it; a signal handler may call it."""
        self._over = True
        if self._process is not None:
            self._process.kill()

    def last_words(self) -> str:
        """Return the end of its log, on one line; what it said at every death is said once."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        latest_first = list(dict.fromkeys(line.strip() for line in reversed(lines)))
        return " | ".join(reversed(latest_first[:LAST_WORDS]))

    def _await_end(self, process: "subprocess.Popen[bytes]") -> None:
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
        self._changed()

    def _note_death(self, exit_code: int) -> None:
        if time.monotonic() - self._started > HEALTHY_S:
            self._failures = 0
        if self._failures >= len(BACK_OFF_S):
            self.given_up = True
            logger().error("child given up", child=self.name, last_words=self.last_words())
            return
        wait_s = BACK_OFF_S[self._failures]
        self._failures += 1
        self._restart_at = time.monotonic() + wait_s
        logger().warning("child died", child=self.name, exit_code=exit_code, restart_in_s=wait_s)
