"""A process is told from every other, whatever happens to clocks and numbers meanwhile."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from livecare.process_mark import ProcessMark


def test_only_a_process_that_still_runs_lives() -> None:
    own = ProcessMark.current()
    assert own == ProcessMark.of(os.getpid())
    assert own.lives
    assert replace(own, born=own.born + 300).lives is False, "another one that has its number now"
    assert replace(own, pid=2**30).lives is False
    assert replace(own, host="another machine").lives is None


def test_a_mark_without_a_birth_says_only_that_the_dead_are_dead() -> None:
    own = ProcessMark.current()
    assert replace(own, boot="", born=0.0).lives is None
    assert replace(own, boot="", born=0.0, pid=2**30).lives is False


@pytest.mark.parametrize("pid", [-1, 0, 2**31, 2**70])
@pytest.mark.parametrize("born", [0.0, 1.0])
def test_what_is_no_number_of_a_process_says_nothing(pid: int, born: float) -> None:
    """A file of somebody else's may hold any."""
    assert replace(ProcessMark.current(), pid=pid, born=born).lives is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
def test_a_zombie_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        mark = ProcessMark.of(child.pid)
        assert mark.lives
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert mark.lives is False


def test_another_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ProcessMark.current()
    if not own.boot:
        pytest.skip("only Linux names its boots")
    monkeypatch.setattr("livecare.process_mark._boot", lambda: "another")
    assert replace(own, born=own.born + 300).lives is False
    assert own.lives is None, "a container may name the boot otherwise than its services do"


def test_the_clock_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux counts a process's beginning from the boot: set the clock, and psutil's moves along."""
    if sys.platform != "linux":
        pytest.skip("elsewhere a process's beginning is written down once")
    own = ProcessMark.current()
    boot_time = psutil.boot_time()
    monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: boot_time - 3600)
    assert abs(psutil.Process().create_time() - time.time()) > 1800, "the clock was not set"
    assert own.lives
