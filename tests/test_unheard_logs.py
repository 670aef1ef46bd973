"""Logs that nobody hears any more are no reason to stop."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from livecare.logs import Unheard

TALKS = """
from livecare.logs import logger, set_up_logs
set_up_logs("recorder")
for _ in range(3):
    logger().warning("something happened")
"""
WITHOUT_STREAMS = f"import sys; sys.stdout = sys.stderr = None{TALKS}"
"""As pythonw has it: a process without a console, on Windows."""


class Dead(io.StringIO):
    """A stream on which nothing works any more."""

    def write(self, text: str) -> int:
        raise OSError(5, f"Input/output error: {text}")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")

    def isatty(self) -> bool:
        raise OSError(5, "Input/output error")


def test_what_cannot_be_written_is_let_be() -> None:
    unheard = Unheard(Dead())
    assert unheard.write("words") == 5
    unheard.flush()
    assert not unheard.isatty()
    unheard.writelines(["more", "words"])


def test_what_can_be_is_passed_on() -> None:
    heard = io.StringIO()
    print("words", file=Unheard(heard), flush=True)
    assert heard.getvalue() == "words\n"


def test_a_stream_that_was_closed_is_let_be() -> None:
    closed = io.StringIO()
    closed.close()
    assert Unheard(closed).write("words") == 5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is full, on Linux")
@pytest.mark.parametrize("program", [TALKS, WITHOUT_STREAMS], ids=["full", "none"])
def test_a_process_goes_on_whatever_its_log_is(program: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", program], stderr=full, check=False, timeout=60)
    assert done.returncode == 0
