"""Ctrl-C and its relatives: the first ends the run in order, the second at once."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from livecare.errors import EXIT_INCOMPLETE

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)
"""What asks a process to end: Ctrl-C, a service manager, and Ctrl-Break on Windows."""


class Interrupts:
    """Counts requests to end while it is entered as a context; does nothing off the main thread.

    Parameters
    ----------
    wake : callable
        Called at the first request.
    at_once : callable
        Called at the second, before the process exits with the code of an incomplete recording.
    """

    def __init__(self, wake: Callable[[], None], at_once: Callable[[], None]) -> None:
        self._wake = wake
        self._at_once = at_once
        self._former: dict[int, signal._HANDLER] = {}
        self.requested = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._former = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.requested:
            self._at_once()
            os._exit(EXIT_INCOMPLETE)
        self.requested = True
        self._wake()
