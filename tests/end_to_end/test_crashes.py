"""Everything killed at once, at any moment: what was said to be on the disk is there, unchanged."""

import hashlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tensorstore
from live_run import PATIENCE_S, LiveRun, merge, scene_of, simulated
from typer.testing import CliRunner

from livecare.cli.main import app
from livecare.link.telemetry import Telemetry
from livecare.simulation import FrameBank
from livecare.sinks.reader import StoreReader

KILLS_PER_STAGE = {"starting": 1, "acquiring": 2, "backfilling": 1, "finishing": 2}
AT_ONCE = 3


@dataclass(frozen=True)
class Moment:
    """When to kill."""

    number: int
    stage: str
    frames: int

    def has_come(self, now: Telemetry) -> bool:
        match self.stage:
            case "acquiring":
                return now.stage == self.stage and now.ledger.recorded >= self.frames
            case "backfilling":
                return now.stage == self.stage or now.stage in ("finishing", "ended")
            case "finishing":
                return now.stage in ("finishing", "ended")
            case _:
                return True


def moments(times: int) -> list[Moment]:
    chance = random.Random(20)
    stages = [stage for stage, count in KILLS_PER_STAGE.items() for _ in range(times * count)]
    chance.shuffle(stages)
    return [Moment(i, stage, chance.randint(1, 1500)) for i, stage in enumerate(stages)]


def crash(folder: Path, rings: Path, moment: Moment) -> LiveRun:
    """Start a run, as fast as the disk allows, and kill all of its processes at the moment."""
    frames = None if moment.stage == "acquiring" else moment.frames
    table = simulated(frames=frames, rate_hz=0, size_yx=(32, 32), bank_frames=4)
    run = LiveRun(folder, merge(table, {"ring": {"directory": str(rings)}}))
    try:
        run.until(moment.has_come)
        run.kill()
    except BaseException:
        run.close()
        raise
    return run


def check_raw(store: Path) -> set[int]:
    """Compare all raw frames with their truth, as another reader has them; return who is there."""
    reader = StoreReader(store)
    bank = FrameBank(scene_of(reader))
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(store / "raw" / "0")}}
    found = tensorstore.open(spec, open=True, read=True).result()[:, 0, 0].read().result()
    sequences = {line.sequence for line in reader.lines("raw")}
    expected = np.zeros_like(found)
    for sequence in sequences:  # this source loses none: they are the camera's numbers too
        bank.copy_into(sequence, expected[sequence])
    wrong = np.flatnonzero((found != expected).any(axis=(1, 2)))
    assert not wrong.size, f"frames {wrong} are another, or are there without a line"
    return sequences


def digest(store: Path) -> dict[Path, bytes]:
    return {
        path: hashlib.sha256(path.read_bytes()).digest()
        for path in store.rglob("*")
        if path.is_file()
    }


def command(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def check(run: LiveRun) -> None:
    command("recover", str(run.store))
    command("verify", str(run.store))
    persisted = max(now.persisted_raw for now in run.snapshots)
    assert set(range(persisted + 1)) <= check_raw(run.store)
    before = digest(run.store)
    assert "nothing to mend" in command("recover", str(run.store))
    assert digest(run.store) == before


@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_killed_at_any_moment(tmp_path: Path, times: int) -> None:
    rings = tmp_path / "rings"
    start: Callable[[Moment], LiveRun] = lambda m: crash(tmp_path / str(m.number), rings, m)  # noqa: E731
    with ThreadPoolExecutor(AT_ONCE) as threads:
        runs = list(threads.map(start, moments(times), timeout=PATIENCE_S * 2))
    try:
        for run in runs:
            check(run)
        killed = [run for run in runs if run.process.returncode == -9]
        stages = {run.snapshots[-1].stage for run in killed}
        assert {"starting", "acquiring"} <= stages
        assert {"draining", "backfilling", "finishing", "ended"} & stages
        assert max(run.snapshots[-1].persisted_raw for run in killed) > 0
        assert len(killed) >= len(runs) // 2

        assert list(rings.iterdir()), "the dead left their rings"
        last = LiveRun(
            tmp_path / "last",
            merge(
                simulated(frames=5, rate_hz=50, size_yx=(32, 32)),
                {"ring": {"directory": str(rings)}},
            ),
        )
        runs.append(last)
        assert last.finish().exit_code == 0
        assert not list(rings.iterdir())
    finally:
        for run in runs:
            run.close()
