"""What libraries say when they fail, and which error of livecare's it is."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from window_package import load_window_model

from livecare.engines.faults import LOST_STATES, MEMORY_CURE, engine_failure, kind_of_state
from livecare.engines.request import check_raw
from livecare.engines.workspace import Workspace
from livecare.errors import (
    EngineError,
    EngineLostError,
    EngineMemoryError,
    FrameRefusedError,
)
from livecare.models import IntensityWindow

WINDOW = IntensityWindow(0.0, 1000.0)

MEMORY = {
    "ONNX Runtime's arena": "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code "
    "returned while running FusedConv node. Name:'' Status Message: "
    "bfc_arena.cc:376 AllocateRawInternal Failed to allocate memory for requested buffer of size "
    "1073741824",
    "ONNX Runtime's CUDA": "[ONNXRuntimeError] : 1 : FAIL : CUDA failure 2: out of memory ; "
    "GPU=0 ; hostname=scope ; file=cuda_call.cc ; line=123 ; expr=cudaMalloc(&p, size);",
    "cuBLAS": "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0",
    "cuDNN": "CUDNN failure 2: CUDNN_STATUS_ALLOC_FAILED ; GPU=0",
    "DirectML": "DmlCommittedResourceAllocator.cpp(22): Exception(1) 8007000E Not enough memory "
    "resources are available to complete this operation.",
    "TensorRT": "Error Code 2: OutOfMemory (Requested size was 137438953472 bytes.)",
    "TensorRT's runtime": "[defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of "
    "memory)",
    "OpenVINO": "Exception from src/inference/src/cpp/core.cpp:104: std::bad_alloc",
    "Windows": "bad allocation",
}
LOST = {
    "ONNX Runtime": "CUDA failure 700: an illegal memory access was encountered ; GPU=0",
    "a launch": "CUDA failure 719: unspecified launch failure ; GPU=0",
    "TensorRT": "Error Code 1: Cuda Runtime (an illegal memory access was encountered)",
    "DirectML": "887A0005 The GPU device instance has been suspended.",
}


@pytest.mark.parametrize("library", MEMORY)
def test_memory_that_is_used_up(library: str) -> None:
    found = engine_failure(RuntimeError(MEMORY[library]), f"engine: failed: {MEMORY[library]}")
    assert type(found) is EngineMemoryError
    assert MEMORY[library] in str(found)
    assert str(found).endswith(MEMORY_CURE)


def test_pythons_own_error_says_it_without_words() -> None:
    assert type(engine_failure(MemoryError(), "engine: failed ()")) is EngineMemoryError


@pytest.mark.parametrize("library", LOST)
def test_a_gpu_whose_state_is_lost(library: str) -> None:
    assert type(engine_failure(RuntimeError(), f"failed: {LOST[library]}")) is EngineLostError


@pytest.mark.parametrize(
    "words",
    [
        "Got invalid dimensions for input: raw",
        "the network made values that are not finite",
        "CUDA failure 100: no CUDA-capable device is detected",
    ],
)
def test_anything_else_is_neither(words: str) -> None:
    assert type(engine_failure(RuntimeError(words), words)) is EngineError


def test_cudas_names() -> None:
    assert kind_of_state("cudaErrorMemoryAllocation") is EngineMemoryError
    assert kind_of_state("cudaErrorIllegalAddress") is EngineLostError
    assert kind_of_state("cudaErrorInvalidValue") is EngineError


def test_the_names_are_those_that_cuda_has() -> None:
    runtime = pytest.importorskip("cuda.bindings.runtime", reason="the extra 'tensorrt' is missing")
    known = {state.name for state in runtime.cudaError_t}
    assert known >= LOST_STATES | {"cudaErrorMemoryAllocation"}


def test_tensorrts_last_words_are_looked_at() -> None:
    from livecare.engines.tensorrt.log import make_log  # noqa: PLC0415 - beside its fake

    class Logger:
        Severity = SimpleNamespace(INTERNAL_ERROR=0, ERROR=1)

    flavour: Any = SimpleNamespace(module=SimpleNamespace(ILogger=Logger), title="TensorRT 10")
    log: Any = make_log(flavour)
    log.log(1, "Error Code 1: Cuda Runtime (out of memory)")
    assert type(log.failure("cannot run the network")) is EngineMemoryError
    assert type(log.failure("cannot run the network")) is EngineError, "words are said once"


def test_onnx_runtimes_exceptions_become_these(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    from onnxruntime.capi.onnxruntime_pybind11_state import (  # noqa: PLC0415
        Fail,
        RuntimeException,
    )

    from livecare.engines.onnx_runtime.cpu import OnnxRuntimeEngine  # noqa: PLC0415

    engine = OnnxRuntimeEngine()
    engine.load(load_window_model(), 1)
    batch = np.full((1, 16, 16), 500, np.uint16)
    restored = np.empty_like(batch)
    cases: list[tuple[Exception, type[EngineError]]] = [
        (RuntimeException(MEMORY["ONNX Runtime's arena"]), EngineMemoryError),
        (Fail(MEMORY["ONNX Runtime's CUDA"]), EngineMemoryError),
        (RuntimeError(f"Error in execution: {MEMORY['cuBLAS']}"), EngineMemoryError),
        (MemoryError("std::bad_alloc"), EngineMemoryError),
        (Fail(LOST["ONNX Runtime"]), EngineLostError),
        (Fail("something else"), EngineError),
    ]
    for raised, expected in cases:

        def fail(_: Workspace, raised: Exception = raised) -> None:
            raise raised

        with monkeypatch.context() as patch:
            patch.setattr(Workspace, "run", fail)
            with pytest.raises(EngineError) as caught:
                engine.infer(batch, restored, [WINDOW])
        assert type(caught.value) is expected
        assert str(raised) in str(caught.value)
    engine.infer(batch, restored, [WINDOW])
    engine.close()


def test_no_memory_to_open_a_network_or_for_its_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    from livecare.engines.onnx_runtime import cpu  # noqa: PLC0415

    def fail(*_: object, **__: object) -> None:
        raise MemoryError("std::bad_alloc")

    model = load_window_model()
    engine = cpu.OnnxRuntimeEngine()
    with monkeypatch.context() as patch:
        patch.setattr(cpu, "open_network", fail)
        with pytest.raises(EngineMemoryError, match="cannot be loaded"):
            engine.load(model, 1)
    engine.load(model, 1)
    batch = np.full((1, 16, 16), 500, np.uint16)
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "make", fail)
        with pytest.raises(EngineMemoryError, match=r"cannot run frames of \(16, 16\)"):
            engine.infer(batch, batch.copy(), [WINDOW])
    engine.infer(batch, batch.copy(), [WINDOW])
    engine.close()


def test_a_raw_frame_that_is_not_finite_is_its_own_fault() -> None:
    frame = np.zeros((4, 4), np.float32)
    check_raw("an engine", frame, 0)
    frame[1, 2] = np.nan
    with pytest.raises(FrameRefusedError, match="not finite"):
        check_raw("an engine", frame, 0)
