"""A live run and the same frames restored afterwards, with every normalisation: the same bits."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live_run import merge, simulated
from run_here import finished
from window_package import WINDOW_PACKAGE

from livecare.engines import make_engine
from livecare.frame import Pixels
from livecare.models import Model, find_model
from livecare.models.anscombe import CameraNoise
from livecare.models.locking import LOCK_FRAMES
from livecare.models.normalise import KINDS, Kind
from livecare.sinks.reader import StoreReader

FRAMES = 20
CAMERA = {"gain": 2.0, "offset": 100.0, "read_noise": 1.6}


def model_for(kind: Kind) -> str:
    """Name a model that goes with the kind."""
    return "default-fast" if kind == "anscombe" else str(WINDOW_PACKAGE)


def restore_afterwards(
    model: Model, kind: Kind, frames: Pixels, noise: CameraNoise | None
) -> tuple[Pixels, list[Mapping[str, float]]]:
    engine = make_engine("onnxruntime")
    engine.load(model, threads=1)
    normaliser = model.lock(list(frames[:LOCK_FRAMES]), kind=kind, noise=noise)
    normalisations = [normaliser.of(frame) for frame in frames]
    restored = np.empty_like(frames)
    engine.infer(frames, restored, normalisations)
    engine.close()
    return restored, [each.record() for each in normalisations]


@pytest.mark.parametrize(
    ("kind", "camera"), [*[(kind, None) for kind in KINDS], ("anscombe", CAMERA)]
)
def test_live_and_afterwards_are_the_same_bits(
    tmp_path: Path, kind: Kind, camera: dict[str, float] | None
) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    restorer: dict[str, Any] = {"model": model_for(kind), "normalisation": kind, "threads": 1}
    restorer |= {"latency_budget_ms": 1e6} | ({} if camera is None else {"camera": camera})
    live = simulated(frames=FRAMES, rate_hz=20, size_yx=(72, 96), engine="onnxruntime")
    table = merge(live, {"restorer": restorer, "ring": {"slots": 64}})
    store, outcome = finished(tmp_path, table)
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.report["restorer"]["skipped_live"] == 0

    reader = StoreReader(store)
    raw, restored = (
        np.stack([reader.read(lane, line.position) for line in reader.lines(lane)])
        for lane in ("raw", "restored")
    )
    model = find_model(model_for(kind))
    noise = None if camera is None else CameraNoise(*camera.values())
    expected, records = restore_afterwards(model, kind, raw, noise)
    np.testing.assert_array_equal(restored, expected)
    provenance = [line.provenance for line in reader.lines("restored")]
    assert [each["normalised_with"] for each in provenance if each] == records
    assert {each["normalisation"] for each in provenance if each} == {kind}
    [said] = outcome.report["engine"]["normalisation"]
    assert (said["kind"], said["channel"]) == (kind, 0)
    assert ("configuration" in said["origin"]) == (camera is not None)
    if kind not in ("ema", "per-frame"):
        assert said["values"] == records[0]
