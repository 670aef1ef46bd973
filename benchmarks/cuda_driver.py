"""NVIDIA's driver, called without any package: what GPUs there are, memory, streams, graphs.

Needs nothing but Python 3.10 and the driver, so that it runs beside any version of any library. It
has not run on a GPU yet where this was written.
"""

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
NAME_BYTES = 256
COMPUTE_MAJOR, COMPUTE_MINOR = 75, 76
"""Numbers of the attributes CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR."""
OUT_OF_MEMORY = 2
"""CUDA_ERROR_OUT_OF_MEMORY."""
CAPTURE_THREAD_LOCAL = 1
"""CU_STREAM_CAPTURE_MODE_THREAD_LOCAL."""


class DriverError(RuntimeError):
    """A call of the driver failed, or there is no driver; names the call and its number."""

    def __init__(self, call: str, code: int) -> None:
        super().__init__(f"{call} failed with {code}" if code > 0 else call)
        self.code = code


@dataclass(frozen=True)
class Gpu:
    """A GPU.

    Attributes
    ----------
    name, compute : str
        Its name, and its compute capability, such as "8.9".
    memory_gb : float
        Of its own, GB.
    """

    name: str
    compute: str
    memory_gb: float


def find_gpus() -> list[Gpu]:
    """Return the GPUs that the driver shows.

    Raises
    ------
    DriverError
        If there is no driver, or it shows none.
    """
    try:
        driver = Driver()
    except OSError as error:
        raise DriverError(f"NVIDIA's driver is not there ({LIBRARY})", -1) from error
    return [driver.describe(index) for index in range(driver.count())]


class Driver:
    """The driver, initialised. Raises OSError where it is not installed."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        self.call("cuInit", 0)

    def call(self, name: str, *arguments: Any) -> None:  # noqa: ANN401 what C takes
        """Call a function. Raises DriverError unless it succeeds."""
        function: Callable[..., int] = getattr(self._library, name)
        code = function(*arguments)
        if code:
            raise DriverError(name, code)

    def count(self) -> int:
        """Return how many GPUs there are."""
        found = ctypes.c_int()
        self.call("cuDeviceGetCount", ctypes.byref(found))
        return found.value

    def describe(self, index: int) -> Gpu:
        """Describe a GPU."""
        name, size = ctypes.create_string_buffer(NAME_BYTES), ctypes.c_size_t()
        self.call("cuDeviceGetName", name, NAME_BYTES, index)
        self.call("cuDeviceTotalMem_v2", ctypes.byref(size), index)
        parts = []
        for attribute in (COMPUTE_MAJOR, COMPUTE_MINOR):
            number = ctypes.c_int()
            self.call("cuDeviceGetAttribute", ctypes.byref(number), attribute, index)
            parts.append(str(number.value))
        return Gpu(name.value.decode(), ".".join(parts), round(size.value / 1e9, 1))

    def use(self, index: int = 0) -> None:
        """Work with a GPU in this thread, in the context that other libraries use too."""
        context = ctypes.c_void_p()
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), index)
        self.call("cuCtxSetCurrent", context)

    def free_bytes(self) -> int:
        """Return how much memory of the GPU in use is free."""
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        self.call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value

    def allocate(self, size: int) -> int:
        """Return the address of new memory on the GPU. Raises DriverError."""
        address = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(size))
        return address.value

    def release(self, address: int) -> None:
        """Free memory on the GPU."""
        self.call("cuMemFree_v2", ctypes.c_uint64(address))

    def allocate_locked(self, size: int) -> int:
        """Return the address of new page-locked memory of the host."""
        address = ctypes.c_void_p()
        self.call("cuMemAllocHost_v2", ctypes.byref(address), ctypes.c_size_t(size))
        assert address.value is not None
        return address.value


class Stream:
    """A queue of work on the GPU.

    Parameters
    ----------
    driver : Driver
        With a GPU in use.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._stream = ctypes.c_void_p()
        driver.call("cuStreamCreate", ctypes.byref(self._stream), 0)

    @property
    def handle(self) -> int:
        """Number that other libraries know it by."""
        return self._stream.value or 0

    def wait(self) -> None:
        """Wait until all is done."""
        self._driver.call("cuStreamSynchronize", self._stream)

    def upload(self, source: int, target: int, size: int) -> None:
        """Queue a copy from the host to the GPU."""
        sizes = (ctypes.c_uint64(target), ctypes.c_void_p(source), ctypes.c_size_t(size))
        self._driver.call("cuMemcpyHtoDAsync_v2", *sizes, self._stream)

    def download(self, source: int, target: int, size: int) -> None:
        """Queue a copy from the GPU to the host."""
        sizes = (ctypes.c_void_p(target), ctypes.c_uint64(source), ctypes.c_size_t(size))
        self._driver.call("cuMemcpyDtoHAsync_v2", *sizes, self._stream)

    def capture(self, work: Callable[[], object]) -> Callable[[], None]:
        """Record what `work` queues and return what queues it all again, as one graph."""
        graph, ready = ctypes.c_void_p(), ctypes.c_void_p()
        call = self._driver.call
        call("cuStreamBeginCapture_v2", self._stream, CAPTURE_THREAD_LOCAL)
        work()
        call("cuStreamEndCapture", self._stream, ctypes.byref(graph))
        call("cuGraphInstantiateWithFlags", ctypes.byref(ready), graph, ctypes.c_uint64(0))
        return lambda: call("cuGraphLaunch", ready, self._stream)
