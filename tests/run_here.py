"""The program's `main` in this process, which is quicker than a process of its own: a second less.

For what is looked at when it is over. Its children are processes all the same.
"""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import structlog
from live_run import Outcome, Table, with_places, write_config

from livecare.cli import main


def cli(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a livecare command to its end."""
    command = ["livecare", *map(str, arguments)]
    said, complained, code = io.StringIO(), io.StringIO(), 0
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(complained),
        patch.object(sys, "argv", command),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        finally:
            structlog.reset_defaults()
    return subprocess.CompletedProcess(command, code, said.getvalue(), complained.getvalue())


def finished(folder: Path, table: Table, *arguments: str) -> tuple[Path, Outcome]:
    """Let a run come to its end; return its recording and how it ended.

    What its children write goes where this process's does; the recorder's is in the outcome.
    """
    report_file, whole = folder / "report.json", with_places(folder, table)
    config = write_config(folder, whole)
    done = cli("run", "--config", config, "--report", report_file, *arguments)
    report = json.loads(report_file.read_bytes()) if report_file.exists() else {}
    return Path(whole["store"]["path"]), Outcome(done.returncode, report, done.stderr)


def assert_sound(store: Path) -> None:
    """Let `livecare verify` look at a recording."""
    done = cli("verify", store)
    assert done.returncode == 0, done.stdout + done.stderr
