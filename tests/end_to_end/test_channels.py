"""Channels that differ, channels in the dark: each has its own normalisation, or says why not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from listed_source import Light, ListedSource
from live_run import LiveRun, StartRun, restored_sequences, simulated
from run_here import cli, finished
from structlog.testing import capture_logs

from livecare.config import make_config
from livecare.frame import Pixels, Position
from livecare.images import open_images
from livecare.recorder.collection import FAILURES_NAMED
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.reader import StoreReader
from livecare.supervisor import Run, RunReport

INTERVAL_S = 0.01


def run(folder: Path, source: ListedSource, engine: str, **restorer: object) -> RunReport:
    """Record and restore in this process and its children."""
    table: dict[str, Any] = {
        "store": {"path": str(folder / "run.ome.zarr")},
        "ring": {"directory": str(folder / "rings"), "slots": 64},
        "restorer": {"engine": engine, "threads": 1, "latency_budget_ms": 1e6, **restorer},
    }
    return Run(make_config(table, "test"), source, lambda _: None).execute()


def lines(report: RunReport) -> list[FrameLine]:
    return list(StoreReader(Path(report.store)).lines("restored"))


def records(report: RunReport, c: int) -> list[dict[str, float]]:
    """Return the different normalisations that a channel's frames had."""
    found: list[dict[str, float]] = []
    for line in lines(report):
        assert line.provenance is not None
        record = dict(line.provenance["normalised_with"])
        if line.position.c == c and record not in found:
            found.append(record)
    return found


def assert_same_as_from_files(report: RunReport, folder: Path) -> None:
    """Let `livecare restore` restore the recording: the same bits."""
    out = folder / "restored.ome.tif"
    options = ("--engine", "onnxruntime", "--model", "default-fast", "--threads", "1")
    done = cli("restore", report.store, out, *options, "--dtype", "raw")
    assert done.returncode == 0, done.stderr
    reader = StoreReader(Path(report.store))
    with open_images(out) as images:
        for line in reader.lines("raw"):
            at = line.position
            live = reader.read("restored", at)
            np.testing.assert_array_equal(images.read(at.t, at.c), live, err_msg=str(at))


def test_channels_of_different_brightness_and_cameras(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    lights = [Light(30.0), Light(300.0, gain=1.0, offset=300.0)]
    frames = [lights[i % 2].frame(i) for i in range(40)]
    report = run(tmp_path, ListedSource(frames, 2, INTERVAL_S), "onnxruntime")
    assert report.complete
    assert report.ledger.restored == 40
    assert report.restorer["skipped_live"] == 0
    assert report.engine is not None
    assert [each.channel for each in report.engine.normalisation] == [0, 1]
    for locked, light in zip(report.engine.normalisation, lights, strict=True):
        assert locked.origin == "estimated from 8 frames"
        assert locked.values["gain"] == pytest.approx(light.gain, rel=0.2)
        assert records(report, locked.channel) == [locked.values]
    assert_same_as_from_files(report, tmp_path)


@pytest.mark.parametrize(
    ("interval_s", "ready_timeout_s"),
    [(INTERVAL_S, 60), (0, 60), (0, 0)],
    ids=["live", "all at once", "before the restorer is ready"],
)
def test_a_shutter_that_opens_late(
    tmp_path: Path, interval_s: float, ready_timeout_s: float
) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    light = Light()
    frames = [light.closed()] * 20 + [light.frame(i) for i in range(20)]
    source = ListedSource(frames, 1, interval_s)
    report = run(tmp_path, source, "onnxruntime", ready_timeout_s=ready_timeout_s)
    assert report.complete, report.problems
    assert (report.ledger.restored, report.ledger.skipped, report.ledger.failed) == (40, 0, 0)
    assert report.restorer["restarts"] == 0
    assert report.engine is not None
    [locked] = report.engine.normalisation
    assert locked.values["gain"] == pytest.approx(light.gain, rel=0.2)
    assert records(report, 0) == [locked.values]
    late = {line.sequence for line in lines(report) if (line.provenance or {}).get("backfilled")}
    assert len(late) == 40 or ready_timeout_s
    if interval_s:
        assert set(range(20)) <= late, "dark frames are restored when all else is done"
    assert_same_as_from_files(report, tmp_path)


def test_a_channel_that_stays_dark_fails_alone(tmp_path: Path) -> None:
    light = Light()
    frames: list[Pixels] = [light.frame(i) if i % 2 == 0 else light.closed() for i in range(60)]
    with capture_logs() as logs:
        report = run(tmp_path, ListedSource(frames, 2, INTERVAL_S), "identity")
    assert not report.complete
    assert (report.ledger.recorded, report.ledger.restored, report.ledger.failed) == (60, 30, 30)
    assert report.restorer["restarts"] == 0
    assert {line.position for line in lines(report)} == {Position(t) for t in range(30)}
    [said] = [log for log in logs if log["event"] == "a channel is not restored yet"]
    assert said["channel"] == 1
    cure = "shutter closed, or saturated? give [restorer.camera] gain, offset, read_noise"
    assert cure in said["reason"]
    failed = [log for log in logs if log["event"] == "frame not restored"]
    assert all(cure in log["reason"] for log in failed)
    assert len(failed) == FAILURES_NAMED
    assert "30 recorded frames could not be restored; the raw ones are safe" in report.problems


def test_frames_that_come_when_the_light_is_already_out(tmp_path: Path) -> None:
    """Fewer frames with light than a lock wants: what there is must do."""
    light = Light()
    frames = [light.closed(), light.frame(1), light.frame(2), light.closed()]
    report = run(tmp_path, ListedSource(frames, 1, INTERVAL_S), "identity")
    assert report.complete, report.problems
    assert report.ledger.restored == 4
    assert report.engine is not None
    assert [each.origin for each in report.engine.normalisation] == ["estimated from 2 frames"]


def test_frames_too_small_to_estimate_the_camera_from(tmp_path: Path) -> None:
    _, outcome = finished(tmp_path, simulated(frames=30, rate_hz=100, size_yx=(24, 40)))
    assert outcome.exit_code == 3, outcome.stderr
    ledger = outcome.report["ledger"]
    assert (ledger["recorded"], ledger["restored"], ledger["failed"]) == (30, 0, 30)
    assert outcome.report["restorer"]["restarts"] == 0
    assert "at least 32 × 32 pixels" in outcome.stderr
    assert "child died" not in outcome.stderr


def kill_the_restorer(run: LiveRun) -> None:
    run.until(lambda now: now.ledger.restored >= 40)
    run.child("restorer").kill()
    run.until(lambda now: now.restarts == 1 and now.restorer == "ready")


def test_a_new_restorer_goes_on_with_every_channel(start_run: StartRun) -> None:
    table = simulated(frames=None, rate_hz=50, channels=["red", "green"])
    live = start_run(table)
    kill_the_restorer(live)
    restored = live.now().ledger.restored
    live.until(lambda now: now.ledger.restored > restored + 10)
    live.interrupt()
    outcome = live.finish()
    assert outcome.exit_code == 0, outcome.stderr
    assert restored_sequences(live.store) == set(range(outcome.report["ledger"]["acquired"]))
    said = outcome.report["engine"]["normalisation"]
    assert [each["channel"] for each in said] == [0, 1]
    for line in StoreReader(live.store).lines("restored"):
        assert line.provenance is not None
        assert line.provenance["normalised_with"] == said[line.position.c]["values"]
