"""The fake TensorRT against the bindings of the real ones: same names, same arguments."""

import inspect
import re
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the extra 'tensorrt' is missing")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
import fake_runtime as fake

from livecare.engines.tensorrt.flavour import Flavour
from livecare.engines.tensorrt.log import LAST_WORDS, make_log

PAIRS = {
    fake.FakeRuntime: "Runtime",
    fake.FakeEngine: "ICudaEngine",
    fake.FakeContext: "IExecutionContext",
}
RTX_ONLY = {fake.FakeRuntimeConfig: "IRuntimeConfig", fake.FakeKernels: "IRuntimeCache"}
OUR_OWN = {"session", "module", "logger", "modes", "tensors"}
FROM_10 = {"device_memory_size_v2", "create_runtime_config"}


@pytest.fixture(params=["tensorrt", "tensorrt_rtx"])
def real(request: pytest.FixtureRequest) -> ModuleType:
    if find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return import_module(request.param)


def test_has_all_that_the_fake_has(real: ModuleType) -> None:
    rtx = real.__name__ == "tensorrt_rtx"
    for ours, name in (PAIRS | (RTX_ONLY if rtx else {})).items():
        for member in [each for each in vars(ours) if not each.startswith("_")]:
            if rtx or member not in FROM_10:
                assert hasattr(getattr(real, name), member), f"{name}.{member}"


def test_takes_the_arguments_that_the_fake_takes(real: ModuleType) -> None:
    for ours, name in (PAIRS | RTX_ONLY).items():
        for member, function in vars(ours).items():
            theirs = getattr(getattr(real, name, None), member, None)
            if member.startswith("_") or not inspect.isfunction(function) or theirs is None:
                continue
            wanted = len(inspect.signature(function).parameters)
            texts = re.findall(rf"{member}\((self: .*?)\) ->", theirs.__doc__)
            assert wanted in [1 + text.count(": ") - 1 for text in texts], (member, texts)


def test_has_the_names_that_steer(real: ModuleType) -> None:
    assert {"INTERNAL_ERROR", "ERROR"} <= set(real.ILogger.Severity.__members__)
    assert {"INPUT", "OUTPUT"} <= set(real.TensorIOMode.__members__)
    assert real.nptype(real.DataType.UINT8) is np.uint8
    assert real.nptype(real.DataType.FLOAT) is np.float32
    if real.__name__ == "tensorrt_rtx":
        assert "EAGER" in real.DynamicShapesKernelSpecializationStrategy.__members__


def test_errors_carry_the_last_words(real: ModuleType) -> None:
    log = make_log(Flavour("tensorrt_rtx", (1, 7), real))
    assert isinstance(log, real.ILogger)
    for index in range(LAST_WORDS + 1):
        log.log(real.ILogger.Severity.ERROR, f"error {index}")  # noqa: G004 TensorRT's own
    log.log(real.ILogger.Severity.WARNING, "warning")
    assert str(log.failure("fails")).endswith(
        "tensorrt_rtx 1.7 fails (error 1; error 2; error 3): use the engine 'onnxruntime'"
    )
    assert "(" not in str(log.failure("fails"))
