"""Knows where the blocks of one page run: a folder, an environment and a shell of their own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

PATIENCE_S = 90
"""Longest time for one block, seconds; a block that takes so long hangs."""
ENDING_S = 20
"""Longest wait for what a page left running, seconds, after it was asked to end."""
TAIL = 3000
"""How much is shown of what a failed block said, characters."""
PROLOGUE = """set -aeuo pipefail
until_it_works() {
    for _ in $(seq 200); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done
    "$@"
}
until_shown() { until_it_works sh -c 'ls "$TMPDIR"/livecare-*/preview.endpoint'; }
if [ -f "$PAGE_STATE" ]; then . "$PAGE_STATE"; fi
"""
"""Before each block: errors count; folder and variables are as the last block left them."""
EPILOGUE = """
{ export -p; printf 'cd %q\\n' "$PWD"; } >"$PAGE_STATE"
"""
NOWHERE = Path("no shared memory")
"""A folder that is not there: runs and those who look for them use `TMPDIR`."""
SITE = f"""import pathlib
from livecare import run_place
run_place.MEMORY_FOLDER = pathlib.Path({str(NOWHERE)!r})
"""
"""Every Python of the page does this first: it finds the page's own runs and no other's."""
PIP = """import pathlib, re, sys, tomllib
project = tomllib.loads(pathlib.Path(sys.argv[1], "pyproject.toml").read_text("utf-8"))["project"]
wanted = re.findall(r"\\[([\\w,-]+)\\]", " ".join(sys.argv[2:]))
unknown = {*",".join(wanted).split(",")} - {*project["optional-dependencies"], ""}
sys.exit(f"livecare has no such extra: {', '.join(unknown)}" if unknown else 0)
"""
"""The page's `pip` installs nothing, since all is there; extras must be those of livecare."""
PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{4,5}\b")


class Room:
    """A page's folder, with `livecare` on the path and nobody else's models, keys or runs.

    Attributes
    ----------
    home : Path
        Where blocks run.
    environment : dict of str
        What they find set.
    """

    def __init__(self) -> None:
        self._all = Path(tempfile.mkdtemp(prefix="page-"))  # short: paths of sockets are
        self.home = self._made("home")
        self._started: list[tuple[subprocess.Popen[bytes], Path]] = []
        self._behind: list[tuple[int, str, subprocess.Popen[bytes], Path]] = []
        self._ports: dict[str, str] = {}
        programs, site = self._made("programs"), self._made("site")
        (site / "sitecustomize.py").write_text(SITE, encoding="utf-8")
        (site / "page_pip.py").write_text(PIP, encoding="utf-8")
        root = Path(__file__).parents[2]
        for name, more in (
            ("livecare", "-m livecare "),
            ("pip", f'-m page_pip "{root}" '),
            ("python", ""),
            ("python3", ""),
        ):
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {more}"$@"\n', encoding="utf-8")
            program.chmod(0o755)
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{site}{os.pathsep}{root}",
            "PAGE_STATE": str(self._all / "state"),
            "TMPDIR": str(self._made("tmp")),
            "XDG_CACHE_HOME": str(self._made("cache")),
            "XDG_DATA_HOME": str(self._made("data")),
            "SOURCES": str(root),
        }

    def _made(self, name: str) -> Path:
        folder = self._all / name
        folder.mkdir()
        return folder

    def with_free_ports(self, source: str) -> str:
        """Exchange each port of this machine that a page names for one that is free."""

        def free(found: re.Match[str]) -> str:
            if found[0] not in self._ports:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", 0))
                    self._ports[found[0]] = str(probe.getsockname()[1])
            return self._ports[found[0]]

        return PORT.sub(free, source)

    def shell(self, source: str) -> str:
        """Run a block by bash; return what went wrong, or nothing."""
        process, said = self._start(["bash", "-c", PROLOGUE + source + EPILOGUE])
        return _outcome(process, said, PATIENCE_S)

    def shell_behind(self, line: int, source: str) -> None:
        """Start a block that goes on while others run, until the page's end."""
        process, said = self._start(["bash", "-c", PROLOGUE + source])
        self._behind.append((line, source, process, said))

    def program(self, command: list[str]) -> str:
        """Run a program; return what went wrong, or nothing."""
        process, said = self._start(command)
        return _outcome(process, said, PATIENCE_S)

    def _start(self, command: list[str]) -> tuple[subprocess.Popen[bytes], Path]:
        said = self._all / f"said-{len(self._started)}"
        with said.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.home,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._started.append((process, said))
        return process, said

    def end_of_page(self) -> list[str]:
        """End what goes on as Ctrl-C does; return what went wrong with it."""
        wrong = []
        for line, source, process, said in self._behind:
            _signal_all(process, signal.SIGINT)
            if outcome := _outcome(process, said, ENDING_S):
                wrong.append(f"line {line}: {source}{outcome}")
        return wrong

    def close(self) -> None:
        """Leave nothing behind."""
        for process, _ in self._started:
            _signal_all(process, signal.SIGKILL)
            process.wait()
        shutil.rmtree(self._all, ignore_errors=True)


def _signal_all(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return  # all of them have ended


def _outcome(process: subprocess.Popen[bytes], said: Path, patience_s: float) -> str:
    try:
        code = process.wait(patience_s)
    except subprocess.TimeoutExpired:
        _signal_all(process, signal.SIGKILL)
        process.wait()
        how = f"did not end within {patience_s:.0f} s"
    else:
        how = f"exit code {code}"
        if code == 0:
            return ""
    return f"{how}; it said:\n{said.read_text(encoding='utf-8', errors='replace')[-TAIL:]}"
