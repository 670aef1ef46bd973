"""Signals: the first Ctrl-C ends the run in order, the second at once; SIGHUP has it reload."""

import contextlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Final, Self

from livecare.errors import EXIT_INCOMPLETE
from livecare.supervisor.part import Part

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)
"""What asks a process to end: Ctrl-C, a service manager, and Ctrl-Break on Windows."""
HANG_UP: Final[int | None] = getattr(signal, "SIGHUP", None)
"""What service managers send for a changed configuration, and what a terminal leaves behind when it
is closed; Windows has none."""
STREAMS: Final = (0, 1, 2)
"""Standard input, output and error."""
TERMINAL: Final = Path("/dev/tty")
"""The terminal that a process belongs to; it cannot be opened where there is none, or no more."""


class Interrupts:
    """Listens to signals while it is entered as a context; does nothing off the main thread.

    A terminal that is closed ends the run in order, too, except under `nohup`.

    Parameters
    ----------
    wake : callable
        Called at the first request to end, from a thread of its own: a signal may come while the
        main thread holds the very lock that is needed to wake it.
    at_once : callable
        Called at the second, before the process exits with the code of an incomplete recording;
        from the signal handler.

    Attributes
    ----------
    requested : bool
        Whether the run is to end.
    reload : callable
        Called when the configuration is to be read again, from the same thread; nothing may wait
        in it.
    """

    def __init__(self, wake: Callable[[], None], at_once: Callable[[], None]) -> None:
        self._wake = wake
        self._at_once = at_once
        self.reload: Callable[[], None] = lambda: None
        self._former: dict[int, signal._HANDLER] = {}
        self._had_terminal = False
        self._on_terminal: list[int] = []
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._call, name="livecare-signal", daemon=True)
        self.requested = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._thread.start()
            self._had_terminal = _has_terminal()
            self._on_terminal = [each for each in STREAMS if os.isatty(each)]
            self._former = {number: signal.signal(number, self._note) for number in SIGNALS}
            if HANG_UP is not None and signal.getsignal(HANG_UP) != signal.SIG_IGN:
                self._former[HANG_UP] = signal.signal(HANG_UP, self._hang_up)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        if self._thread.is_alive():
            self._calls.put(None)
            self._thread.join()

    def _call(self) -> None:
        while (call := self._calls.get()) is not None:
            call()

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.requested:
            try:
                self._at_once()
            finally:
                os._exit(EXIT_INCOMPLETE)
        self.requested = True
        self._calls.put(self._wake)

    def _hang_up(self, number: int, frame: FrameType | None) -> None:
        """Reload; or end in order, where this came because the terminal was closed."""
        del number, frame
        if not self._had_terminal or _has_terminal():
            self._calls.put(self.reload)
            return
        self._had_terminal = False
        _write_nowhere(self._on_terminal)
        if not self.requested:
            self.requested = True
            self._calls.put(self._wake)


def end_at_once(parts: Iterable[Part]) -> None:
    """End the processes of a run's parts, and say what is left to do; for a signal handler."""
    for part in parts:
        if part.closed:
            continue
        part.abort()
        if not part.recorded:
            continue
        words = (
            f"livecare: ended at once; run 'livecare recover {part.path}' to close the recording\n"
        )
        with contextlib.suppress(OSError, ValueError):  # who listened may have gone already
            os.write(sys.stderr.fileno(), words.encode())  # no buffer


def _has_terminal() -> bool:
    """Tell whether this process belongs to a terminal that is still there."""
    try:
        os.close(os.open(TERMINAL, os.O_RDONLY | getattr(os, "O_NOCTTY", 0)))
    except OSError:
        return False
    return True


def _write_nowhere(streams: Iterable[int]) -> None:
    """Let what is written to a terminal that was closed vanish: to write there is an error."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in streams:
        os.dup2(nowhere, stream)
    os.close(nowhere)
