"""The window of a demonstration: one that crashes opens again, one that is closed does not."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from livecare.cli import window
from livecare.cli.window import REOPENED, Window, crash_words

PATIENCE_S = 60.0
posix = pytest.mark.skipif(sys.platform == "win32", reason="the made-up windows end by signals")


class Desk:
    """Where windows open: programs of the test's in their place."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened: list[subprocess.Popen[bytes]] = []
        self.scripts: list[str] = []
        self.closed = threading.Event()
        monkeypatch.setattr(window, "REOPEN_S", 0.0)
        monkeypatch.setattr(window, "_open_viewer", self._open)

    def _open(self) -> "subprocess.Popen[bytes]":
        script = self.scripts.pop(0) if self.scripts else "input()"
        process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
        self.opened.append(process)
        return process

    def watch(self) -> Window:
        made = Window()
        made.when_closed(self.closed.set)
        return made

    def close(self) -> None:
        for process in self.opened:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(monkeypatch)
    yield desk
    desk.close()


CRASH = f"import os; os.kill(os.getpid(), {int(getattr(signal, 'SIGSEGV', 0))})"


@posix
def test_one_that_always_crashes_is_opened_a_few_times_and_ends_the_run(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    desk.scripts = [CRASH] * 10
    desk.watch()
    assert desk.closed.wait(PATIENCE_S)
    assert len(desk.opened) == 1 + REOPENED
    said = capfd.readouterr().err
    assert said.count("was ended by SIGSEGV; the run goes on, it opens again") == REOPENED
    assert said.count("was ended by SIGSEGV; the run ends") == 1


@posix
def test_one_that_crashes_once_comes_back(desk: Desk) -> None:
    desk.scripts = [CRASH, "pass"]
    desk.watch()
    assert desk.closed.wait(PATIENCE_S)
    assert len(desk.opened) == 2


@posix
@pytest.mark.parametrize(
    "script",
    ["pass", "raise SystemExit(1)", f"import os; os.kill(os.getpid(), {int(signal.SIGTERM)})"],
)
def test_one_that_was_closed_or_has_said_why_it_ends_stays_closed(desk: Desk, script: str) -> None:
    desk.scripts = [script]
    desk.watch()
    assert desk.closed.wait(PATIENCE_S)
    assert len(desk.opened) == 1


@posix
def test_none_is_opened_when_the_run_is_over(desk: Desk) -> None:
    shown = desk.watch()
    thread = threading.Thread(target=shown.__exit__, args=(None, None, None))
    thread.start()
    while not shown._over.is_set():
        assert thread.is_alive()
    os.kill(desk.opened[0].pid, signal.SIGSEGV)
    thread.join(PATIENCE_S)
    assert desk.closed.wait(PATIENCE_S)
    assert len(desk.opened) == 1


@pytest.mark.parametrize(
    ("exit_code", "words"), [(0, ""), (1, ""), (255, ""), (0xC0000005, "crashed with 0xc0000005")]
)
def test_what_counts_as_a_crash(exit_code: int, words: str) -> None:
    assert crash_words(exit_code) == words
