"""Opens the viewer beside a run, as a process of its own; where it cannot, says why and goes on."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import typer

QT_NEEDED: Final = "import PySide6.QtWidgets, pyqtgraph"
"""What the viewer must be able to import: missing packages and system libraries show here."""

SCREENS: Final = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Environment variables of which one is set where windows can be shown, on Linux."""

CHECK_S: Final = 60.0
"""Longest that this import may take, seconds: a cold disk, a virus scanner."""

REOPENED: Final = 3
"""Times that a window which crashed is opened again: a graphics driver that fails more often fails
always."""
REOPEN_S: Final = 1.0
"""Wait before that, seconds: a driver that was reset comes back by then."""
CLOSED_BY: Final = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that somebody ends a window with."""


class Window:
    """A viewer of what this process runs; waits at the end until somebody closes it.

    Where the run ends with an error, the window ends with it. One that crashes while the run goes
    on is opened again, a few times.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._over = threading.Event()
        self._process = _open_viewer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._turn:
            self._over.set()
        if kind is None or issubclass(kind, typer.Exit):
            self._wait()
        else:
            self._process.terminate()
            self._process.wait()

    def when_closed(self, act: Callable[[], None]) -> None:
        """Call something, from a thread of its own, when the window has been closed.

        It is called, too, where the window has crashed more often than it is opened again.
        """

        def await_end() -> None:
            for _ in range(REOPENED):
                if not self._reopen(self._process.wait()):
                    break
            if crash := crash_words(self._process.wait()):
                sys.stderr.write(f"livecare: the window {crash}; the run ends\n")
            act()

        threading.Thread(target=await_end, name="livecare-window", daemon=True).start()

    def _reopen(self, exit_code: int) -> bool:
        """Open the window again if it crashed and the run goes on; tell whether it was."""
        crash = crash_words(exit_code)
        if not crash or self._over.wait(REOPEN_S):
            return False
        with self._turn:
            if self._over.is_set():
                return False
            sys.stderr.write(f"livecare: the window {crash}; the run goes on, it opens again\n")
            self._process = _open_viewer()
        return True

    def _wait(self) -> None:
        """Wait until somebody closes it; a Ctrl-C closes it, too."""
        try:
            if self._process.poll() is None:
                sys.stderr.write("livecare: the run is over; close the window to end\n")
            self._process.wait()
        except KeyboardInterrupt:
            self._process.terminate()
            self._process.wait()


def crash_words(exit_code: int) -> str:
    """Say how a window crashed; "" where it was closed, or has said itself why it ended."""
    from livecare.supervisor.obituary import LAST_CODE, signal_name

    if exit_code > LAST_CODE:
        return f"crashed with {exit_code:#010x}"
    if exit_code >= 0:
        return ""
    name = signal_name(-exit_code)
    return "" if name in CLOSED_BY else f"was ended by {name}"


def _open_viewer() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "livecare", "view", "--pid", str(os.getpid())]
    return subprocess.Popen(command)  # noqa: S603 - our own program, our own arguments


def can_open() -> bool:
    """Tell whether a viewer can be opened here; where it cannot, say why."""
    reason = _no_window()
    if reason:
        sys.stderr.write(f"livecare: no window: {reason} (--headless leaves this out)\n")
    return not reason


def no_screen() -> str:
    """Say that this machine shows no windows; "" if it does."""
    if sys.platform == "linux" and not any(os.environ.get(name) for name in SCREENS):
        return "this machine has no screen (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return ""


def _no_window() -> str:
    """Say why no window can be opened here; "" if one can."""
    if reason := no_screen():
        return reason
    command = [sys.executable, "-c", QT_NEEDED]
    try:  # in another process: this one is never to load Qt
        tried = subprocess.run(  # noqa: S603 - our own program, our own arguments
            command, capture_output=True, timeout=CHECK_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"Qt did not load within {CHECK_S:.0f} s"
    if tried.returncode == 0:
        return ""
    last = tried.stderr.decode(errors="replace").strip().splitlines()[-1:]
    if any("No module named" in line for line in last):
        return "the extra viewer is missing: pip install 'livecare[viewer]'"
    return f"Qt does not load: {' '.join(last)}"
