"""The gate on real half precision: a sound model passes, one that overflows is refused."""

from pathlib import Path

import numpy as np
import pytest
from overflowing import overflowing_model
from window_package import load_window_model

from livecare.engines import ENGINES, EngineEntry
from livecare.engines.choosing import Candidate, choose_engine
from livecare.engines.protocol import Expected
from livecare.models import IntensityWindow

pytest.importorskip("onnx", reason="the extra 'test' is missing")
pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")

CANDIDATES = [Candidate("rounding", "fp16"), Candidate("onnxruntime", "fp32")]
EXPECTED = Expected((64, 80))


@pytest.fixture(autouse=True)
def rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EngineEntry("rounding_engine", "RoundingEngine", precisions=("fp16",))
    monkeypatch.setitem(ENGINES, "rounding", entry)


def test_a_sound_model_may_run_in_fp16() -> None:
    choice = choose_engine(load_window_model(), CANDIDATES, 1, EXPECTED)
    assert (choice.engine.name, choice.engine.precision) == ("rounding", "fp16")
    assert choice.check is not None
    assert choice.check.relative_rms < 1e-2
    assert choice.refused == ()
    choice.engine.close()


def test_a_model_that_overflows_is_refused_and_runs_in_fp32(tmp_path: Path) -> None:
    choice = choose_engine(overflowing_model(tmp_path), CANDIDATES, 1, EXPECTED)
    assert (choice.engine.name, choice.engine.precision) == ("onnxruntime", "fp32")
    [refusal] = choice.refused
    assert refusal.candidate == CANDIDATES[0]
    assert "not finite" in refusal.reason
    assert "not rounding fp16" in choice.words
    frame = np.full((1, 64, 80), 300, np.uint16)
    restored = np.empty_like(frame)
    choice.engine.infer(frame, restored, [IntensityWindow(100.0, 900.0)])
    assert abs(float(restored.mean()) - 300) < 30
    choice.engine.close()
