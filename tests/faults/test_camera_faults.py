"""A camera that is unplugged in the middle of a recording, and plugged in again."""

from pathlib import Path

import numpy as np
import pytest
from fault_run import Trial, account

from livecare.config import make_config
from livecare.frame import Pixels
from livecare.sinks.reader import StoreReader
from livecare.sources import MicroManagerSource
from livecare.sources.micromanager import demo_settings
from livecare.sources.micromanager.core import load_core
from livecare.supervisor import Run, RunReport, Telemetry

FRAMES = 120
SIZE = (48, 64)


class CableCore:
    """A real core whose camera's cable can be pulled: then every call fails, as drivers do it."""

    def __init__(self, core: object) -> None:
        self._core = core
        self.plugged = True
        self.popped: list[Pixels] = []

    def __getattr__(self, name: str) -> object:
        known = getattr(self._core, name)

        def call(*arguments: object) -> object:
            if not self.plugged:
                raise RuntimeError('Error in device "Camera": not connected. (37)')
            result = known(*arguments)
            if name == "popNextImageMD":
                self.popped.append(np.array(result))
            return result

        return call


def record(core: CableCore, folder: Path, *, unplug_at: int | None = None) -> RunReport:
    def show(seen: Telemetry) -> None:
        if unplug_at is not None and seen.ledger.acquired >= unplug_at:
            core.plugged = False

    table = {
        "store": {"path": str(folder / "run.ome.zarr")},
        "ring": {"directory": str(folder / "rings")},
        "restorer": {"engine": "identity", "camera": {"gain": 2, "offset": 100, "read_noise": 1}},
    }
    source = MicroManagerSource(demo_settings(SIZE, 10.0, FRAMES), core)
    report = Run(make_config(table, "test"), source, show).execute()
    assert not list((folder / "rings").iterdir())
    return report


def account_for(trial: Trial, core: CableCore, report: RunReport) -> None:
    """Hold the ledger, the recording and what was taken out of the core against each other."""
    popped, core.popped = core.popped, []

    def truth(store: Path) -> set[int]:
        reader = StoreReader(store)
        for line in reader.lines("raw"):
            assert np.array_equal(reader.read("raw", line.position), popped[line.sequence])
        return set(range(len(popped)))

    ledger = report.ledger
    account(Path(report.store), ledger, truth)
    assert ledger.acquired + ledger.lost == FRAMES
    trial.count(
        runs=1, frames_in=FRAMES, recorded=len(popped), lost=ledger.lost, reported=ledger.lost
    )


def test_camera_unplugged_and_back(trial: Trial) -> None:
    """A real core: the run ends by itself and says why; plugged in again, the next one works."""
    pytest.importorskip("pymmcore", reason="the extra 'micromanager' is missing")
    core = CableCore(load_core(demo_settings(SIZE)))
    report = record(core, trial.folder / "unplugged", unplug_at=20)
    assert not report.complete
    assert "the camera failed after frame" in " ".join(report.problems)
    assert report.ledger.lost > 0
    account_for(trial, core, report)

    core.plugged = True
    core.stopSequenceAcquisition()
    report = record(core, trial.folder / "back")
    assert report.complete, report.problems
    account_for(trial, core, report)
    core.reset()
