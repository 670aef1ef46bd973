"""How two threads of one process wait for each other at the raw ring."""

import threading
from collections.abc import Callable
from typing import Final

RECHECK_S: Final = 0.2
"""Longest wait, seconds, before a thread looks whether it should give up altogether."""


class Turnstile:
    """Wakes whoever waits at a ring when a frame went in or came out."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._closed = False

    def moved(self) -> None:
        """Say that a frame went in or came out."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Say that nobody should wait any more; waits return at once from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """True once `close` was called."""
        return self._closed

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Return when the condition holds, the turnstile is closed, or `RECHECK_S` has passed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or condition(), RECHECK_S)
