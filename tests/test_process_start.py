"""What a process loads before it begins: every restart of a child waits for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from livecare.child_commands import COMMANDS
from livecare.errors import EXIT_USAGE


def started(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "livecare", *arguments]
    kept_open, held = os.pipe()  # a child ends at once where its standard input does
    try:
        return subprocess.run(command, stdin=kept_open, capture_output=True, text=True, check=False)
    finally:
        os.close(kept_open)
        os.close(held)


def loaded(ended: subprocess.CompletedProcess[str]) -> set[str]:
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_help_loads_no_numerics_and_no_configuration() -> None:
    ended = started("--help")

    assert ended.returncode == 0
    assert loaded(ended).isdisjoint({"numpy", "zmq", "pydantic", "structlog", "livecare.frame"})


@pytest.mark.parametrize("command", ["restorer", "publisher"])
def test_a_child_loads_no_command_line_and_no_configuration(command: str, tmp_path: Path) -> None:
    ended = started(command, str(tmp_path / "none.json"))

    assert ended.returncode == EXIT_USAGE
    assert "none.json" in ended.stderr
    assert loaded(ended).isdisjoint({"typer", "pydantic", "livecare.cli", "livecare.config"})


def test_a_child_that_lacks_its_orders_is_told_by_the_command_line() -> None:
    assert "restorer" in COMMANDS
    assert started("restorer").returncode == EXIT_USAGE
