"""Knows which cores a process has, and how busy they are, and GPUs where NVIDIA's library says."""

import contextlib
import os
import time
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Final

import psutil

NVML: Final = "pynvml"
"""Module of the optional package nvidia-ml-py."""


def engine_cores() -> int:
    """Return how many cores an engine may use: all that this process may run on.

    The restorer runs at a lower priority, so that recorder and viewer go before it when they need
    a core; leaving one idle for them would halve the speed of a small machine.
    """
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Windows
        return os.cpu_count() or 1


class MachineLoad:
    """Says how busy the machine is; used by one thread. Asking is cheap, and asks no GPU at first.

    Parameters
    ----------
    clock : callable
        Says what time it is, monotonic, seconds.
    """

    SPAN_S: Final = 1.0
    """Time over which a load is taken, seconds: over less it jumps."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        with contextlib.suppress(OSError, psutil.Error):
            psutil.cpu_percent(None)  # what it says next is of the time since
        self._cpu_since = clock()
        self._cpu_percent: float | None = None
        self._gpu_since: float | None = None
        self._gpu_percent: float | None = None
        self._gpus: _Gpus | None = None

    def cpu_percent(self) -> float | None:
        """Return how busy all cores are, percent; None until that is known."""
        if self._clock() - self._cpu_since >= self.SPAN_S:
            self._cpu_since = self._clock()
            try:
                self._cpu_percent = psutil.cpu_percent(None)
            except (OSError, psutil.Error):  # no more files can be opened, say
                self._cpu_percent = None
        return self._cpu_percent

    def gpu_percent(self) -> float | None:
        """Return how busy the busiest GPU is, percent; None where nothing can say."""
        if self._gpu_since is None or self._clock() - self._gpu_since >= self.SPAN_S:
            self._gpu_since = self._clock()
            self._gpus = self._gpus or _Gpus()
            self._gpu_percent = self._gpus.percent()
        return self._gpu_percent


class _Gpus:
    """The GPUs of the machine, by NVIDIA's library; there is none where that is not installed."""

    def __init__(self) -> None:
        self._nvml = _load_nvml()

    def percent(self) -> float | None:
        nvml = self._nvml
        if nvml is None:
            return None
        try:
            handles = map(nvml.nvmlDeviceGetHandleByIndex, range(nvml.nvmlDeviceGetCount()))
            loads = [nvml.nvmlDeviceGetUtilizationRates(handle).gpu for handle in handles]
        except nvml.NVMLError:  # a GPU that was lost, or one that does not say
            return None
        return float(max(loads)) if loads else None


def _load_nvml() -> ModuleType | None:
    try:
        nvml = import_module(NVML)
    except ImportError:
        return None
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:  # no driver
        return None
    return nvml
