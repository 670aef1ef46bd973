"""Viewers beside a run: how they are started and ended, and what is made of what they say."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from typing import Any, Final, Self

from livecare.run_place import default_parent

WINDOW: Final = Path(__file__).parent / "viewer_side.py"
TAKER: Final = Path(__file__).parent / "viewer_taker.py"
WARM_S: Final = 2.0
"""Time at the beginning of an acquisition that does not count, seconds: the first frames come, the
window makes its tables, the buffer fills."""
RING_BYTES: Final = 1 << 30
"""Memory for the rings of a run, bytes."""


class ViewerBeside:
    """A viewer, as a context: started on entry, ended on exit.

    Parameters
    ----------
    file : Path
        Where what it says is kept meanwhile.
    script : Path
        `WINDOW` or `TAKER`.
    arguments : str
        Its arguments.
    """

    def __init__(self, file: Path, script: Path, *arguments: str) -> None:
        self._file = file
        self._log = file.with_suffix(".log")
        self._command = [sys.executable, str(script), *arguments]

    def __enter__(self) -> Self:
        with self._file.open("w") as out, self._log.open("w") as log:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=log)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def lines(self) -> list[dict[str, Any]]:
        """Return what it has said so far. Raises RuntimeError if it has ended by itself."""
        if self._process.poll() is not None and self._process.returncode > 0:
            words = self._log.read_text(encoding="utf-8")[-2000:]
            raise RuntimeError(f"the viewer ended with {self._process.returncode}: {words}")
        whole = self._file.read_text(encoding="utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]


@dataclass(frozen=True, slots=True)
class Span:
    """A time of a run, on the clock of `time.perf_counter`, seconds."""

    began_s: float
    ended_s: float


def within(lines: Sequence[dict[str, Any]], span: Span) -> list[dict[str, Any]]:
    """Return those lines that were said while frames came, without the beginning."""
    return [line for line in lines if span.began_s + WARM_S <= line["at_s"] <= span.ended_s]


def rate(lines: Sequence[dict[str, Any]], name: str) -> float:
    """Return how fast a count or a time grew from the first line to the last, per second."""
    first, last = lines[0], lines[-1]
    return float(last[name] - first[name]) / (last["at_s"] - first["at_s"])


def rates(lines: Sequence[dict[str, Any]], name: str) -> list[float]:
    """Return how fast it grew from each line to the next, per second."""
    return [rate(pair, name) for pair in pairwise(lines)]


@contextmanager
def rings_folder(name: str) -> Iterator[Path]:
    """Make a folder for the rings of a run, which viewers look for; removed afterwards."""
    parent = default_parent(2 * RING_BYTES) / f"benchmark-viewer-{name}"
    rmtree(parent, ignore_errors=True)
    parent.mkdir(parents=True)
    try:
        yield parent
    finally:
        rmtree(parent, ignore_errors=True)
