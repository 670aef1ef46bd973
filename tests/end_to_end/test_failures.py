"""Engines that fail and configurations that are wrong: the raw frames are safe, the words clear."""

import contextlib
import socket
import subprocess
import time
from pathlib import Path

import impatient
import numpy as np
import psutil
import pytest
from live_run import (
    PATIENCE_S,
    LiveRun,
    StartRun,
    Table,
    merge,
    raw_sequences,
    restored_sequences,
    simulated,
    to_toml,
)
from models import nan_above, write_package
from run_here import assert_sound, cli

from livecare.config import make_config
from livecare.simulation import SimulatedScene
from livecare.sources.simulated import SimulatedSource


def assert_raw_only(run: LiveRun, restored: int | None) -> str:
    """Wait for the end; raw frames must all be there. Return what it said.

    With `restored` None some may have been restored: as many as the ledger says.
    """
    outcome = run.finish()
    assert outcome.exit_code == 3, outcome.stderr
    ledger = outcome.report["ledger"]
    assert not outcome.report["complete"]
    assert ledger["recorded"] == ledger["acquired"] > 0
    if restored is None:
        restored = len(restored_sequences(run.store))
    assert ledger["restored"] == restored < ledger["acquired"]
    assert ledger["failed"] == ledger["acquired"] - restored
    assert raw_sequences(run.store) == set(range(ledger["acquired"]))
    assert_sound(run.store)
    words = f"{ledger['failed']} recorded frames could not be restored; the raw ones are safe"
    assert words in outcome.stderr
    return outcome.stderr


@pytest.mark.parametrize("rate_hz", [40, 0])
def test_an_engine_that_fails_on_some_frames(
    start_run: StartRun, tmp_path: Path, rate_hz: float
) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    pytest.importorskip("onnx", reason="onnx, which makes the model, is missing")
    frames, window = 40, (0.0, 1000.0)
    table = simulated(
        frames=frames,
        rate_hz=rate_hz,
        size_yx=(32, 32),
        engine="onnxruntime",
        bleach_half_life=5.0,
        bank_frames=frames,
    )
    settings = make_config(table, "test").source.simulated
    info = SimulatedSource(settings).open("test")
    scene = SimulatedScene.from_settings(info.detail["simulation"])
    brightest = [int(scene.frame(i).max()) for i in range(frames)]
    limit = float(np.median(brightest)) // 1 + 0.5
    expected = {i for i in range(frames) if brightest[i] <= limit}
    assert 5 < len(expected) < frames - 5

    model = write_package(tmp_path / "model", nan_above(limit / window[1]))
    table["restorer"] |= {"model": str(model), "window": list(window)}
    run = start_run(table)
    said = assert_raw_only(run, restored=len(expected))
    assert restored_sequences(run.store) == expected
    assert "not finite" in said
    assert run.finish().report["restorer"]["restarts"] == 0


def test_an_engine_that_cannot_load_and_one_that_is_killed(
    start_run: StartRun, tmp_path: Path
) -> None:
    """Two runs at a time. Without back-filling too: frames that nobody could restore are not frames
    that there was no time for. What cannot load lives and shows raw frames until it can.
    """
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    table = simulated(frames=None, rate_hz=100, size_yx=(32, 32), engine="onnxruntime")
    model = write_package(tmp_path / "model", b"no network at all")
    broken = start_run(merge(table, {"restorer": {"model": str(model)}}), ["--no-backfill"])
    doomed = start_run(
        simulated(frames=None, rate_hz=100, size_yx=(32, 32)),
        program=impatient.program(impatient.WITH_DEATHS),
    )

    killed: set[int] = set()

    def kill_restorers() -> None:
        for child in doomed.children("restorer"):
            killed.add(child.pid)
            child.kill()
            psutil.wait_procs([child], PATIENCE_S)

    deadline = time.monotonic() + PATIENCE_S
    while not doomed.snapshots or doomed.snapshots[-1].restorer != "given up":
        assert time.monotonic() < deadline
        doomed.until(lambda _: True)
        kill_restorers()
    doomed.interrupt()
    while doomed.process.poll() is None:  # it is tried once more when nothing more comes
        assert time.monotonic() < deadline
        kill_restorers()
        with contextlib.suppress(subprocess.TimeoutExpired):
            doomed.process.wait(0.05)
    assert_raw_only(doomed, restored=None)  # it may have been quicker than a kill
    assert len(killed) == doomed.finish().report["restorer"]["restarts"] + 1 > 3

    broken.until(lambda now: bool(now.degraded))  # it knows while frames still come
    broken.interrupt()
    said = assert_raw_only(broken, restored=0)
    assert "at the end, frames pass as they came, marked as raw, since no engine can run" in said
    assert "cannot be loaded" in said
    assert broken.finish().report["restorer"]["restarts"] == 0


def wrong_uses(occupied: Path, taken: str) -> list[tuple[Table, list[str]]]:
    """Changes of a good configuration that no run begins with, and what is said of each."""
    return [
        ({"restorer": {"model": "nowhere/model"}}, ["no model 'nowhere/model'", "default-fast"]),
        ({"store": {"path": str(occupied)}}, [str(occupied)]),
        ({"store": {"path": str(occupied), "overwrite": True}}, [str(occupied)]),
        ({"publish": {"preview": taken}}, [taken, "publish.preview"]),
        ({"publish": {"preview": "tcp://0.0.0.0:5555"}}, ["publish.preview", "only this"]),
        ({"restorer": {"batch": 3}}, ["unknown key 'restorer.batch'", "max_batch"]),
        ({}, ["/nowhere/r.json"]),  # where no report can be written
    ]


def test_wrong_use_is_refused_before_anything_is_acquired(
    start_run: StartRun, tmp_path: Path
) -> None:
    """Each by the program's `main`, here; what is refused last of all by a process of its own."""
    fresh = tmp_path / "fresh.ome.zarr"
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        taken = f"tcp://127.0.0.1:{squatter.getsockname()[1]}"
        good = simulated(frames=30, rate_hz=100, size_yx=(32, 32))
        occupied = tmp_path / "occupied.ome.zarr"
        occupied.mkdir()
        (occupied / "thesis.txt").write_text("years of work", encoding="utf-8")
        file = tmp_path / "a file"
        file.touch()
        rings = tmp_path / "rings"
        here = merge(good, {"store": {"path": str(fresh)}, "ring": {"directory": str(rings)}})
        config = tmp_path / "run.toml"
        told: list[tuple[int, str, list[str]]] = []
        for table, words in wrong_uses(occupied, taken):
            config.write_text(to_toml(merge(here, table)), encoding="utf-8")
            report = [] if table else ["--report", "/nowhere/r.json"]
            done = cli("run", "--config", config, *report)
            told.append((done.returncode, done.stderr, words))
        last = start_run({**here, "publish": {"telemetry": taken}}).finish()
        told.append((last.exit_code, last.stderr, [taken, "publish.telemetry"]))
        for exit_code, said, words in told:
            assert exit_code == 2, said
            assert "Traceback" not in said
            for word in words:
                assert word in said
        assert not fresh.exists()
        assert not rings.exists() or not list(rings.iterdir())
        assert [path.name for path in occupied.iterdir()] == ["thesis.txt"]
        config.write_text(to_toml(merge(here, {"ring": {"directory": str(file)}})))
        full = cli("run", "--config", config)
        assert full.returncode == 1
        assert "set ring.directory" in full.stderr
        assert "Traceback" not in full.stderr
