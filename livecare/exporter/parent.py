"""How an exporter leaves signals to the run's process, and learns that this is gone."""

import os
import signal
import sys
import threading

from livecare.orphan import leave_terminal_to_parent


def leave_signals_to_parent() -> None:
    """Take no notice of signals that ask for an end: the run's process ends this one.

    A service manager that signals every process of a service must not end this one first: it has
    the last word.
    """
    leave_terminal_to_parent()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def watch_parent() -> threading.Event:
    """Return what is set when the run's process is gone: it holds the end of standard input."""
    gone = threading.Event()

    def read_to_end() -> None:
        descriptor = sys.stdin.fileno()
        while os.read(descriptor, 1):
            pass
        gone.set()

    threading.Thread(target=read_to_end, name="parent watch", daemon=True).start()
    return gone
