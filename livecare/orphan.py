"""How a child process learns that its parent is gone, and keeps out of its way."""

import contextlib
import os
import signal
import sys
import threading
from typing import Final

import psutil

from livecare.errors import EXIT_FAILED

LEFT_TO_PARENT: Final = ("SIGINT", "SIGHUP", "SIGBREAK")
"""What a terminal sends to all processes of a run at once: Ctrl-C, its own end, and Windows'
Ctrl-Break. The run's process ends in order, and ends its children."""
COURTESY: Final = 5
"""Niceness of a process that gives way (POSIX): a third of the processor's time of a process that
does not, where both want all of it; and one that wakes goes first."""


def live_and_die_with_parent() -> None:
    """Leave interrupts to the parent, and end when it does.

    The parent holds the other end of standard input; when it dies, however it dies, the pipe
    closes. That works alike on Linux and Windows. The exit is abrupt on purpose: a child holds
    nothing that needs to be put in order.
    """
    leave_terminal_to_parent()
    threading.Thread(target=_exit_at_end_of_input, name="parent watch", daemon=True).start()


def leave_terminal_to_parent() -> None:
    """Take no notice of what a terminal sends to all its processes."""
    for name in LEFT_TO_PARENT:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def give_way(courtesy: int = COURTESY) -> None:
    """Run at a lower priority than the recorder, so that it needs no core apart.

    Where the system refuses, the process runs as it was started.

    Parameters
    ----------
    courtesy : int
        Niceness to add (POSIX); Windows knows one step only.
    """
    with contextlib.suppress(psutil.Error):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            psutil.Process().nice(courtesy)


def _exit_at_end_of_input() -> None:
    descriptor = sys.stdin.fileno()
    while os.read(descriptor, 1):  # sys.stdin.read would hold its lock, and abort an orderly exit
        pass
    os._exit(EXIT_FAILED)
