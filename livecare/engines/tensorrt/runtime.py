"""Runtime: the only module that calls TensorRT's runtime, and knows where its versions differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from livecare.engines.cache import Cache
from livecare.engines.tensorrt.build import Plan
from livecare.engines.tensorrt.building import build_apart
from livecare.engines.tensorrt.cuda import DeviceAddress, Stream
from livecare.engines.tensorrt.flavour import Flavour
from livecare.engines.tensorrt.key import Gpu
from livecare.engines.tensorrt.log import Log, make_log
from livecare.errors import EngineError, EngineMemoryError
from livecare.models.package import Model

BUILD_TIMEOUT_S: Final = 1800.0
"""The full TensorRT tries kernels for some minutes; a build that takes longer hangs."""
KERNELS: Final = "-kernels"
"""Ends the key under which TensorRT for RTX keeps what it compiled on the GPU."""


class Build(Protocol):
    """What makes the engines: see `livecare.engines.tensorrt.building.build_apart`."""

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
        """Have an engine built unless the cache has it; return its key there."""
        ...


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a program.

    Attributes
    ----------
    name : str
        See `livecare.engines.tensorrt.graph`.
    shape : tuple of int
        Of one frame of it.
    dtype : numpy.dtype
        Of its values.
    is_input : bool
        Otherwise it is an output.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_input: bool

    @property
    def frame_bytes(self) -> int:
        """Size of one frame of it, bytes."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


class Context:
    """An execution context: a program at work on one batch size and one set of buffers."""

    def __init__(self, context: Any, log: Log) -> None:  # noqa: ANN401 the bindings' own
        self._context = context
        self._log = log

    def bind(self, tensor: Tensor, frames: int, address: DeviceAddress) -> None:
        """Say where a tensor is, and how many frames of it there are."""
        shape = (frames, *tensor.shape)
        shaped = not tensor.is_input or self._context.set_input_shape(tensor.name, shape)
        if not (shaped and self._context.set_tensor_address(tensor.name, int(address))):
            raise self._log.failure(f"does not take the tensor '{tensor.name}' of shape {shape}")

    def enqueue(self, stream: Stream) -> None:
        """Queue the network's kernels on a stream."""
        if not self._context.execute_async_v3(int(stream)):
            raise self._log.failure("cannot run the network")


class Program:
    """An engine that TensorRT loaded onto the GPU, weights and all.

    Attributes
    ----------
    tensors : tuple of Tensor
        Its inputs and outputs.
    context_bytes : int
        Memory of the GPU that each context takes, bytes.
    """

    def __init__(self, engine: Any, flavour: Flavour, log: Log, kernels: bytes | None) -> None:  # noqa: ANN401
        self._engine = engine
        self._log = log
        self._kernels = kernels
        self._config, self._jit = None, None
        self.tensors = tuple(_tensors(engine, flavour.module))
        sizes = ("device_memory_size_v2", "device_memory_size")  # from 10 on; before
        self.context_bytes = int(next(getattr(engine, n) for n in sizes if hasattr(engine, n)))
        if flavour.is_rtx:
            self._config, self._jit = _configure(engine, flavour.module, kernels)

    def make_context(self) -> Context:
        """Return a new context. Raises EngineError if the GPU's memory does not suffice."""
        config = () if self._config is None else (self._config,)
        context = self._engine.create_execution_context(*config)
        if context is None:
            failure = self._log.failure(
                f"gets no {self.context_bytes / 2**20:.0f} MiB of the GPU's memory for a context",
                "give smaller batches or frames, or close other programs that use the GPU",
            )
            raise EngineMemoryError(str(failure))
        return Context(context, self._log)

    def new_kernels(self) -> bytes | None:
        """Return what TensorRT for RTX compiled so far; None if no more than it was given."""
        if self._jit is None:
            return None
        kernels = bytes(self._jit.serialize())
        return None if kernels == self._kernels else kernels


class Runtime:
    """Makes programs: out of the cache where it has them, else built.

    Parameters
    ----------
    flavour : Flavour
        The TensorRT that is installed.
    cache : Cache
        Keeps the engines, and the kernels that TensorRT for RTX compiles.
    build : Build
        Makes the engines.
    """

    def __init__(self, flavour: Flavour, cache: Cache, build: Build = build_apart) -> None:
        self._flavour = flavour
        self._cache = cache
        self._build = build
        self._log = make_log(flavour)
        self._runtime: Any = None

    def load(self, model: Model, plan: Plan, gpu: Gpu) -> tuple[str, Program]:
        """Return a program and its key. An engine that TensorRT does not take is built anew, once.

        Raises
        ------
        EngineError
            If it cannot be built or loaded.
        """
        for _attempt in range(2):
            key = self._build(
                model, plan, gpu, BUILD_TIMEOUT_S, flavour=self._flavour, cache=self._cache
            )
            content = self._cache.read(key)
            if content is None:
                continue
            program = self._deserialise(content, self._cache.read(key + KERNELS))
            if program is not None:
                return key, program
            self._cache.remove(key)
        if content is None:
            raise EngineError(
                f"tensorrt: the engine {key} was built and is not in the cache: "
                "free disk space there, or make its folder writable"
            )
        raise self._log.failure(
            f"does not take the engine {key}, built on this machine just now, on {gpu.name}",
            "update NVIDIA's driver, or use the engine 'onnxruntime'",
        )

    def keep_kernels(self, key: str, program: Program) -> None:
        """Keep what was compiled for a program until its next start."""
        kernels = program.new_kernels()
        if kernels is not None:
            self._cache.write(key + KERNELS, kernels)

    def _deserialise(self, content: bytes, kernels: bytes | None) -> Program | None:
        if self._runtime is None:  # not earlier: without a GPU some versions crash here
            self._runtime = self._flavour.module.Runtime(self._log)
        engine = self._runtime.deserialize_cuda_engine(content)
        return None if engine is None else Program(engine, self._flavour, self._log, kernels)


def _tensors(engine: Any, module: Any) -> Iterator[Tensor]:  # noqa: ANN401 the bindings' own
    for index in range(engine.num_io_tensors):
        name = engine.get_tensor_name(index)
        yield Tensor(
            name=name,
            shape=tuple(engine.get_tensor_shape(name))[1:],
            dtype=np.dtype(module.nptype(engine.get_tensor_dtype(name))),
            is_input=engine.get_tensor_mode(name) == module.TensorIOMode.INPUT,
        )


def _configure(engine: Any, module: Any, kernels: bytes | None) -> tuple[Any, Any]:  # noqa: ANN401
    """Return the configuration that TensorRT for RTX makes contexts with, and its kernels' store.

    Kernels for the batch size are compiled before the first run ends: a graph would keep the
    slower ones that bridge the time otherwise.
    """
    config = engine.create_runtime_config()
    strategies = module.DynamicShapesKernelSpecializationStrategy
    config.dynamic_shapes_kernel_specialization_strategy = strategies.EAGER
    jit = config.create_runtime_cache()
    if kernels is not None:
        jit.deserialize(kernels)  # False from another driver or GPU: they are compiled anew
    config.set_runtime_cache(jit)
    return config, jit
