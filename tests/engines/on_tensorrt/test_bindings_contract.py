"""What our code calls exists, with these arguments, in TensorRT 11.4, which is on no test machine.

The bindings are real; behind them nothing runs. TensorRT for RTX is held to the same checks.
"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from bindings import Api, load_bindings
from window_package import load_window_model

pytest.importorskip("onnx", reason="the extra 'test' is missing")
from livecare.engines.cache import Cache
from livecare.engines.tensorrt.build import Plan, build_network
from livecare.engines.tensorrt.cuda import DeviceAddress, Stream
from livecare.engines.tensorrt.flavour import Flavour
from livecare.engines.tensorrt.key import Gpu
from livecare.engines.tensorrt.runtime import Runtime
from livecare.errors import EngineError

PLAN = Plan((64, 48), 4, "fp16", "counts", "noise")
GPU = Gpu("NVIDIA H200", (9, 0), 132, "13.0")
TURING = Gpu("NVIDIA GeForce RTX 2080 Ti", (7, 5), 68, "13.0")


@pytest.fixture(scope="module")
def bindings(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return load_bindings(tmp_path_factory.mktemp("libraries"))


@pytest.fixture
def full(bindings: ModuleType) -> Flavour:
    return Flavour("tensorrt", (11, 4), Api(bindings, input_answers()))


@pytest.fixture
def rtx() -> Flavour:
    module = pytest.importorskip("tensorrt_rtx", reason="the extra 'tensorrt-rtx' is missing")
    return Flavour("tensorrt_rtx", (1, 7), Api(module, input_answers()))


def input_answers() -> dict[str, Any]:
    return {"ITensor.shape": (-1, 64, 48, 2), "ITensor.name": "raw"}


def test_the_bindings_are_of_the_version_that_was_checked(bindings: ModuleType) -> None:
    assert bindings.__version__.startswith("11.")
    assert not hasattr(bindings.BuilderFlag, "FP16")
    assert not hasattr(bindings.NetworkDefinitionCreationFlag, "EXPLICIT_BATCH")


def test_building(full: Flavour) -> None:
    assert full.strongly_typed
    assert full.network_flags == 1 << int(full.module.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    built = build_network(b"network", PLAN, full, GPU, b"times")
    assert (built.engine, built.timings) == (b"plan", b"plan")
    called = full.module.called
    assert "IBuilderConfig.builder_optimization_level" in called
    assert "IBuilderConfig.set_timing_cache" in called
    assert called.count("IOptimizationProfile.set_shape") == 1
    assert called[-2:] == ["Builder.build_serialized_network", "ITimingCache.serialize"]


@pytest.mark.parametrize(("gpu", "chosen"), [(None, False), (TURING, True)])
def test_building_for_rtx(rtx: Flavour, gpu: Gpu | None, *, chosen: bool) -> None:
    built = build_network(b"network", PLAN, rtx, gpu)
    assert (built.engine, built.timings) == (b"plan", None)
    assert ("IBuilderConfig.set_compute_capability" in rtx.module.called) == chosen
    assert "IBuilderConfig.create_timing_cache" not in rtx.module.called


def test_what_the_parser_does_not_take_is_named(full: Flavour) -> None:
    full.module.answers |= {
        "OnnxParser.parse": False,
        "OnnxParser.num_errors": 2,
        "ParserError.node_operator": iter(["Einsum", "NonZero"]).__next__,
        "ParserError.node_name": "attention",
        "ParserError.desc": "no kernel",
    }
    with pytest.raises(
        EngineError, match=r"Einsum 'attention': no kernel.*NonZero.*: use"
    ) as raised:
        build_network(b"network", PLAN, full, GPU)
    assert full.title in str(raised.value)


def test_a_build_that_fails_says_for_what(full: Flavour) -> None:
    full.module.answers["Builder.build_serialized_network"] = None
    with pytest.raises(EngineError, match="4 × 64 × 48 pixels in fp16"):
        build_network(b"network", PLAN, full, GPU)


def test_sizes_that_do_not_fit(full: Flavour) -> None:
    full.module.answers["IBuilderConfig.add_optimization_profile"] = -1
    with pytest.raises(EngineError, match="sizes do not fit"):
        build_network(b"network", PLAN, full, GPU)


def engine_answers(module: ModuleType) -> dict[str, Any]:
    """One input of bytes."""
    return {
        "ICudaEngine.num_io_tensors": 1,
        "ICudaEngine.get_tensor_name": "raw",
        "ICudaEngine.get_tensor_shape": (-1, 64, 48, 2),
        "ICudaEngine.get_tensor_dtype": module.DataType.UINT8,
        "ICudaEngine.get_tensor_mode": module.TensorIOMode.INPUT,
    }


def load_and_run(flavour: Flavour, folder: Path) -> list[str]:
    """Load an engine out of the cache and run it once; returns what was called for that."""
    cache = Cache(folder)
    cache.write("engine", b"plan")
    cache.write("engine-kernels", b"kernels")
    flavour.module.answers |= engine_answers(flavour.module.bindings)
    runtime = Runtime(flavour, cache, lambda *_, **__: "engine")
    key, program = runtime.load(load_window_model(), PLAN, GPU)
    (tensor,) = program.tensors
    assert (tensor.name, tensor.shape, tensor.dtype) == ("raw", (64, 48, 2), np.uint8)
    context = program.make_context()
    context.bind(tensor, 3, DeviceAddress(4096))
    context.enqueue(Stream(77))
    runtime.keep_kernels(key, program)
    return list(flavour.module.called)


def test_running(full: Flavour, tmp_path: Path) -> None:
    called = load_and_run(full, tmp_path)
    assert "ICudaEngine.device_memory_size_v2" in called
    assert called[-1] == "IExecutionContext.execute_async_v3"


def test_running_on_rtx(rtx: Flavour, tmp_path: Path) -> None:
    rtx.module.answers["IRuntimeCache.serialize"] = b"more kernels"
    assert "IRuntimeCache.deserialize" in load_and_run(rtx, tmp_path)
    assert Cache(tmp_path).read("engine-kernels") == b"more kernels"


def test_a_builder_without_libraries(bindings: ModuleType) -> None:
    """The empty libraries give null pointers, as real ones do without a GPU that they know."""
    if find_spec("tensorrt_libs") is not None:
        pytest.skip("TensorRT's own libraries are installed here")
    with pytest.raises(EngineError, match="cannot start building"):
        build_network(b"network", PLAN, Flavour("tensorrt", (11, 4), bindings), GPU)


@pytest.mark.parametrize(
    "call",
    [
        lambda trt, _: trt.Builder(),
        lambda trt, log: trt.Builder(log).create_network("strong"),
        lambda trt, log: trt.Builder(log).create_network(flag=1),
        lambda trt, log: trt.Builder(log).create_builder_config().set_flag(1, 2),
        lambda trt, log: trt.Builder(log).create_builder_config().create_timing_cache("text"),
        lambda trt, log: trt.OnnxParser(trt.Builder(log), log),
    ],
)
def test_calls_that_do_not_exist_are_caught(
    full: Flavour, call: Callable[[Any, Any], object]
) -> None:
    """The checks above can fail."""
    with pytest.raises(TypeError, match="fits none"):
        call(full.module, full.module.ILogger())


def test_names_that_do_not_exist_are_caught(full: Flavour) -> None:
    builder = full.module.Builder(full.module.ILogger())
    with pytest.raises(AttributeError):
        builder.build_cuda_engine  # noqa: B018 that is the test
    with pytest.raises(AttributeError):
        builder.create_builder_config().max_workspace_size = 1
    with pytest.raises(AttributeError):
        full.module.BuilderFlag.FP16  # noqa: B018
