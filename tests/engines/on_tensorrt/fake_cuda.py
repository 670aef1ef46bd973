"""A CUDA runtime without a GPU: `livecare.engines.tensorrt.cuda.Cuda(FakeCudart())`.

Queued work runs when somebody waits for it and not before, so that a missing wait gives wrong
pixels. Memory of the GPU lies in the host's, with its own addresses; every copy is checked against
what is allocated or pinned.
"""

# ruff: noqa: ARG002, N802, N803, N815 - names and arguments are CUDA's

import ctypes
from collections import Counter
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
from cuda_names import CudaError, MemcpyKind, StreamCaptureMode
from fake_stream import FakeStream, Operation

POISON = 0xA5
"""Fills new memory: what was never written shows."""


OK = CudaError.cudaSuccess


class FakeCudart:
    """The module `cuda.bindings.runtime`, as far as livecare calls it.

    `fail("cudaMalloc", CudaError.cudaErrorMemoryAllocation, at=3)` makes the third call from now
    fail. `calls` counts the calls, `copied` has the host addresses of all copies.
    """

    cudaError_t = CudaError
    cudaMemcpyKind = MemcpyKind
    cudaStreamCaptureMode = StreamCaptureMode
    cudaStreamNonBlocking = 1
    cudaEventBlockingSync = 1
    cudaHostAllocDefault = 0
    cudaHostAllocWriteCombined = 4
    cudaHostRegisterDefault = 0

    def __init__(self, memory_bytes: int = 8 << 30, name: str = "Fake GPU", gpus: int = 1) -> None:
        self.calls: Counter[str] = Counter()
        self.copied: list[int] = []
        self.trace: list[tuple[str, int]] = []
        self.sticky = OK
        self._memory_bytes = memory_bytes
        self._gpus = [name] * gpus
        self._failures: dict[str, tuple[int, CudaError]] = {}
        self._handles = count(1000)
        self.device: dict[int, np.ndarray] = {}
        self.host: dict[int, np.ndarray] = {}
        self.registered: dict[int, int] = {}
        self.streams: dict[int, FakeStream] = {}
        self.events: dict[int, dict[str, Any]] = {}
        self.graphs: dict[int, list[Operation]] = {}
        self.execs: dict[int, list[Operation]] = {}

    def fail(self, call: str, status: CudaError, at: int = 1) -> None:
        self._failures[call] = (self.calls[call] + at, status)

    def leaks(self) -> dict[str, int]:
        kept = vars(self)
        names = ("device", "host", "registered", "streams", "events", "graphs", "execs")
        return {name: len(kept[name]) for name in names if kept[name]}

    def enqueue(self, stream: int, operation: Operation) -> bool:
        """Queue work of a fake TensorRT's; False where the stream is none."""
        target = self.streams.get(stream)
        if target is None:
            return False
        (target.queued if target.captured is None else target.captured).append(operation)
        return True

    def capturing(self, stream: int) -> bool:
        return self.streams[stream].captured is not None

    def spoil(self, stream: int) -> None:
        """Make a capture fail at its end, as work does that no graph can hold."""
        self.streams[stream].spoilt = True

    def array(self, address: int, size_bytes: int) -> np.ndarray:
        """Bytes at an address of the GPU; raises where it has none."""
        for start, memory in self.device.items():
            if start <= address and address + size_bytes <= start + memory.nbytes:
                return memory[address - start : address - start + size_bytes]
        self.sticky = CudaError.cudaErrorIllegalAddress
        raise _IllegalAddressError

    # --- the calls ---

    def _status(self, call: str) -> CudaError:
        self.calls[call] += 1
        at, status = self._failures.get(call, (0, OK))
        if self.calls[call] == at:
            return status
        return self.sticky

    def cudaGetErrorName(self, error: CudaError) -> tuple[CudaError, bytes]:
        return OK, CudaError(error).name.encode()

    def cudaGetErrorString(self, error: CudaError) -> tuple[CudaError, bytes]:
        words = {CudaError.cudaErrorMemoryAllocation: b"out of memory"}
        return OK, words.get(error, b"words")

    def cudaGetLastError(self) -> tuple[CudaError]:
        return (self.sticky,)

    def cudaGetDeviceCount(self) -> tuple[CudaError, int | None]:
        status = self._status("cudaGetDeviceCount")
        return status, None if status else len(self._gpus)

    def cudaDriverGetVersion(self) -> tuple[CudaError, int]:
        return self._status("cudaDriverGetVersion"), 13010

    def cudaGetDeviceProperties(self, device: int) -> tuple[CudaError, Any]:
        properties = SimpleNamespace(
            name=self._gpus[device].encode(), major=8, minor=9, multiProcessorCount=48
        )
        return self._status("cudaGetDeviceProperties"), properties

    def cudaSetDevice(self, device: int) -> tuple[CudaError]:
        bad = CudaError.cudaErrorInvalidValue if device >= len(self._gpus) else OK
        return (self._status("cudaSetDevice") or bad,)

    def cudaMemGetInfo(self) -> tuple[CudaError, int, int]:
        used = sum(memory.nbytes for memory in self.device.values())
        return self._status("cudaMemGetInfo"), self._memory_bytes - used, self._memory_bytes

    def cudaMalloc(self, size: int) -> tuple[CudaError, int | None]:
        status = self._status("cudaMalloc")
        if not status and size > self.cudaMemGetInfo()[1]:
            status = CudaError.cudaErrorMemoryAllocation
        if status:
            return status, None
        memory = np.full(size, POISON, np.uint8)
        self.device[memory.ctypes.data] = memory
        return OK, memory.ctypes.data

    def cudaFree(self, devPtr: int) -> tuple[CudaError]:
        return self._drop("cudaFree", self.device, devPtr)

    def cudaHostAlloc(self, size: int, flags: int) -> tuple[CudaError, int | None]:
        status = self._status("cudaHostAlloc")
        if status or flags not in (0, 4):
            return status or CudaError.cudaErrorInvalidValue, None
        memory = np.full(size, POISON, np.uint8)
        self.host[memory.ctypes.data] = memory
        return OK, memory.ctypes.data

    def cudaFreeHost(self, ptr: int) -> tuple[CudaError]:
        return self._drop("cudaFreeHost", self.host, ptr)

    def cudaHostRegister(self, ptr: int, size: int, flags: int) -> tuple[CudaError]:
        status = self._status("cudaHostRegister")
        if not status and ptr in self.registered:
            status = CudaError.cudaErrorHostMemoryAlreadyRegistered
        if not status and (ptr % 4096 or flags):
            status = CudaError.cudaErrorInvalidValue
        if not status:
            self.registered[ptr] = size
        return (status,)

    def cudaHostUnregister(self, ptr: int) -> tuple[CudaError]:
        return self._drop("cudaHostUnregister", self.registered, ptr)

    def cudaStreamCreateWithFlags(self, flags: int) -> tuple[CudaError, int | None]:
        return self._make("cudaStreamCreateWithFlags", self.streams, FakeStream())

    def cudaStreamDestroy(self, stream: int) -> tuple[CudaError]:
        """Stricter than CUDA: nothing may be queued any more, or buffers are freed under it."""
        if stream in self.streams and self.streams[stream].queued and not self.sticky:
            return (CudaError.cudaErrorInvalidResourceHandle,)
        return self._drop("cudaStreamDestroy", self.streams, stream)

    def cudaStreamSynchronize(self, stream: int) -> tuple[CudaError]:
        status = self._status("cudaStreamSynchronize")
        return (status or self._run(stream, None),)

    def cudaEventCreateWithFlags(self, flags: int) -> tuple[CudaError, int | None]:
        return self._make("cudaEventCreateWithFlags", self.events, {"done": True, "stream": 0})

    def cudaEventDestroy(self, event: int) -> tuple[CudaError]:
        return self._drop("cudaEventDestroy", self.events, event)

    def cudaEventRecord(self, event: int, stream: int) -> tuple[CudaError]:
        status = self._status("cudaEventRecord")
        if not status:
            self.events[event].update(done=False, stream=stream)
            self.enqueue(stream, lambda: self.events[event].update(done=True))
        return (status,)

    def cudaEventSynchronize(self, event: int) -> tuple[CudaError]:
        status = self._status("cudaEventSynchronize")
        return (status or self._run(self.events[event]["stream"], event),)

    def cudaMemcpyAsync(
        self, dst: int, src: int, count: int, kind: MemcpyKind, stream: int
    ) -> tuple[CudaError]:
        status = self._status("cudaMemcpyAsync")
        inwards = kind is MemcpyKind.cudaMemcpyHostToDevice
        there, here = (dst, src) if inwards else (src, dst)
        if not (self._on_device(there, count) and self._pinned(here, count)):
            status = status or CudaError.cudaErrorInvalidValue
        if status:
            return (status,)
        self.copied.append(here)

        def copy() -> None:
            device = self.array(there, count)
            if not self._pinned(here, count):
                self.sticky = CudaError.cudaErrorIllegalAddress
                raise _IllegalAddressError
            self.trace.append(("in" if inwards else "out", stream))
            target, source = (device.ctypes.data, here) if inwards else (here, device.ctypes.data)
            ctypes.memmove(target, source, count)

        return (OK if self.enqueue(stream, copy) else CudaError.cudaErrorInvalidResourceHandle,)

    def cudaStreamBeginCapture(self, stream: int, mode: StreamCaptureMode) -> tuple[CudaError]:
        status = self._status("cudaStreamBeginCapture")
        if not status:
            self.streams[stream].captured = []
        return (status,)

    def cudaStreamEndCapture(self, stream: int) -> tuple[CudaError, int | None]:
        status = self._status("cudaStreamEndCapture")
        target = self.streams[stream]
        captured, target.captured = target.captured, None
        if target.spoilt or captured is None:
            status, target.spoilt = CudaError.cudaErrorStreamCaptureInvalidated, False
        if status:
            return status, None
        return self._make("graph", self.graphs, captured)

    def cudaGraphInstantiate(self, graph: int, flags: int) -> tuple[CudaError, int | None]:
        return self._make("cudaGraphInstantiate", self.execs, self.graphs[graph])

    def cudaGraphDestroy(self, graph: int) -> tuple[CudaError]:
        return self._drop("cudaGraphDestroy", self.graphs, graph)

    def cudaGraphLaunch(self, graphExec: int, stream: int) -> tuple[CudaError]:
        status = self._status("cudaGraphLaunch")
        if not status:
            self.streams[stream].queued.extend(self.execs[graphExec])
        return (status,)

    def cudaGraphExecDestroy(self, graphExec: int) -> tuple[CudaError]:
        return self._drop("cudaGraphExecDestroy", self.execs, graphExec)

    # --- what they share ---

    def _make(self, call: str, kept: dict[int, Any], what: object) -> tuple[CudaError, int | None]:
        status = self._status(call)
        if status:
            return status, None
        handle = next(self._handles)
        kept[handle] = what
        return OK, handle

    def _drop(self, call: str, kept: dict[int, Any], handle: int) -> tuple[CudaError]:
        if kept.pop(int(handle), None) is None:
            return (CudaError.cudaErrorInvalidValue,)
        return (self._status(call),)

    def _run(self, stream: int, event: int | None) -> CudaError:
        """Run what is queued, up to an event."""
        target = self.streams.get(stream)
        if target is None:
            return CudaError.cudaErrorInvalidResourceHandle if event is None else OK
        while target.queued and not (event and self.events[event]["done"]):
            try:
                target.queued.pop(0)()
            except _IllegalAddressError:
                break
        return self.sticky

    def _on_device(self, address: int, size_bytes: int) -> bool:
        return any(
            start <= address and address + size_bytes <= start + memory.nbytes
            for start, memory in self.device.items()
        )

    def _pinned(self, address: int, size_bytes: int) -> bool:
        sizes = {start: memory.nbytes for start, memory in self.host.items()}
        return any(
            start <= address and address + size_bytes <= start + size
            for start, size in (sizes | self.registered).items()
        )


class _IllegalAddressError(Exception):
    """Work that ran reached for memory that is not there."""
