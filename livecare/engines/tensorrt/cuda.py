"""CUDA: the only module that knows its runtime's calls, and what their failures mean to a user."""

import ctypes
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, NewType

import numpy as np
from numpy.typing import NDArray

from livecare.engines.faults import kind_of_state
from livecare.engines.tensorrt.key import Gpu
from livecare.errors import EngineError, MissingExtraError

Stream = NewType("Stream", int)
Event = NewType("Event", int)
GraphExec = NewType("GraphExec", int)
DeviceAddress = NewType("DeviceAddress", int)

DEVICE: Final = 0
"""The GPU that is used; CUDA_VISIBLE_DEVICES makes another one the first."""

CURES: Final = {
    "cudaErrorMemoryAllocation": "give smaller batches or frames, or close other programs that use "
    "the GPU",
    "cudaErrorInsufficientDriver": "install NVIDIA's current driver, or use the engine "
    "'onnxruntime' where there is no NVIDIA GPU",
    "cudaErrorNoDevice": "use the engine 'onnxruntime': there is no NVIDIA GPU, or "
    "CUDA_VISIBLE_DEVICES hides it",
    "cudaErrorIllegalAddress": "start again: the GPU's state is lost",
    "cudaErrorLaunchFailure": "start again: the GPU's state is lost",
}
"""What to do about the failures that users meet, by CUDA's name for each."""
OTHER_CURE: Final = "start again; if it stays, update NVIDIA's driver or use another engine"


class Cuda:
    """The calls of the CUDA runtime that the engine makes.

    Every call whose status is not success raises EngineError with the call, CUDA's name and words
    for the failure, and the cure: EngineMemoryError where the GPU's memory is used up, and
    EngineLostError where it answers this process nothing else any more.

    Parameters
    ----------
    cudart : module or None
        What has the calls; None for `cuda.bindings.runtime`.

    Raises
    ------
    MissingExtraError
        If the package cuda-bindings is not installed.
    """

    def __init__(self, cudart: Any = None) -> None:  # noqa: ANN401 a module without types
        self._cudart = _import_cudart() if cudart is None else cudart

    def gpus(self) -> list[Gpu]:
        """Return the GPUs of this machine, the one that is used first."""
        count = int(self._call("cudaGetDeviceCount"))
        version = int(self._call("cudaDriverGetVersion"))
        found = [self._call("cudaGetDeviceProperties", index) for index in range(count)]
        return [
            Gpu(
                name=each.name.decode().rstrip("\0"),
                capability=(int(each.major), int(each.minor)),
                multiprocessors=int(each.multiProcessorCount),
                driver=f"{version // 1000}.{version % 1000 // 10}",
            )
            for each in found
        ]

    def use(self) -> None:
        """Make `DEVICE` the calling thread's GPU."""
        self._call("cudaSetDevice", DEVICE)

    def free_bytes(self) -> int:
        """Return how much of the GPU's memory nobody uses."""
        free, _total = self._call("cudaMemGetInfo")
        return int(free)

    def malloc(self, size_bytes: int) -> DeviceAddress:
        """Allocate memory of the GPU."""
        return DeviceAddress(int(self._call("cudaMalloc", size_bytes)))

    def free(self, address: DeviceAddress) -> None:
        """Free memory of the GPU, when nothing that is queued uses it any more."""
        self._call("cudaFree", address)

    def malloc_host(self, size_bytes: int, *, write_combined: bool = False) -> NDArray[np.uint8]:
        """Allocate pinned memory of the host, shape (size_bytes,), to be freed by `free_host`.

        Write-combined memory reaches the GPU faster, and must not be read by the CPU: that takes
        a hundred times longer.
        """
        name = "cudaHostAllocWriteCombined" if write_combined else "cudaHostAllocDefault"
        address = int(self._call("cudaHostAlloc", size_bytes, getattr(self._cudart, name)))
        return np.ctypeslib.as_array((ctypes.c_uint8 * size_bytes).from_address(address))

    def free_host(self, memory: NDArray[np.uint8]) -> None:
        """Free what `malloc_host` returned; no view of it may be used after that."""
        self._call("cudaFreeHost", memory.ctypes.data)

    def register(self, memory: NDArray[Any]) -> None:
        """Pin memory that somebody else allocated; it must start and end with a page."""
        flags = self._cudart.cudaHostRegisterDefault
        self._call("cudaHostRegister", memory.ctypes.data, memory.nbytes, flags)

    def unregister(self, memory: NDArray[Any]) -> None:
        """Make registered memory ordinary again."""
        self._call("cudaHostUnregister", memory.ctypes.data)

    def make_stream(self) -> Stream:
        """Make a stream that does not wait for the default one."""
        flags = self._cudart.cudaStreamNonBlocking
        return Stream(int(self._call("cudaStreamCreateWithFlags", flags)))

    def destroy_stream(self, stream: Stream) -> None:
        """Destroy a stream."""
        self._call("cudaStreamDestroy", stream)

    def wait_for_stream(self, stream: Stream) -> None:
        """Wait until all that was queued on a stream is done."""
        self._call("cudaStreamSynchronize", stream)

    def make_event(self) -> Event:
        """Make an event; who waits for it sleeps, and leaves the core to the recorder."""
        flags = self._cudart.cudaEventBlockingSync
        return Event(int(self._call("cudaEventCreateWithFlags", flags)))

    def destroy_event(self, event: Event) -> None:
        """Destroy an event."""
        self._call("cudaEventDestroy", event)

    def record(self, event: Event, stream: Stream) -> None:
        """Have an event happen when all that was queued on a stream so far is done."""
        self._call("cudaEventRecord", event, stream)

    def wait_for_event(self, event: Event) -> None:
        """Wait until an event has happened as it was recorded last."""
        self._call("cudaEventSynchronize", event)

    def copy_in(
        self, target: DeviceAddress, source: NDArray[Any], size_bytes: int, stream: Stream
    ) -> None:
        """Queue a copy from pinned memory, contiguous, to the GPU."""
        kind = self._cudart.cudaMemcpyKind.cudaMemcpyHostToDevice
        self._call("cudaMemcpyAsync", target, source.ctypes.data, size_bytes, kind, stream)

    def copy_out(
        self, target: NDArray[Any], source: DeviceAddress, size_bytes: int, stream: Stream
    ) -> None:
        """Queue a copy from the GPU to pinned memory, contiguous."""
        kind = self._cudart.cudaMemcpyKind.cudaMemcpyDeviceToHost
        self._call("cudaMemcpyAsync", target.ctypes.data, source, size_bytes, kind, stream)

    def capture(self, stream: Stream, enqueue: Callable[[], None]) -> GraphExec:
        """Return as one graph what `enqueue` would queue on a stream; nothing of it runs.

        What other threads do on the GPU meanwhile is no part of it and does not spoil it.
        """
        mode = self._cudart.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        self._call("cudaStreamBeginCapture", stream, mode)
        try:
            enqueue()
        except EngineError:
            status, graph = self._cudart.cudaStreamEndCapture(stream)
            if not int(status):
                self._call("cudaGraphDestroy", graph)
            raise
        graph = self._call("cudaStreamEndCapture", stream)
        try:
            return GraphExec(int(self._call("cudaGraphInstantiate", graph, 0)))
        finally:
            self._call("cudaGraphDestroy", graph)

    def launch(self, graph: GraphExec, stream: Stream) -> None:
        """Queue a graph on a stream."""
        self._call("cudaGraphLaunch", graph, stream)

    def destroy_graph(self, graph: GraphExec) -> None:
        """Destroy a graph that is not running."""
        self._call("cudaGraphExecDestroy", graph)

    def _call(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401 the bindings have no types
        """Make a call and return what it returns beside its status."""
        status, *results = getattr(self._cudart, name)(*arguments)
        if int(status):
            raise self._failure(name, status)
        return results[0] if len(results) == 1 else tuple(results)

    def _failure(self, call: str, status: Any) -> EngineError:  # noqa: ANN401 an enumeration
        name = self._cudart.cudaGetErrorName(status)[1].decode()
        words = self._cudart.cudaGetErrorString(status)[1].decode()
        self._cudart.cudaGetLastError()  # forgets it: TensorRT would stumble over it later
        return kind_of_state(name)(
            f"tensorrt: {call} failed, {name} ({words}): {CURES.get(name, OTHER_CURE)}"
        )


def _import_cudart() -> Any:  # noqa: ANN401 a module without types
    try:
        return import_module("cuda.bindings.runtime")
    except ImportError as error:
        raise MissingExtraError("cuda-bindings", "tensorrt", "the engine 'tensorrt'") from error
