"""A real pycromanager acquisition of a real core's demo camera, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from push_receiver import PushReceiver

pytest.importorskip("pycromanager", reason="pycromanager is not installed")
pytest.importorskip("mm_test_adapters", reason="the extra 'micromanager' is missing")

SCRIPT = Path(__file__).with_name("pycromanager_script.py")


def test_every_image_arrives_at_its_place_pixel_by_pixel(tmp_path: Path) -> None:
    receiver = PushReceiver()
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), receiver.endpoint, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    [run] = receiver.await_ends()
    receiver.close()
    places = [(t, c, z, 0) for t in range(20) for c in range(2) for z in range(5)]
    assert run.places == places
    assert (run.info.channels, run.info.size_z) == (("DAPI", "FITC"), 5)
    assert run.info.positions == ("position 0",)
    assert run.info.pixel_size_um == 1.0
    assert run.info.detail["exposure_ms"] == 1.0
    assert run.ledger is not None
    assert (run.ledger.acquired, run.ledger.failed) == (200, 0)
    with np.load(tmp_path / "frames.npz") as dataset:
        for (t, c, z, _), frame in zip(run.places, run.frames, strict=True):
            assert (frame == dataset[f"{t} {c} {z}"]).all()
    assert len({frame.tobytes() for frame in run.frames}) > 10, "the pictures differ"
