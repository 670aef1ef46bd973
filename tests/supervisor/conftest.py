"""Runs with a made-up source: what they begin from, operated ones, and ones that can be changed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from changing_run import Asked
from made_up_engines import Bench, install
from nursery import Nursery
from operated_run import Operated

from livecare.config import Config, make_config
from livecare.supervisor import children


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


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return install(monkeypatch)


@pytest.fixture
def asked(engines: Bench, tmp_path: Path) -> Asked:
    del engines  # it has taken the place of the real ones
    return Asked(tmp_path)


@pytest.fixture
def nursery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    monkeypatch.setattr(children, "BACK_OFF_S", (0.0, 0.01, 0.02))
    nursery = Nursery(tmp_path, monkeypatch)
    yield nursery
    nursery.close()
