"""SIGHUP: a service manager wants a reload; a terminal that is closed wants an end in order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")

PATIENCE_S = 60.0
PROGRAM = """
import signal, sys, threading
from pathlib import Path
from livecare.supervisor.interrupt import Interrupts

told = Path(sys.argv[1])
over = threading.Event()

def tell(word):
    with told.open("a") as file:
        file.write(word + "\\n")

interrupts = Interrupts(over.set, lambda: tell("at once"))
interrupts.reload = lambda: (tell("reload"), over.set())
with interrupts:
    print("ready", flush=True)
    # a signal in the very moment before a wait is seen after it, as by a run that looks around
    if not any(over.wait(0.2) for _ in range(250)):
        tell("nothing came")
    print("this goes to nobody", flush=True)
    tell("to end" if interrupts.requested else "to go on")
tell("former handler" if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL else "another")
"""


def start(told: Path, **how: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", PROGRAM, str(told)], start_new_session=True, **how
    )


def test_without_a_terminal_it_means_reload(tmp_path: Path) -> None:
    told = tmp_path / "told"
    with start(told, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE_S) == 0
    assert told.read_text().splitlines() == ["reload", "to go on", "former handler"]


def on_a_terminal(told: Path, before: str = "") -> tuple["subprocess.Popen[bytes]", int]:
    """Start the program on a terminal of its own; return it and the terminal's other end."""
    other_end, terminal = os.openpty()
    code = f"import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n{before}{PROGRAM}"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(told)],
        start_new_session=True,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    seen = b""
    while b"ready" not in seen:
        seen += os.read(other_end, 1024)
    return process, other_end


def test_on_a_terminal_that_is_still_there_it_means_reload(tmp_path: Path) -> None:
    told = tmp_path / "told"
    process, other_end = on_a_terminal(told)
    process.send_signal(signal.SIGHUP)
    assert process.wait(PATIENCE_S) == 0
    os.close(other_end)
    assert told.read_text().splitlines() == ["reload", "to go on", "former handler"]


def test_a_terminal_that_is_closed_ends_the_run_in_order(tmp_path: Path) -> None:
    told = tmp_path / "told"
    process, other_end = on_a_terminal(told)
    os.close(other_end)
    assert process.wait(PATIENCE_S) == 0, "what it prints is no error"
    assert told.read_text().splitlines() == ["to end", "former handler"]


def test_nohup_is_respected(tmp_path: Path) -> None:
    told = tmp_path / "told"
    nohup = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    process, other_end = on_a_terminal(told, nohup)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    os.close(other_end)
    assert told.read_text().splitlines() == ["to end", "another"]
