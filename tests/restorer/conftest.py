"""Rings and made-up engines, closed again afterwards; files that need others make their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stage_bench import StageBench
from step_by_step import Surroundings


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StageBench]:
    bench = StageBench(tmp_path, monkeypatch)
    yield bench
    bench.close()


@pytest.fixture
def around(bench: StageBench) -> Surroundings:
    return Surroundings(bench)
