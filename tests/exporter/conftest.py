"""Starts real runs that are exported, and leaves none behind."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_run import LiveRun, Table, free_port, merge

StartExported = Callable[[Table], "ExportedRun"]


class ExportedRun:
    """A run, and what monitoring sees of it."""

    def __init__(self, folder: Path, table: Table) -> None:
        folder.mkdir()
        self.address = f"127.0.0.1:{free_port()}"
        self.textfile = folder / "livecare.prom"
        metrics = {"http": self.address, "textfile": str(self.textfile)}
        self.live = LiveRun(folder, merge({"metrics": metrics}, table))

    def ask(self, path: str) -> tuple[int, str]:
        """Ask for a path; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until(self, path: str, condition: Callable[[int, str], bool]) -> str:
        """Ask until the answer is as wanted; the run goes on meanwhile."""
        while not condition(*(answer := self.ask(path))):
            self.live.now()
        return answer[1]


@pytest.fixture
def start_exported(tmp_path: Path) -> Iterator[StartExported]:
    runs: list[ExportedRun] = []

    def start(table: Table) -> ExportedRun:
        runs.append(ExportedRun(tmp_path / f"run{len(runs)}", table))
        return runs[-1]

    yield start
    for run in runs:
        run.live.close()
