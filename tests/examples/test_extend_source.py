"""The source of CONTRIBUTING.md keeps the contract, and a real run records and restores from it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from contracts.source import SourceContract
from extend_source import StripesSettings, StripesSource

from livecare.sinks.reader import StoreReader
from livecare.sources.protocol import FrameSource

REGISTERED = """
from types import MappingProxyType
from extend_source import StripesSettings, StripesSource
from livecare import sources

entry = sources.SourceEntry(StripesSettings, StripesSource, "stripes")
sources.SOURCES = MappingProxyType({**sources.SOURCES, "stripes": entry})

from livecare.cli import main
main()
"""
"""The line that the example says to add, added from outside."""
CONFIG = """
[source]
kind = "stripes"
[source.stripes]
frames = 6
size_yx = [96, 128]
[store]
path = "stripes.ome.zarr"
[restorer]
engine = "identity"
[ring]
directory = "."
"""


class TestStripes(SourceContract):
    def make(self, frames: int | None) -> FrameSource:
        return StripesSource(StripesSettings(frames, rate_hz=400.0, size_yx=(24, 32)))


def test_a_run_records_and_restores_it(tmp_path: Path) -> None:
    config = tmp_path / "stripes.toml"
    config.write_text(CONFIG, encoding="utf-8")
    examples = Path(__file__).parents[2] / "examples"
    ended = subprocess.run(
        [sys.executable, "-c", REGISTERED, "run", "--config", str(config)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(examples), *sys.path])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    store = StoreReader(tmp_path / "stripes.ome.zarr")
    assert (store.info.source, store.info.shape_yx) == ("stripes", (96, 128))
    for line in store.lines("raw"):
        raw, restored = (store.read(lane, line.position) for lane in ("raw", "restored"))
        np.testing.assert_array_equal(raw, restored)
    assert len(list(store.lines("restored"))) == 6
