"""A TensorRT without a GPU: it runs the wrapped network with ONNX Runtime when its stream runs.

An "engine" of the fake is the ONNX file that the real builder would parse, behind a mark.
"""

# ruff: noqa: ANN401, ARG002, N802 - names and arguments are TensorRT's

from collections import Counter
from enum import IntEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
from cuda_names import CudaError
from fake_cuda import FakeCudart

from livecare.engines.cache import Cache
from livecare.engines.tensorrt.build import Plan
from livecare.engines.tensorrt.cuda import Cuda
from livecare.engines.tensorrt.engine import TensorRTEngine
from livecare.engines.tensorrt.flavour import Flavour
from livecare.engines.tensorrt.key import Gpu, engine_key
from livecare.engines.tensorrt.runtime import Runtime
from livecare.models import Model

MARK = b"fake engine\n"
CONTEXT_BYTES = 1 << 20


class Severity(IntEnum):
    INTERNAL_ERROR = 0
    ERROR = 1
    WARNING = 2


class ILogger:
    Severity = Severity


class TensorIOMode(IntEnum):
    INPUT = 1
    OUTPUT = 2


class Specialization(IntEnum):
    LAZY = 0
    EAGER = 1


class FakeTensorRT:
    """The module, with what livecare calls at run time.

    `refuse` engines that are loaded next; `uncapturable` networks run, but not in a graph;
    `no_context` leaves no memory for contexts.
    """

    ILogger = ILogger
    TensorIOMode = TensorIOMode
    DynamicShapesKernelSpecializationStrategy = Specialization

    def __init__(self, cudart: FakeCudart) -> None:
        self.cudart = cudart
        self.calls: Counter[str] = Counter()
        self.runs: list[tuple[int, int]] = []
        self.refuse = 0
        self.uncapturable = False
        self.no_context = False
        self.jit_given: list[bytes] = []

    def nptype(self, kind: type[np.generic]) -> type[np.generic]:
        return kind

    def Runtime(self, logger: Any) -> "FakeRuntime":
        return FakeRuntime(self, logger)


class FakeRuntime:
    def __init__(self, module: FakeTensorRT, logger: Any) -> None:
        self._module, self._logger = module, logger

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> "FakeEngine | None":
        self._module.calls["deserialise"] += 1
        if self._module.refuse or not serialized_engine.startswith(MARK):
            self._module.refuse = max(0, self._module.refuse - 1)
            self._logger.log(Severity.ERROR, "the engine is of another version")
            return None
        return FakeEngine(self._module, serialized_engine.removeprefix(MARK), self._logger)


class FakeEngine:
    """One engine; frames run one at a time, so that they are alike in every batch."""

    device_memory_size_v2 = CONTEXT_BYTES

    def __init__(self, module: FakeTensorRT, network: bytes, logger: Any) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        self.session = onnxruntime.InferenceSession(network, options, providers=providers)
        self.module, self.logger = module, logger
        inputs = {each.name: each for each in self.session.get_inputs()}
        outputs = {each.name: each for each in self.session.get_outputs()}
        self.modes = dict.fromkeys(inputs, TensorIOMode.INPUT)
        self.modes |= dict.fromkeys(outputs, TensorIOMode.OUTPUT)
        self.tensors = inputs | outputs
        self.num_io_tensors = len(self.tensors)

    def get_tensor_name(self, index: int) -> str:
        return list(self.tensors)[index]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return (-1, *self.tensors[name].shape[1:])

    def get_tensor_dtype(self, name: str) -> type[np.generic]:
        return {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}[self.tensors[name].type]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return self.modes[name]

    def create_execution_context(self, config: Any = None) -> "FakeContext | None":
        self.module.calls["contexts"] += 1
        if self.module.no_context:
            self.logger.log(Severity.ERROR, "allocation failed")
            return None
        return FakeContext(self)

    def create_runtime_config(self) -> "FakeRuntimeConfig":
        return FakeRuntimeConfig(self.module)


class FakeRuntimeConfig:
    """That of TensorRT for RTX."""

    dynamic_shapes_kernel_specialization_strategy = Specialization.LAZY

    def __init__(self, module: FakeTensorRT) -> None:
        self._module = module

    def create_runtime_cache(self) -> "FakeKernels":
        return FakeKernels(self._module)

    def set_runtime_cache(self, cache: "FakeKernels") -> bool:
        assert self.dynamic_shapes_kernel_specialization_strategy is Specialization.EAGER
        return True


class FakeKernels:
    def __init__(self, module: FakeTensorRT) -> None:
        self._module = module

    def deserialize(self, blob: bytes) -> bool:
        self._module.jit_given.append(blob)
        return True

    def serialize(self) -> memoryview:
        return memoryview(b"kernels")


class FakeContext:
    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine
        self._frames = 0
        self._addresses: dict[str, int] = {}
        self._warm = False

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        expected = self._engine.get_tensor_shape(name)[1:]
        if self._frames not in (0, shape[0]) or shape[1:] != expected or not shape[0]:
            return False
        self._frames = shape[0]
        return True

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self._addresses[name] = memory
        return name in self._engine.tensors

    def execute_async_v3(self, stream_handle: int) -> bool:
        module = self._engine.module
        if set(self._addresses) != set(self._engine.tensors):
            return False
        if module.cudart.capturing(stream_handle):
            assert self._warm, "captured before it ran: it would still choose its kernels"
            if module.uncapturable:
                module.cudart.spoil(stream_handle)
        self._warm = True
        frames, addresses = self._frames, dict(self._addresses)
        return module.cudart.enqueue(
            stream_handle, lambda: self._run(stream_handle, frames, addresses)
        )

    def _run(self, stream: int, frames: int, addresses: dict[str, int]) -> None:
        engine, cudart = self._engine, self._engine.module.cudart
        engine.module.runs.append((stream, frames))
        cudart.trace.append(("run", stream))
        arrays = {}
        for name, address in addresses.items():
            shape = (frames, *engine.get_tensor_shape(name)[1:])
            dtype = np.dtype(engine.get_tensor_dtype(name))
            size_bytes = int(np.prod(shape)) * dtype.itemsize
            arrays[name] = cudart.array(address, size_bytes).view(dtype).reshape(shape)
        inputs = [n for n, mode in engine.modes.items() if mode is TensorIOMode.INPUT]
        outputs = [n for n in engine.modes if n not in inputs]
        for index in range(frames):
            part = slice(index, index + 1)
            made = engine.session.run(outputs, {name: arrays[name][part] for name in inputs})
            for name, values in zip(outputs, made, strict=True):
                arrays[name][part] = values


class FakeBuild:
    """In place of `build_apart`: builds nothing, in this process."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []

    def __call__(
        self,
        model: Model,
        plan: Plan,
        gpu: Gpu | None,
        timeout_s: float,
        *,
        flavour: Flavour | None = None,
        cache: Cache | None = None,
    ) -> str:
        assert flavour is not None
        assert cache is not None
        assert timeout_s > 0
        network = plan.wrap(model)
        key = engine_key(network, plan, flavour, gpu)
        if cache.read(key) is None:
            self.plans.append(plan)
            cache.write(key, MARK + network)
        return key


class FakeMachine(SimpleNamespace):
    """A GPU, its TensorRT and a cache; makes engines that use them."""

    def __init__(
        self,
        folder: Path,
        *,
        rtx: bool = False,
        memory_bytes: int = 8 << 30,
        name: str = "Fake GPU",
    ) -> None:
        super().__init__()
        self.cudart = FakeCudart(memory_bytes, name)
        self.tensorrt = FakeTensorRT(self.cudart)
        self.flavour = Flavour("tensorrt_rtx" if rtx else "tensorrt", (1, 7, 1, 0), self.tensorrt)
        self.cache = Cache(folder)
        self.build = FakeBuild()
        self.engines: list[TensorRTEngine] = []

    def engine(self, precision: str = "fp32") -> TensorRTEngine:
        runtime = Runtime(self.flavour, self.cache, self.build)
        self.engines.append(TensorRTEngine(precision, cuda=Cuda(self.cudart), runtime=runtime))
        return self.engines[-1]

    def engines_closed(self) -> None:
        """Close what a test left open."""
        for engine in self.engines:
            engine.close()


__all__ = ["CudaError", "FakeMachine", "FakeTensorRT"]
