"""Child processes: how they are started, watched, restarted and ended."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from livecare.errors import LivecareError
from livecare.logs import logger
from livecare.supervisor.log_relay import LogRelay
from livecare.supervisor.obituary import count_memory_kills, obituary

BACK_OFF_S: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Waits before the restarts of a child that keeps dying, seconds: the first at once, since most
deaths are single; a fault that is there to stay gets half a minute in all, then it is given up."""

RETRY_S: Final = 60.0
"""Wait before each try of a child that was given up, seconds: runs go on for days, and what was
wrong may be mended; a start a minute costs a machine next to nothing."""

HEALTHY_S: Final = 10.0
"""A child that did its work for so long, seconds, has earned its restarts anew."""

LAST_WORDS: Final = 5
"""Lines of a dead child's log that its obituary quotes."""
ONE_BLAS_THREAD: Final = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Settings of the libraries below numpy. Their threads spin for some 30 ms after each product, on
the cores that the engine needs: so guards of two frames in eight cost a third of all live ones."""
LOG_BYTES: Final = 1 << 20
"""A child's log begins anew when it is longer, bytes: it lies in memory, and deaths, or a guard
that often changes its mind, fill it."""
QUOTED_BYTES: Final = 16 << 10
"""End of a log that is looked at for last words, bytes."""

KILL_S: Final = 10.0
"""Longest wait for a process that was killed, seconds: one that a driver holds never ends."""


class Child:
    """A child process by name, restarted when it dies.

    The first restarts come quickly (`BACK_OFF_S`), then one every `RETRY_S`, for as long as it is
    tended.

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
    working : callable
        Tells whether it does its work, and not only lives.
    relay : LogRelay or None
        Passes its log on; None where nobody wants that.

    Attributes
    ----------
    restarts : int
        How often it was restarted.
    given_up : bool
        True once it has died too often to be restarted quickly, until it has worked for a while.
    """

    def __init__(
        self,
        name: str,
        orders: Callable[[], Path],
        log: Path,
        changed: Callable[[], None],
        working: Callable[[], bool] = lambda: True,
        relay: LogRelay | None = None,
    ) -> None:
        self.name = name
        self._orders = orders
        self._log = log
        self._changed = changed
        self._working, self._relay = working, relay
        self._process: subprocess.Popen[bytes] | None = None
        self._works_since: float | None = None
        self._hung = ""
        self._cause = ""
        self._memory_kills = 0
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

    @property
    def lost(self) -> bool:
        """True while it is given up and not there: nothing is to be expected of it soon."""
        return self.given_up and not self.alive

    @property
    def trouble(self) -> str:
        """Why it does not work, and what is done about it, for people; "" while it works."""
        if not self._cause:
            return ""
        done = f"it is tried again every {RETRY_S:.0f} s" if self.given_up else "it starts again"
        return f"the {self.name} {self._cause}" + ("" if self._over else f"; {done}")

    def start(self) -> None:
        """Start the process."""
        orders = self._orders()  # before the log: this makes a folder anew that was deleted
        with self._log.open("ab") as log:
            if log.tell() > LOG_BYTES:
                log.truncate(0)
                log.seek(0)  # on Windows a child writes on from where this stands
            self._process = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
                [sys.executable, "-m", "livecare", self.name, str(orders)],
                env={**os.environ, **ONE_BLAS_THREAD},
                stdin=subprocess.PIPE,  # closes when we die: that is how a child learns of it
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._works_since = time.monotonic() if self._working() else None
        self._memory_kills = count_memory_kills()
        self._hung = ""
        self._restart_at = None
        threading.Thread(target=self._await_end, args=(self._process,), daemon=True).start()

    def tend(self) -> bool:
        """Restart the process if it has died and its wait is over.

        Returns True when it is found dead for the first time.
        """
        if self._relay is not None:
            self._relay.pass_on()
        if self._over:
            return False
        if self.alive:
            self._note_work()
            self._bound_log()
        elif self._restart_at is not None:
            if time.monotonic() >= self._restart_at:
                self.try_now()
        elif self._process is not None:
            self._note_death(self._process.returncode)
            return True
        return False

    def try_now(self) -> None:
        """Start a process that is dead again, without waiting longer."""
        self.restarts += 1
        self.begin()

    def begin(self) -> None:
        """Start the process; one that cannot be started counts as one that has died."""
        try:
            self.start()
        except (OSError, LivecareError) as error:  # no memory, no folder any more
            self._note_failure(f"cannot be started: {error}")

    def revive(self) -> None:
        """Start a process that was ended after all, with its restarts earned anew."""
        self._over = self.given_up = False
        self._failures, self._cause = 0, ""
        self.begin()

    def replace(self, why: str) -> None:
        """End a process that hangs; it is restarted as if it had died as soon as it was started."""
        if self.alive and self._process is not None:
            logger().warning("child hangs", child=self.name, why=why)
            self._hung = why
            self._process.kill()

    def dismiss(self) -> None:
        """Let the process end by itself: it is not restarted any more."""
        self._over = True

    def end(self, timeout_s: float) -> None:
        """Give the process some seconds to end by itself, then end it; it is not restarted."""
        self.dismiss()
        if self._process is None:
            return
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            logger().warning("child did not end in time", child=self.name)
            self.kill()
            return
        self._pass_rest_on()
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
            try:
                self._process.wait(KILL_S)
            except subprocess.TimeoutExpired:
                logger().error("child cannot be killed", child=self.name, pid=self._process.pid)
            self._pass_rest_on()

    def abort(self) -> None:
        """End the process at once without waiting for it; a signal handler may call it."""
        self._over = True
        if self._process is not None:
            self._process.kill()

    def last_words(self) -> str:
        """Return the end of its log, on one line; what it said at every death is said once."""
        try:
            end = self._log.read_bytes()[-QUOTED_BYTES:]
        except OSError:
            end = b""  # it never began, or the run's folder was deleted
        lines = end.decode("utf-8", errors="replace").splitlines()
        latest_first = list(dict.fromkeys(line.strip() for line in reversed(lines)))
        return " | ".join(reversed(latest_first[:LAST_WORDS]))

    def _pass_rest_on(self) -> None:
        if self._relay is not None:
            self._relay.pass_on(everything=True)

    def _bound_log(self) -> None:
        """Begin the log anew while the process writes to it, which always appends here.

        On Windows it would write on from where it stands: there the log waits for the next start.
        """
        if os.name != "posix":
            return
        with contextlib.suppress(OSError):  # not begun yet, or the run's folder is gone
            size = self._log.stat().st_size
            if size > LOG_BYTES and (self._relay is None or self._relay.begin_anew(size)):
                os.truncate(self._log, 0)

    def _await_end(self, process: "subprocess.Popen[bytes]") -> None:
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
        self._changed()

    def _note_work(self) -> None:
        """Note since when it has worked; one that has for a while is no longer given up."""
        if not self._working():
            self._works_since = None
            return
        self._cause = ""
        if self._works_since is None:
            self._works_since = time.monotonic()
        if self.given_up and self._has_earned_restarts():
            self.given_up = False
            self._failures = 0
            logger().info("child works again", child=self.name)

    def _has_earned_restarts(self) -> bool:
        since = self._works_since
        return since is not None and not self._hung and time.monotonic() - since > HEALTHY_S

    def _note_death(self, exit_code: int) -> None:
        if self._has_earned_restarts():
            self._failures = 0
        kills = count_memory_kills() - self._memory_kills
        self._note_failure(self._hung or obituary(exit_code, kills, self.last_words()))

    def _note_failure(self, cause: str) -> None:
        """Say why it is not there, and decide when it is started again."""
        self._cause = cause
        spent = self._failures >= len(BACK_OFF_S)
        wait_s = RETRY_S if spent else BACK_OFF_S[self._failures]
        self._failures += not spent
        self._restart_at = time.monotonic() + wait_s
        if spent and not self.given_up:
            logger().error("child given up", child=self.name, why=cause, retry_every_s=RETRY_S)
        else:
            logger().warning("child died", child=self.name, why=cause, restart_in_s=wait_s)
        self.given_up = self.given_up or spent
