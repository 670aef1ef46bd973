"""The configuration that runs with a made-up source begin from."""

from pathlib import Path

import pytest

from livecare.config import Config, make_config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    table = {
        "store": {"path": str(tmp_path / "run.ome.zarr")},
        "ring": {"directory": str(tmp_path / "rings")},
        "restorer": {"enabled": False},
    }
    return make_config(table, "test")
