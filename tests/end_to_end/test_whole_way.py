"""Camera to recording and back out again, with the real engine and the real Micro-Manager core."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorstore
import tifffile
import zarr
from live_run import (
    LIVECARE,
    PATIENCE_S,
    StartRun,
    raw_sequences,
    restored_sequences,
    scene_of,
    simulated,
)
from ome_zarr_models.v05.bioformats2raw import BioFormats2Raw
from ome_zarr_models.v05.image import Image
from run_here import assert_sound, cli

from livecare.sinks.reader import StoreReader

FRAMES = 40
WORTHWHILE_DB = 4.0
"""What the shipped model must gain on low light at the very least."""


def read_with_others(array: Path, frames: int) -> tuple[Any, Any]:
    """Read the first frames with zarr-python and with tensorstore."""
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(array)}}
    by_tensorstore = tensorstore.open(spec, open=True, read=True).result()
    return (
        zarr.open_array(array, mode="r")[:frames, 0, 0],
        by_tensorstore[:frames, 0, 0].read().result(),
    )


def check_with_others(store: Path, frames: int) -> None:
    scene = scene_of(StoreReader(store))
    expected = np.stack([scene.frame(i) for i in range(frames)])
    for found in read_with_others(store / "raw" / "0", frames):
        np.testing.assert_array_equal(found, expected)
    group = zarr.open_group(store, mode="r")
    BioFormats2Raw.from_zarr(group)
    for image in ("raw", "restored"):
        Image.from_zarr(group[image])


def test_a_simulated_specimen_is_restored_and_recorded(start_run: StartRun, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    run = start_run(
        simulated(frames=FRAMES, rate_hz=15, size_yx=(192, 256), engine="onnxruntime", photons=15)
    )
    seen = run.until(lambda now: now.ledger.recorded >= 10)
    assert seen.stage == "acquiring"
    check_with_others(run.store, 10)
    outcome = run.finish()

    assert outcome.exit_code == 0, outcome.stderr
    assert "child" not in outcome.stderr, "one died, or failed at its end"
    report = outcome.report
    assert report["complete"]
    assert report["problems"] == []
    assert report["ledger"] == {
        "acquired": FRAMES,
        "recorded": FRAMES,
        "restored": FRAMES,
        "skipped": 0,
        "failed": 0,
        "lost": 0,
    }
    assert report["psnr_db"]["restored"] >= report["psnr_db"]["raw"] + WORTHWHILE_DB
    assert report["engine"]["name"] == "onnxruntime"
    assert report["rates_hz"]["acquired"] == pytest.approx(15, rel=0.1)
    assert report["latency_ms"]["p50"] > 0

    assert raw_sequences(run.store) == set(range(FRAMES))
    assert restored_sequences(run.store) == set(range(FRAMES))
    check_with_others(run.store, FRAMES)
    assert_sound(run.store)
    assert not list(run.rings.iterdir())

    tiff = tmp_path / "restored.ome.tif"
    assert cli("export", run.store, tiff).returncode == 0
    exported = tifffile.imread(tiff).reshape(FRAMES, 192, 256)
    np.testing.assert_array_equal(
        exported, read_with_others(run.store / "restored" / "0", FRAMES)[0]
    )


def test_micro_managers_own_camera(tmp_path: Path) -> None:
    pytest.importorskip("pymmcore", reason="the extra 'micromanager' is missing")
    pytest.importorskip("mm_test_adapters", reason="the extra 'micromanager' is missing")
    store, report_file = tmp_path / "mm.ome.zarr", tmp_path / "report.json"
    wanted = "--headless --frames 60 --size 128 160 --rate 100 --engine identity"
    command = [sys.executable, *LIVECARE, "demo", "--source", "micromanager", *wanted.split()]
    command += ["--out", str(store), "--report", str(report_file)]
    page = tmp_path / "mm.report.html"
    page.write_text("somebody's own", encoding="utf-8")
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(report_file.read_bytes())
    assert report["complete"]
    assert report["ledger"]["restored"] == report["ledger"]["acquired"] == 60
    assert report["psnr_db"] is None
    assert page.read_text(encoding="utf-8") == "somebody's own"
    assert "it has no report: " in done.stderr

    reader = StoreReader(store)
    assert [line.camera_index for line in reader.lines("raw")] == list(range(60))
    for line in reader.lines("raw"):
        raw, restored = (reader.read(lane, line.position) for lane in ("raw", "restored"))
        assert raw is not None
        assert raw.any()
        np.testing.assert_array_equal(raw, restored)  # the identity engine's
    assert_sound(store)


HEAVY = ("torch", "tensorrt", "onnxruntime", "openvino", "PySide6", "PyQt5", "PyQt6", "PyQt4")

SCRIPT = """
import sys
from livecare.cli import main
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
found = sorted(name for name in {heavy} if name in sys.modules)
print("exit", code, "heavy", found)
"""


def test_the_recorders_process_stays_light(tmp_path: Path) -> None:
    """The engine runs, in the child: this process never loads what could take it down."""
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    store = tmp_path / "light.ome.zarr"
    arguments = "demo --headless --frames 8 --size 64 64 --rate 40 --engine onnxruntime --out"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(heavy=HEAVY), *arguments.split(), str(store)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "exit 0 heavy []", done.stdout + done.stderr
    page, fiji = done.stderr.splitlines()[-2:]
    assert page.endswith(f": {tmp_path / 'light.report.html'}")
    told = (tmp_path / "light.report.html").read_text(encoding="utf-8")
    assert "<title>livecare recording: light" in told
    assert fiji.endswith(f"livecare export {store} demo.ome.tif")
    provenance = {line.provenance["engine"] for line in StoreReader(store).lines("restored")}
    assert provenance == {"onnxruntime"}
