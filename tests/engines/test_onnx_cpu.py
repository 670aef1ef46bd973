from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from contracts.engine import WINDOW, EngineContract, noisy_frames

from livecare.errors import EngineError
from livecare.models import Model, load_bundled

onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from livecare.engines.onnx_cpu import PROVIDER, OnnxRuntimeEngine  # noqa: E402 it imports the extra


class TestOnnxRuntime(EngineContract):
    name = "onnxruntime"

    def make(self) -> OnnxRuntimeEngine:
        return OnnxRuntimeEngine()


def restore(engine: OnnxRuntimeEngine, frame: np.ndarray) -> np.ndarray:
    """Restore one frame to window units."""
    restored = np.zeros((1, *frame.shape), np.float32)
    engine.infer(frame[np.newaxis], restored, WINDOW)
    return (restored[0] - WINDOW.low) / (WINDOW.high - WINDOW.low)


@pytest.mark.parametrize("shape_yx", [(513, 771), (200, 1000), (600, 40)])
def test_tiled_equals_untiled(shape_yx: tuple[int, int]) -> None:
    whole, tiled = OnnxRuntimeEngine(), OnnxRuntimeEngine(pixel_budget=160 * 160)
    for engine in (whole, tiled):
        engine.load(load_bundled(), threads=2)
    frame = noisy_frames(shape_yx, "uint16")
    difference = np.abs(restore(whole, frame) - restore(tiled, frame))
    assert difference.max() < 1e-5


def test_tiles_without_their_halo_would_show() -> None:
    """The test above can fail: with half the halo, the seams are there."""
    model = load_bundled()
    whole, tiled = OnnxRuntimeEngine(), OnnxRuntimeEngine(pixel_budget=160 * 160)
    whole.load(model, threads=2)
    tiled.load(replace(model, halo_px=model.halo_px // 2), threads=2)
    frame = noisy_frames((400, 400), "uint16")
    assert np.abs(restore(whole, frame) - restore(tiled, frame)).max() > 1e-5


def test_matches_a_plain_session() -> None:
    model = load_bundled()
    engine = OnnxRuntimeEngine()
    engine.load(model, threads=1)
    frame = noisy_frames((64, 80), "uint16")
    session = onnxruntime.InferenceSession(str(model.onnx_path), providers=[PROVIDER])
    normalised = (frame.astype(np.float32) - WINDOW.low) / (WINDOW.high - WINDOW.low)
    expected = session.run(None, {"raw": normalised[np.newaxis, np.newaxis].astype(np.float32)})
    np.testing.assert_allclose(restore(engine, frame), expected[0][0, 0], atol=1e-5)


def test_says_what_it_runs_on() -> None:
    engine = OnnxRuntimeEngine()
    assert engine.provider == ""
    engine.load(load_bundled(), threads=1)
    assert engine.provider == PROVIDER


def test_starts_the_threads_that_it_may() -> None:
    before = psutil.Process().num_threads()
    engine = OnnxRuntimeEngine()
    engine.load(load_bundled(), threads=3)
    assert psutil.Process().num_threads() - before == 2  # the caller's own is the third
    engine.close()


def with_weights(folder: Path, content: bytes) -> Model:
    path = folder / "model.onnx"
    path.write_bytes(content)
    return replace(load_bundled(), onnx_path=path)


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
        engine.infer(batch, batch.copy(), WINDOW)
