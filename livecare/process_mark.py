"""Knows how a process is told from all others, also from a later one with its number.

A number alone does not do: numbers are used again. Neither does the time of day at which a process
began: Linux counts it from the boot, so that it moves whenever the clock is set.
"""

import functools
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import psutil

COUNTS_TICKS: Final = sys.platform == "linux"
SLACK: Final = 0.5 if COUNTS_TICKS else 2.0
"""How far two readings of one process's beginning may differ: clock ticks are counted, but times of
day, in seconds, are rounded by some systems."""
LAST_NUMBER: Final = 2**31 - 1
"""No process of any system has a larger number, and systems refuse to look for one."""
BOOT_FILE: Final = Path("/proc/sys/kernel/random/boot_id")
"""Where Linux names the boot."""
BIRTH_FIELD: Final = 19
"""Field of /proc/PID/stat behind the name's bracket, from 0: clock ticks from the boot to the
process's beginning."""


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process of a machine.

    Attributes
    ----------
    pid : int
        Its number.
    host : str
        The machine, or the container, that it runs on.
    boot : str
        Which boot of that machine, on Linux; "" elsewhere.
    born : float
        When it began: clock ticks from the boot on Linux, seconds since 1970 elsewhere; 0 where
        that is not known.
    """

    pid: int
    host: str = ""
    boot: str = ""
    born: float = 0.0

    @classmethod
    def current(cls) -> Self:
        """Return this process's."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Self:
        """Return that of a process of this machine.

        Raises
        ------
        psutil.NoSuchProcess
            There is none, or it has ended.
        psutil.AccessDenied
            The system tells nothing of it.
        """
        return cls(pid, platform.node(), _boot(), _born(pid))

    @property
    def lives(self) -> bool | None:
        """Tell whether it still runs; None where that cannot be told.

        It cannot be of another machine, where the number is none that a process could have (files
        say what their writers please), and where there is one with its number and its beginning
        although the boot seems another: in a container one process may read another boot's name
        than its neighbour does.
        """
        if self.host != platform.node() or not 0 < self.pid <= LAST_NUMBER:
            return None
        if not self.born:  # an older livecare wrote it, who did not say
            return None if psutil.pid_exists(self.pid) else False
        try:
            same = abs(_born(self.pid) - self.born) < SLACK
        except psutil.NoSuchProcess:
            return False
        except psutil.Error:
            return None
        return None if same and self.boot != _boot() else same


@functools.cache
def _boot() -> str:
    try:
        return BOOT_FILE.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _born(pid: int) -> float:
    """Return when a living process began, in the unit of `ProcessMark.born`; a zombie is dead."""
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.NoSuchProcess(pid)
    if not COUNTS_TICKS:
        return process.create_time()
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError) as error:
        raise psutil.NoSuchProcess(pid) from error
    except OSError as error:
        raise psutil.AccessDenied(pid) from error
    return float(stat.rpartition(b")")[2].split()[BIRTH_FIELD])
