import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from contracts.engine import WINDOW, EngineContract, noisy_frames
from networks import blur_model
from threads_at_work import SHARE, part_of_others
from unets import tiny_unet
from window_package import load_window_model

from livecare.engines.protocol import Expected
from livecare.errors import EngineError
from livecare.models import IntensityWindow, Model, load_bundled
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits

pytest.importorskip("openvino", reason="the extra 'openvino' is missing")
from livecare.engines import openvino_cpu
from livecare.engines.openvino_cpu import OpenVINOEngine, compile_settings
from livecare.engines.openvino_graph import keep_estimate, widen_at_once
from livecare.engines.openvino_network import OpenVINONetwork
from livecare.engines.openvino_runtime import openvino

onnx_runtime = pytest.importorskip(
    "livecare.engines.onnx_runtime.cpu", reason="the extra 'onnxruntime' is missing"
)
UNITS = NoiseUnits(CameraNoise(1.0, 5.0, 1.0))


class TestOpenVINO(EngineContract):
    name = "openvino"

    def make(self) -> OpenVINOEngine:
        return OpenVINOEngine()

    @pytest.mark.parametrize("threads", [1, 3])
    def test_uses_no_more_threads_than_allowed(self, model: Model, threads: int) -> None:
        """OpenVINO keeps idle threads beside those that compute."""
        engine = self.make()
        engine.load(model, threads)
        batch = noisy_frames((20, 256, 256), "uint16")
        assert part_of_others(lambda: self.infer(engine, batch, batch.copy()), threads) < SHARE
        engine.close()


def load(model: Model, pixel_budget: int | None = None) -> OpenVINOEngine:
    engine = OpenVINOEngine(pixel_budget=pixel_budget)
    engine.load(model, threads=2)
    return engine


@pytest.mark.parametrize("name", ["default-fast", "default"])
def test_gives_what_onnx_runtime_gives(name: str) -> None:
    batch = noisy_frames((1, 100, 120), "uint16")
    results = []
    for engine in (OpenVINOEngine(), onnx_runtime.OnnxRuntimeEngine()):
        engine.load(load_bundled(name), threads=2)
        made = [np.zeros(batch.shape, np.float32) for _ in range(2)]
        engine.infer(batch, made[0], [UNITS], made[1])
        results.append(made)
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_the_estimate_alone_is_the_same() -> None:
    engine = load(load_bundled())
    batch = noisy_frames((1, 64, 80), "uint16")
    alone, beside, spread = (np.zeros(batch.shape, np.float32) for _ in range(3))
    engine.infer(batch, alone, [UNITS])
    engine.infer(batch, beside, [UNITS], spread)
    np.testing.assert_allclose(alone, beside, rtol=1e-5)
    assert spread.min() > 0


@pytest.mark.parametrize("axes", ["yx", "zyx"])
def test_tiled_equals_untiled(tmp_path: Path, axes: str) -> None:
    batch = noisy_frames((1, 30, 50, 61)[: 1 + len(axes)], "uint16")
    results = []
    for budget in (None, 24 ** len(axes)):
        engine = load(blur_model(tmp_path, axes, channels=2, reach=1, stride=4), budget)
        restored, spread = (np.zeros(batch.shape, np.float32) for _ in range(2))
        engine.infer(batch, restored, [IntensityWindow(0.0, 1.0)], spread)
        results.append((restored, spread))
    for whole, tiled in zip(*results, strict=True):
        np.testing.assert_allclose(tiled, whole, rtol=1e-5)


def test_makes_ready_for_the_frames_to_come() -> None:
    engine = OpenVINOEngine()
    assert engine.device == ""
    engine.load(load_window_model(), 1, Expected((40, 48)))
    assert engine.device.startswith("CPU: ")
    ready = engine._workspace
    assert ready is not None
    batch = noisy_frames((1, 40, 48), "uint16")
    engine.infer(batch, batch.copy(), [WINDOW])
    assert engine._workspace is ready


def test_arithmetic_that_the_cpu_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_cpu, "CAPABILITIES", {"bf16": "ARITHMETIC OF NO CPU"})
    with pytest.raises(EngineError, match=r"has .*FP32.*Choose the precision fp32"):
        OpenVINOEngine("bf16").load(load_window_model(), threads=1)


def test_the_arithmetic_is_never_the_librarys_choice(tmp_path: Path) -> None:
    core = openvino.Core()
    graph = core.read_model(blur_model(tmp_path).onnx_path.read_bytes())
    compiled = core.compile_model(graph, "CPU", compile_settings("f32", 3))
    assert compiled.get_property("INFERENCE_PRECISION_HINT") == openvino.Type.f32
    assert compiled.get_property("NUM_STREAMS") == 1
    assert compiled.get_property("ENABLE_CPU_PINNING") is False
    assert compiled.get_property("INFERENCE_NUM_THREADS") <= 3


def with_weights(folder: Path, content: bytes) -> Model:
    path = folder / "model.onnx"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return replace(load_window_model(), onnx_path=path, sha256=sha256)


@pytest.mark.parametrize("content", [b"", b"no network"])
def test_broken_weights_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(EngineError, match=r"model\.onnx"):
        OpenVINOEngine().load(with_weights(tmp_path, content), threads=1)


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    model = replace(load_window_model(), onnx_path=tmp_path / "gone.onnx")
    with pytest.raises(EngineError, match=r"gone\.onnx"):
        OpenVINOEngine().load(model, threads=1)


def test_a_network_that_is_not_what_its_package_says(tmp_path: Path) -> None:
    model = blur_model(tmp_path, channels=2)
    with pytest.raises(EngineError, match="makes 2 channels"):
        OpenVINOEngine().load(replace(model, outputs=("estimate",)), threads=1)
    with pytest.raises(EngineError, match=r"\(n, 1, z, y, x\)"):
        OpenVINOEngine().load(replace(model, axes="zyx"), threads=1)


def answers(graph: "openvino.Model", frame: np.ndarray) -> np.ndarray:
    settings = compile_settings("f32", 1)
    compiled = openvino.Core().compile_model(graph, "CPU", settings)
    return np.array(compiled([frame])[0])


@pytest.mark.parametrize("joined", [True, False])
@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_enlarged_features_are_convolved_small(kernel: int, *, joined: bool) -> None:
    graph = openvino.Core().read_model(tiny_unet(kernel, joined=joined))
    changed = graph.clone()
    assert widen_at_once(changed) == 1
    kinds = [node.get_type_name() for node in changed.get_ordered_ops()]
    assert "ConvolutionBackpropData" in kinds
    assert "Interpolate" not in kinds
    frame = np.random.default_rng(1).normal(3, 1, (1, 1, 26, 34)).astype(np.float32)
    np.testing.assert_allclose(answers(changed, frame), answers(graph, frame), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize(
    ("mode", "coordinates"), [("linear", "asymmetric"), ("nearest", "half_pixel")]
)
def test_other_enlargements_stay(mode: str, coordinates: str) -> None:
    graph = openvino.Core().read_model(tiny_unet(3, mode=mode, coordinates=coordinates))
    assert widen_at_once(graph) == 0


def test_the_estimate_is_cut_out() -> None:
    graph = openvino.Core().read_model(tiny_unet(3))
    cut = graph.clone()
    assert keep_estimate(cut)
    assert "SoftPlus" not in [node.get_type_name() for node in cut.get_ordered_ops()]
    frame = np.random.default_rng(1).normal(3, 1, (1, 1, 16, 18)).astype(np.float32)
    np.testing.assert_array_equal(answers(cut, frame), answers(graph, frame)[:, :1])


def test_an_output_of_one_piece_is_not_cut(tmp_path: Path) -> None:
    core = openvino.Core()
    graph = core.read_model(blur_model(tmp_path).onnx_path.read_bytes())
    network = OpenVINONetwork(core, graph, compile_settings("f32", 1))
    given, made = np.ones((8, 8), np.float32), np.zeros((1, 8, 8), np.float32)
    network.bind(given, made)()
    assert made[0, 4, 4] == pytest.approx(1, abs=1e-5)


TELLTALE = """
from pathlib import Path
Path(__file__).with_name("imported").touch()
raise ImportError("no telemetry")
"""


@pytest.mark.parametrize(
    ("imported", "tells"), [("livecare.engines.openvino_cpu", False), ("openvino", True)]
)
def test_nothing_is_reported(tmp_path: Path, imported: str, *, tells: bool) -> None:
    """OpenVINO by itself imports what reports; the second case shows that the first can fail."""
    package = tmp_path / "openvino_telemetry"
    package.mkdir()
    (package / "__init__.py").write_text(TELLTALE)
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "calls = []\n"
        "sys.addaudithook(lambda event, _: event.startswith('socket.') and calls.append(event))\n"
        f"import {imported}\n"
        "sys.exit(str(calls) if calls else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (package / "imported").exists() is tells


def test_the_real_telemetry_is_left_alone() -> None:
    pytest.importorskip("openvino_telemetry", reason="it is not installed: nothing can be sent")
    script = (
        "import sys\n"
        "calls = []\n"
        "sys.addaudithook(lambda event, _: event.startswith('socket.') and calls.append(event))\n"
        "import livecare.engines.openvino_cpu\n"
        "assert 'openvino_telemetry' not in sys.modules\n"
        "import openvino_telemetry\n"
        "sys.exit(str(calls) if calls else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
