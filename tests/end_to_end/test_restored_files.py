"""What is restored live and what is restored from the recording afterwards: the same bits."""

from pathlib import Path

import numpy as np
import pytest
from live_run import simulated
from run_here import cli, finished

from livecare.frame import Position
from livecare.images import open_images
from livecare.sinks.reader import StoreReader

FRAMES = 24


@pytest.mark.parametrize(
    ("restored_dtype", "channels"), [(None, ["green"]), ("float32", ["a", "b"])]
)
def test_live_and_from_files(
    tmp_path: Path, restored_dtype: str | None, channels: list[str]
) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    table = simulated(
        frames=FRAMES, rate_hz=10, size_yx=(96, 130), engine="onnxruntime", channels=channels
    )
    table["restorer"]["threads"] = 1
    if restored_dtype:
        table["store"] = {"restored_dtype": restored_dtype}
    store, outcome = finished(tmp_path, table)
    assert outcome.exit_code == 0, outcome.stderr
    out = tmp_path / "restored.ome.tif"
    dtype = restored_dtype or "raw"
    options = ("--engine", "onnxruntime", "--model", "default-fast", "--threads", "1")
    done = cli("restore", store, out, *options, "--dtype", dtype)
    assert done.returncode == 0, done.stderr
    reader = StoreReader(store)
    with open_images(out) as images, open_images(store) as raw:
        assert images.shape == (FRAMES // len(channels), len(channels), 1, 96, 130)
        changed = 0
        for index in range(FRAMES):
            t, c = divmod(index, len(channels))
            live = reader.read("restored", Position(t, c))
            np.testing.assert_array_equal(images.read(t, c), live)
            changed += int((images.read(t, c) != raw.read(t, c)).any())
        assert changed == FRAMES, "restoring does something"
