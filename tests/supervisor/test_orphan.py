"""A child's own life: its errors, its end with its parent."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["restorer", "publisher"])
def test_wrong_orders_are_its_last_words(tmp_path: Path, name: str) -> None:
    """While its parent still holds its input: it must not trip over that when it exits."""
    orders = tmp_path / "nowhere.json"
    with subprocess.Popen(
        [sys.executable, "-m", "livecare", name, str(orders)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stderr is not None
        said = child.stderr.read()
        assert child.wait(60) == 2
    assert str(orders) in said
    assert "Traceback" not in said
    assert "Fatal" not in said


BEREFT = """
from livecare.orphan import live_and_die_with_parent
import threading
live_and_die_with_parent()
print("there", flush=True)
threading.Event().wait()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_a_terminal_that_is_closed_is_left_to_the_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BEREFT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline().strip() == b"there"
        child.send_signal(signal.SIGHUP)
        child.stdin.close()
        assert child.wait(60) == 1, "the end of its input ended it, and not the signal"


def test_it_ends_with_its_parents_end_of_the_pipe() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BEREFT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline().strip() == b"there"
        child.stdin.close()
        assert child.wait(60) == 1
