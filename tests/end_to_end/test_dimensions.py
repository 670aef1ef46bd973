"""Axes, sizes, pixel types and compression: every frame is where its position says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from live_run import Table, merge, scene_of, simulated
from run_here import assert_sound, finished

from livecare.frame import Position, StreamInfo
from livecare.sinks.layout import LANES, LaneName, array_name
from livecare.sinks.reader import StoreReader

CHANNELS, PLANES, PLACES = ["red", "green"], 3, ["A1", "B2"]
AXES = {"channels": CHANNELS, "size_z": PLANES, "positions": PLACES}

CAMERA = {"gain": 2.0, "offset": 100.0, "read_noise": 1.6}
"""Of the simulated source; frames of 16 × 16 are too small to estimate it from."""

CASES: dict[str, Table] = {
    "every axis, 8 bits, zstd": merge(
        simulated(frames=41, rate_hz=0, size_yx=(16, 16), dtype="uint8", offset_adu=10.0, **AXES),
        {"store": {"compression": "zstd"}, "restorer": {"camera": {**CAMERA, "offset": 10.0}}},
    ),
    "floating point, odd size": simulated(
        frames=3, rate_hz=0, size_yx=(513, 771), dtype="float32", bank_frames=3
    ),
    "smallest size, restored in floating point, lz4": merge(
        simulated(frames=30, rate_hz=0, size_yx=(16, 16), photons=300),
        {
            "store": {"compression": "lz4", "restored_dtype": "float32"},
            "restorer": {"camera": CAMERA},
        },
    ),
}


def lane_arrays(store: Path, lane: LaneName, info: StreamInfo) -> list[Any]:
    names = [array_name(lane, p, info) for p in range(len(info.positions))]
    return [zarr.open_array(store / name, mode="r") for name in names]


@pytest.mark.parametrize("name", CASES)
def test_every_frame_is_in_its_place(tmp_path: Path, name: str) -> None:
    table = CASES[name]
    if "compression" in table.get("store", {}):
        pytest.importorskip("numcodecs", reason="the extra 'compression' is missing")
    store, outcome = finished(tmp_path, table)
    assert outcome.exit_code == 0, outcome.stderr
    frames = table["source"]["simulated"]["frames"]
    assert outcome.report["ledger"]["restored"] == frames

    reader = StoreReader(store)
    scene, info = scene_of(reader), reader.info
    raw, restored = (lane_arrays(store, lane, info) for lane in LANES)
    float_restored = table.get("store", {}).get("restored_dtype") == "float32"
    seen: set[Position] = set()
    for index in range(frames):
        at = scene.settings.position(index)
        seen.add(at)
        expected = scene.frame(index)
        np.testing.assert_array_equal(raw[at.p][at.t, at.c, at.z], expected)
        found = restored[at.p][at.t, at.c, at.z]
        assert found.dtype == ("float32" if float_restored else info.dtype)
        np.testing.assert_array_equal(found, expected)  # the identity engine's
    assert len(seen) == frames
    assert {line.position for line in reader.lines("raw")} == seen
    assert_sound(store)


def test_the_engine_restores_odd_sizes_to_floating_point(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    table = simulated(frames=12, rate_hz=30, size_yx=(75, 130), engine="onnxruntime", photons=15)
    store, outcome = finished(tmp_path, merge(table, {"store": {"restored_dtype": "float32"}}))
    assert outcome.exit_code == 0, outcome.stderr
    [restored] = lane_arrays(store, "restored", StoreReader(store).info)
    assert restored.dtype == np.float32
    assert restored.shape == (12, 1, 1, 75, 130)
    scores = outcome.report["psnr_db"]
    assert scores["restored"] > scores["raw"] + 3
    whole = np.rint(restored[...])
    assert not np.array_equal(restored[...], whole), "it was rounded on the way"
