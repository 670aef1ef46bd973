from typing import Any, ClassVar

import numpy as np
import pytest
from contracts.engine import noisy_frames

from livecare.engines.protocol import Precision
from livecare.errors import EngineError
from livecare.models import load_bundled
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits

onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from livecare.engines.onnx_runtime.cpu import OnnxRuntimeEngine
from livecare.engines.onnx_runtime.cuda import CudaEngine
from livecare.engines.onnx_runtime.directml import DirectMLEngine
from livecare.engines.onnx_runtime.gpu import OrtGpuEngine

GPUS = [CudaEngine, DirectMLEngine]
UNITS = NoiseUnits(CameraNoise(1.0, 5.0, 1.0))


@pytest.mark.parametrize("kind", GPUS)
def test_a_build_without_the_provider_says_what_to_install(kind: type[OrtGpuEngine]) -> None:
    if kind.provider in onnxruntime.get_available_providers():
        pytest.skip(f"this ONNX Runtime has {kind.provider}")
    engine = kind()
    with pytest.raises(EngineError, match="CPUExecutionProvider") as caught:
        engine.load(load_bundled(), threads=1)
    assert f"pip install 'livecare[{kind.extra}]'" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert engine.device == ""


@pytest.mark.parametrize("kind", GPUS)
@pytest.mark.filterwarnings("ignore:Specified provider:UserWarning")  # ONNX Runtime's whisper
def test_a_silent_fallback_is_refused(
    kind: type[OrtGpuEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind.provider in onnxruntime.get_available_providers():
        pytest.skip(f"this ONNX Runtime has {kind.provider}")
    claimed = [kind.provider, "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: claimed)
    engine = kind()
    with pytest.raises(EngineError, match=f"CPUExecutionProvider instead of {kind.provider}"):
        engine.load(load_bundled(), threads=1)
    assert engine.device == ""


def test_what_the_providers_are_told() -> None:
    assert CudaEngine.settings["use_tf32"] == "0"
    options: Any = DirectMLEngine()._options(3)
    assert options.enable_mem_pattern is False
    assert options.execution_mode == onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    assert options.intra_op_num_threads == 3


class OnCpu(OrtGpuEngine):
    """The way of a GPU engine, on a provider that is here."""

    name = "onnxruntime-cuda"
    provider = "CPUExecutionProvider"
    extra = "none"
    settings: ClassVar = {}


@pytest.mark.parametrize(("precision", "most"), [("fp32", 0.0), ("fp16", 0.2)])
def test_precisions_run(precision: Precision, most: float) -> None:
    if precision == "fp16":
        pytest.importorskip("onnx", reason="the extra 'build' is missing")
    batch = noisy_frames((1, 64, 80), "uint16")
    results = []
    for engine in (OnCpu(precision), OnnxRuntimeEngine()):
        engine.load(load_bundled(), threads=1)
        restored = np.zeros(batch.shape, np.float32)
        engine.infer(batch, restored, [UNITS])
        results.append(restored)
    assert np.abs(results[0] - results[1]).max() <= most
    assert (precision == "fp32") == bool((results[0] == results[1]).all())
