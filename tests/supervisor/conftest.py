"""The configuration that runs with a made-up source begin from, and runs that are operated."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from operated_run import Operated

from livecare.config import Config, make_config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    table = {
        "store": {"path": str(tmp_path / "run.ome.zarr")},
        "ring": {"directory": str(tmp_path / "rings")},
        "restorer": {"enabled": False},
    }
    return make_config(table, "test")


@pytest.fixture
def operate() -> Iterator[Callable[[Config], Operated]]:
    begun: list[Operated] = []

    def begin(config: Config) -> Operated:
        begun.append(Operated(config))
        return begun[-1]

    yield begin
    for each in begun:
        each.source.request_stop()
