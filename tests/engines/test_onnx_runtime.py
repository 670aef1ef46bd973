from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from contracts.engine import WINDOW, EngineContract, noisy_frames
from networks import blur_model
from window_package import load_window_model

from livecare.errors import EngineError
from livecare.models import IntensityWindow, Model, Normalisation
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits

onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from livecare.engines.onnx_runtime.cpu import OnnxRuntimeEngine
from livecare.engines.onnx_runtime.session import CPU


class TestOnnxRuntime(EngineContract):
    name = "onnxruntime"

    def make(self) -> OnnxRuntimeEngine:
        return OnnxRuntimeEngine()


def restore(engine: OnnxRuntimeEngine, frame: np.ndarray) -> np.ndarray:
    """Restore one frame to window units."""
    restored = np.zeros((1, *frame.shape), np.float32)
    engine.infer(frame[np.newaxis], restored, [WINDOW])
    return (restored[0] - WINDOW.low) / (WINDOW.high - WINDOW.low)


@pytest.mark.parametrize("shape_yx", [(513, 771), (200, 1000), (600, 40)])
def test_tiled_equals_untiled(shape_yx: tuple[int, int]) -> None:
    whole, tiled = OnnxRuntimeEngine(), OnnxRuntimeEngine(pixel_budget=160 * 160)
    for engine in (whole, tiled):
        engine.load(load_window_model(), threads=2)
    frame = noisy_frames(shape_yx, "uint16")
    difference = np.abs(restore(whole, frame) - restore(tiled, frame))
    assert difference.max() < 1e-5


def test_tiles_without_their_halo_would_show() -> None:
    """The test above can fail: with half the halo, the seams are there."""
    model = load_window_model()
    whole, tiled = OnnxRuntimeEngine(), OnnxRuntimeEngine(pixel_budget=160 * 160)
    whole.load(model, threads=2)
    tiled.load(replace(model, halo_px=(model.halo_px[0] // 2,) * 2), threads=2)
    frame = noisy_frames((400, 400), "uint16")
    assert np.abs(restore(whole, frame) - restore(tiled, frame)).max() > 1e-5


def test_matches_a_plain_session() -> None:
    model = load_window_model()
    engine = OnnxRuntimeEngine()
    engine.load(model, threads=1)
    frame = noisy_frames((64, 80), "uint16")
    session = onnxruntime.InferenceSession(str(model.onnx_path), providers=[CPU])
    normalised = (frame.astype(np.float32) - WINDOW.low) / (WINDOW.high - WINDOW.low)
    expected = session.run(None, {"raw": normalised[np.newaxis, np.newaxis].astype(np.float32)})
    np.testing.assert_allclose(restore(engine, frame), expected[0][0, 0], atol=1e-5)


def test_says_what_it_runs_on() -> None:
    engine = OnnxRuntimeEngine()
    assert engine.device == ""
    engine.load(load_window_model(), threads=1)
    assert engine.device == CPU


def test_starts_the_threads_that_it_may() -> None:
    before = psutil.Process().num_threads()
    engine = OnnxRuntimeEngine()
    engine.load(load_window_model(), threads=3)
    assert psutil.Process().num_threads() - before == 2  # the caller's own is the third
    engine.close()


def with_weights(folder: Path, content: bytes) -> Model:
    path = folder / "model.onnx"
    path.write_bytes(content)
    return replace(load_window_model(), onnx_path=path)


@pytest.mark.parametrize("content", [b"", b"no network"])
def test_broken_weights_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(EngineError, match=r"model\.onnx"):
        OnnxRuntimeEngine().load(with_weights(tmp_path, content), threads=1)


def test_networks_of_another_kind_are_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="the extra 'train' is missing")
    numbers = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["x"], ["y"])],
        "flat",
        [numbers("x", onnx.TensorProto.FLOAT, ["n", 2])],
        [numbers("y", onnx.TensorProto.FLOAT, ["n", 2])],
    )
    opset = [onnx.helper.make_opsetid("", 17)]
    flat = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    with pytest.raises(EngineError, match=r"\(n, 1, y, x\)"):
        OnnxRuntimeEngine().load(with_weights(tmp_path, flat.SerializeToString()), threads=1)


def test_a_network_that_yields_nan_is_named(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="the extra 'train' is missing")
    frames = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Sqrt", ["x"], ["y"])],
        "root",
        [frames("x", onnx.TensorProto.FLOAT, ["n", 1, "y", "x"])],
        [frames("y", onnx.TensorProto.FLOAT, ["n", 1, "y", "x"])],
    )
    opset = [onnx.helper.make_opsetid("", 17)]
    root = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    engine = OnnxRuntimeEngine()
    engine.load(with_weights(tmp_path, root.SerializeToString()), threads=1)
    batch = np.full((2, 16, 16), 50, np.uint16)
    batch[1] = 0  # below the window: the square root of a negative number
    with pytest.raises(EngineError, match="not finite from frame 1"):
        engine.infer(batch, batch.copy(), [WINDOW] * 2)


UNITS = NoiseUnits(CameraNoise(1.0, 5.0, 1.0))


@pytest.mark.parametrize("normalisation", [WINDOW, UNITS])
@pytest.mark.parametrize("axes", ["yx", "zyx"])
def test_the_second_channel_becomes_the_spread(
    tmp_path: Path, axes: str, normalisation: Normalisation
) -> None:
    engine = OnnxRuntimeEngine()
    engine.load(blur_model(tmp_path, axes, channels=2), threads=1)
    batch = noisy_frames((2, 9, 40, 36)[: 1 + len(axes)], "uint16")
    restored, spread = (np.full(batch.shape, np.nan, np.float32) for _ in range(2))
    engine.infer(batch, restored, [normalisation] * 2, spread)
    without = np.zeros_like(restored)
    engine.infer(batch, without, [normalisation] * 2)
    np.testing.assert_array_equal(restored, without)
    values, expected = (np.empty(batch[0].shape, np.float32) for _ in range(2))
    for frame, made, found in zip(batch, restored, spread, strict=True):
        normalisation.normalise(frame, values)
        mean = blurred(engine, values)
        normalisation.spread(mean, mean**2 + np.float32(0.1), expected)
        np.testing.assert_allclose(found, expected, rtol=1e-4)
        normalisation.denormalise(mean, expected)
        np.testing.assert_allclose(made, expected, rtol=1e-4)


def blurred(engine: OnnxRuntimeEngine, values: np.ndarray) -> np.ndarray:
    """What the network's first channel is, in network units."""
    mean = np.empty_like(values)
    engine.infer(values[np.newaxis], mean[np.newaxis], [IntensityWindow(0.0, 1.0)])
    return mean


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 20), (13, 30, 41)])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_stacks_of_any_size(tmp_path: Path, shape: tuple[int, ...], dtype: str) -> None:
    engine = OnnxRuntimeEngine()
    engine.load(blur_model(tmp_path, "zyx", stride=4), threads=1)
    batch = noisy_frames((2, *shape), dtype)
    restored, alone = np.zeros_like(batch), np.zeros_like(batch)
    engine.infer(batch, restored, [WINDOW] * 2)
    for index in range(2):
        part = slice(index, index + 1)
        engine.infer(batch[part], alone[part], [WINDOW])
    np.testing.assert_array_equal(restored, alone)
    assert restored.mean() > 0.3 * batch.mean()  # the blur is dark at the edges


@pytest.mark.parametrize(
    ("axes", "shape", "budget"),
    [("yx", (101, 130), 40 * 40), ("zyx", (30, 50, 61), 24**3), ("zyx", (5, 90, 80), 8 * 40 * 40)],
)
def test_tiled_equals_untiled_for_every_channel_and_axis(
    tmp_path: Path, axes: str, shape: tuple[int, ...], budget: int
) -> None:
    batch = noisy_frames((1, *shape), "uint16")
    results = []
    for pixel_budget in (None, budget):
        engine = OnnxRuntimeEngine(pixel_budget=pixel_budget)
        engine.load(blur_model(tmp_path, axes, channels=2, reach=1, stride=4), threads=1)
        restored, spread = (np.zeros(batch.shape, np.float32) for _ in range(2))
        engine.infer(batch, restored, [IntensityWindow(0.0, 1.0)], spread)
        results.append((restored, spread))
    for whole, tiled in zip(*results, strict=True):
        np.testing.assert_allclose(tiled, whole, rtol=1e-5)


def test_stacks_need_a_model_for_them(tmp_path: Path) -> None:
    engine = OnnxRuntimeEngine()
    engine.load(blur_model(tmp_path, "zyx"), threads=1)
    frames = noisy_frames((1, 16, 16), "uint16")
    with pytest.raises(EngineError, match=r"\(n, z, y, x\)"):
        engine.infer(frames, frames.copy(), [WINDOW])


def test_room_for_the_spread_must_fit(tmp_path: Path) -> None:
    engine = OnnxRuntimeEngine()
    engine.load(blur_model(tmp_path, channels=2), threads=1)
    batch = noisy_frames((1, 16, 16), "uint16")
    for room in (np.zeros((1, 16, 17), np.float32), np.zeros((1, 16, 16), np.float64)):
        with pytest.raises(EngineError, match="room for a spread"):
            engine.infer(batch, batch.copy(), [WINDOW], room)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [({"outputs": ("estimate",)}, "makes 2 channels"), ({"axes": "zyx"}, r"\(n, 1, z, y, x\)")],
)
def test_a_network_that_is_not_what_its_package_says(
    tmp_path: Path, changed: dict[str, Any], fault: str
) -> None:
    model = replace(blur_model(tmp_path, channels=2), **changed)
    with pytest.raises(EngineError, match=fault):
        OnnxRuntimeEngine().load(model, threads=1)
