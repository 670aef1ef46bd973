"""How a child process learns that its parent is gone, and keeps out of the way of Ctrl-C."""

import os
import signal
import sys
import threading

from livecare.errors import EXIT_FAILED


def live_and_die_with_parent() -> None:
    """Leave interrupts to the parent, and end when it does.

    The parent holds the other end of standard input; when it dies, however it dies, the pipe
    closes. That works alike on Linux and Windows. The exit is abrupt on purpose: a child holds
    nothing that needs to be put in order.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_at_end_of_input, name="parent watch", daemon=True).start()


def _exit_at_end_of_input() -> None:
    sys.stdin.buffer.read()
    os._exit(EXIT_FAILED)
