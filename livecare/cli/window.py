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


class Window:
    """A viewer of what this process runs; waits at the end until somebody closes it.

    Where the run ends with an error, the window ends with it.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-m", "livecare", "view", "--pid", str(os.getpid())]
        self._process = subprocess.Popen(command)  # noqa: S603 - our own program, our own arguments

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None or issubclass(kind, typer.Exit):
            self._wait()
        else:
            self._process.terminate()
            self._process.wait()

    def when_closed(self, act: Callable[[], None]) -> None:
        """Call something, from a thread of its own, when the window has been closed."""

        def await_end() -> None:
            self._process.wait()
            act()

        threading.Thread(target=await_end, name="livecare-window", daemon=True).start()

    def _wait(self) -> None:
        """Wait until somebody closes it; a Ctrl-C closes it, too."""
        try:
            if self._process.poll() is None:
                sys.stderr.write("livecare: the run is over; close the window to end\n")
            self._process.wait()
        except KeyboardInterrupt:
            self._process.terminate()
            self._process.wait()


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
