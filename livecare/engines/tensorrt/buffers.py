"""Buffers: which host memory the GPU can reach by itself, and who owns it."""

import math
import mmap
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livecare.engines.tensorrt.cuda import Cuda, DeviceAddress


class PinnedArrays:
    """Arrays that an engine gave away, whose frames the GPU copies without the CPU's help.

    The memory is Python's and only registered with CUDA, so that an array which outlives its engine
    is slower and nothing worse.
    """

    def __init__(self, cuda: Cuda) -> None:
        self._cuda = cuda
        self._arrays: list[NDArray[Any]] = []
        self._resources = ExitStack()

    def allocate(self, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        """Return a new array of zeros, on pages of its own; its memory is kept until `close`."""
        values = math.prod(shape)
        size_bytes = max(1, values * np.dtype(dtype).itemsize)
        pages = np.frombuffer(mmap.mmap(-1, size_bytes), np.uint8)
        self._cuda.register(pages)
        self._resources.callback(self._cuda.unregister, pages)
        self._arrays.append(pages)
        return pages[: values * np.dtype(dtype).itemsize].view(dtype).reshape(shape)

    def holds(self, frames: NDArray[Any]) -> bool:
        """Say whether frames stand here as the GPU needs them: in one piece, in native order."""
        if not (frames.flags.c_contiguous and frames.dtype.isnative):
            return False
        start = frames.ctypes.data
        return any(
            pages.ctypes.data <= start and start + frames.nbytes <= pages.ctypes.data + pages.nbytes
            for pages in self._arrays
        )

    def close(self) -> None:
        """Make all arrays ordinary memory; safe to call twice."""
        self._arrays.clear()
        self._resources.close()


class TensorBuffer:
    """Room for a tensor of a batch, on the GPU and pinned on the host.

    Attributes
    ----------
    host : array, shape of the tensor
        Written or read by the CPU when nothing that is queued uses it.
    device : DeviceAddress
        The same on the GPU.
    """

    def __init__(
        self,
        cuda: Cuda,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        resources: ExitStack,
        *,
        write_combined: bool,
    ) -> None:
        size_bytes = math.prod(shape) * dtype.itemsize
        self.device: DeviceAddress = cuda.malloc(size_bytes)
        resources.callback(cuda.free, self.device)
        memory = cuda.malloc_host(size_bytes, write_combined=write_combined)
        resources.callback(cuda.free_host, memory)
        self.host: NDArray[Any] = memory.view(dtype).reshape(shape)
