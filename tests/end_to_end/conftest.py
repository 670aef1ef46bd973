"""Starts real runs, and leaves none behind."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from live_run import LIVECARE, LiveRun, StartRun, Table


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform == "win32":
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="POSIX signals and process groups"))


@pytest.fixture
def start_run(tmp_path: Path) -> Iterator[StartRun]:
    """Start a run of a configuration; a second one gets a folder of its own."""
    runs: list[LiveRun] = []

    def start(
        table: Table, arguments: Sequence[str] = (), program: Sequence[str] = LIVECARE
    ) -> LiveRun:
        runs.append(LiveRun(tmp_path / f"run{len(runs)}", table, arguments, program=program))
        return runs[-1]

    yield start
    for run in runs:
        run.close()
