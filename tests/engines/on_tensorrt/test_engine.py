"""The whole running half on a GPU that is none; the networks are run by ONNX Runtime."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from contracts.engine import WINDOW, EngineContract, noisy_frames
from window_package import load_window_model

onnx = pytest.importorskip("onnx", reason="the extra 'tensorrt' is missing")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from fake_runtime import FakeMachine
from networks import blur_model, pointwise_model
from plain_session import SHAPE, prepared, reference

from livecare.engines.protocol import Expected
from livecare.engines.tensorrt import loaded
from livecare.engines.tensorrt.engine import TensorRTEngine
from livecare.errors import EngineError
from livecare.models import IntensityWindow, Normalisation
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits

UNITS = NoiseUnits(CameraNoise(1.0, 5.0, 1.0))


class TestTensorRT(EngineContract):
    name = "tensorrt"

    @pytest.fixture(autouse=True)
    def on_a_machine(self, machine: FakeMachine) -> Iterator[None]:
        self.machine = machine
        yield
        machine.engines_closed()
        assert machine.cudart.leaks() == {}

    def make(self) -> TensorRTEngine:
        return self.machine.engine()


@pytest.mark.parametrize("kind", ["window", "noise"])
@pytest.mark.parametrize(
    "types", [("uint16", "uint16"), ("uint8", "uint16"), ("uint16", "float32")]
)
def test_is_what_onnx_runtime_makes(
    machine: FakeMachine, kind: str, types: tuple[str, str]
) -> None:
    model = load_window_model()
    noises = [NoiseUnits(CameraNoise(1.0, 5.0, noise)) for noise in (1.0, 1.0, 4.0, 2.0, 0.0, 3, 1)]
    given = noises if kind == "noise" else [WINDOW, *[IntensityWindow(10.0, 80.0)] * 6]
    batch = noisy_frames((7, *SHAPE), types[0])
    restored = np.zeros(batch.shape, types[1])
    engine = prepared(machine, model)
    engine.infer(batch, restored, given)
    expected = reference(model, batch, given, types[1])[0]
    tolerance = 1 if types[1] == "uint16" else 1e-3
    np.testing.assert_allclose(restored.astype(float), expected.astype(float), atol=tolerance)
    assert np.mean(restored != expected) < (0.001 if types[1] == "uint16" else 1.1)
    engine.close()


def test_frames_of_uint16_go_as_they_are_and_others_in_network_units(machine: FakeMachine) -> None:
    engine = prepared(machine, load_window_model())
    assert [plan.io for plan in machine.build.plans] == ["counts"]
    batch = noisy_frames((2, *SHAPE), "uint16")
    engine.infer(batch, batch.copy(), [WINDOW] * 2)
    engine.infer(batch.astype(np.uint8), batch.copy(), [WINDOW] * 2)
    assert len(machine.build.plans) == 1
    engine.infer(batch, np.zeros(batch.shape, np.float32), [WINDOW] * 2)
    engine.infer(batch, batch.copy(), [WINDOW, UNITS])
    assert [plan.io for plan in machine.build.plans] == ["counts", "units"]
    engine.close()


def test_more_pieces_than_slots_keep_their_order(machine: FakeMachine) -> None:
    model = load_window_model()
    engine = prepared(machine, model, batch=8)
    assert machine.build.plans[0].batch == 2
    batch = np.stack([noisy_frames(SHAPE, "uint16", seed) + 100 * seed for seed in range(21)])
    restored = np.zeros_like(batch)
    windows = [IntensityWindow(20.0 + 100 * seed, 90.0 + 100 * seed) for seed in range(21)]
    machine.tensorrt.runs.clear()
    engine.infer(batch, restored, windows)
    expected = reference(model, batch, windows, "uint16")[0]
    assert np.abs(restored.astype(int) - expected).max() <= 1
    assert [frames for _stream, frames in machine.tensorrt.runs] == [2] * 10 + [1]
    assert len({stream for stream, _frames in machine.tensorrt.runs}) == 3
    engine.close()


def test_a_network_that_no_graph_can_hold_runs_without(machine: FakeMachine) -> None:
    model = load_window_model()
    machine.tensorrt.uncapturable = True
    engine = prepared(machine, model, batch=1)
    batch = noisy_frames((4, *SHAPE), "uint16")
    restored = np.zeros_like(batch)
    engine.infer(batch, restored, [WINDOW] * 4)
    assert machine.cudart.calls["cudaGraphLaunch"] == 0
    expected = reference(model, batch, [WINDOW] * 4, "uint16")[0]
    assert np.abs(restored.astype(int) - expected).max() <= 1
    engine.close()
    assert machine.cudart.leaks() == {}


@pytest.mark.parametrize("normalisation", [WINDOW, UNITS])
def test_the_spread(tmp_path: Path, machine: FakeMachine, normalisation: Normalisation) -> None:
    model = blur_model(tmp_path, channels=2, stride=4)
    engine = machine.engine()
    engine.load(model, threads=1)
    batch = noisy_frames((2, *SHAPE), "uint16")
    restored, spread = (np.full(batch.shape, np.nan, np.float32) for _ in range(2))
    engine.infer(batch, restored, [normalisation] * 2, spread)
    expected = reference(model, batch, [normalisation] * 2, "float32", spread=True)
    np.testing.assert_allclose(restored, expected[0], rtol=1e-4)
    np.testing.assert_allclose(spread, expected[1], rtol=1e-4)
    assert machine.build.plans[0].spread
    counts = np.zeros_like(batch)
    engine.infer(batch, counts, [normalisation] * 2)
    assert np.abs(counts - restored).max() <= 0.51
    engine.close()


@pytest.mark.parametrize("channels", [1, 2])
def test_tiled_equals_untiled(
    tmp_path: Path, machine: FakeMachine, monkeypatch: pytest.MonkeyPatch, channels: int
) -> None:
    model = blur_model(tmp_path, channels=channels, reach=1, stride=4)
    batch = noisy_frames((2, 101, 130), "uint16")
    results = []
    for pixels in (1 << 24, 40 * 40):
        monkeypatch.setattr(loaded, "WINDOW_PIXELS", pixels)
        engine = machine.engine()
        engine.load(model, threads=1, expected=Expected((101, 130)))
        restored = np.zeros(batch.shape, np.float32)
        spread = np.zeros_like(restored) if channels == 2 else None
        engine.infer(batch, restored, [WINDOW, UNITS], spread)
        results.append((restored, spread))
        engine.close()
    assert max(np.prod(plan.shape_yx) for plan in machine.build.plans[-1:]) <= 1600
    for whole, tiled in zip(*results, strict=True):
        if whole is not None:
            np.testing.assert_allclose(tiled, whole, rtol=1e-5)


def test_half_precision_is_close(machine: FakeMachine) -> None:
    model = load_window_model()
    engine = machine.engine("fp16")
    engine.load(model, threads=1)
    batch = noisy_frames((1, *SHAPE), "uint16")
    restored = np.zeros_like(batch)
    engine.infer(batch, restored, [WINDOW])
    expected = reference(model, batch, [WINDOW], "uint16")[0]
    assert np.abs(restored.astype(int) - expected).max() <= 1
    assert machine.build.plans[0].precision == "fp16"
    engine.close()


def test_values_that_are_not_finite_are_named(tmp_path: Path, machine: FakeMachine) -> None:
    engine = machine.engine()
    engine.load(pointwise_model(tmp_path, "Sqrt"), threads=1)
    batch = np.full((4, 16, 16), 50, np.uint16)
    batch[2, 3, 4] = 0  # below the window: the square root of a negative number
    for dtype in ("uint16", "float32"):
        with pytest.raises(EngineError, match="not finite from frame 2"):
            engine.infer(batch, np.zeros(batch.shape, dtype), [WINDOW] * 4)
        engine.infer(batch[:2], np.zeros((2, 16, 16), dtype), [WINDOW] * 2)
    engine.close()


def test_models_for_stacks_are_refused(tmp_path: Path, machine: FakeMachine) -> None:
    with pytest.raises(EngineError, match="use the engine 'onnxruntime'"):
        machine.engine().load(blur_model(tmp_path, "zyx"), threads=1)


def test_says_what_it_runs_on(machine: FakeMachine) -> None:
    engine = machine.engine()
    assert engine.device == ""
    engine.load(load_window_model(), threads=1)
    assert engine.device == "Fake GPU"
    engine.close()
    assert engine.device == ""
