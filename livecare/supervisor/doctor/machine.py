"""Looks at the machine: processor, memory, shared memory for the rings, clock, graphics card."""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

import psutil

from livecare import disk
from livecare.load import engine_cores
from livecare.run_place import MEMORY_FOLDER
from livecare.supervisor.doctor.finding import Finding

GIGABYTE: Final = 1e9
SMALL_MEMORY_GB: Final = 2.0
"""Free memory, GB: engine, rings and recorder take about 1 GB at 2048²."""
SMALL_RING_GB: Final = 0.25
"""Shared memory, GB: containers give 0.064; two rings of 64 frames of 512² take 0.07."""
COARSE_CLOCK_S: Final = 1e-6
"""A step or a reading above this shows in latencies, s."""
CLOCK_READINGS: Final = 2000
GPU_TIMEOUT_S: Final = 10.0
"""nvidia-smi takes 1-3 s on a card that slept, and hangs on a broken driver."""


def look_at_machine() -> list[Finding]:
    """Look at all of it; takes a second at most where nothing hangs."""
    return [_cores(), _memory(), look_at_ring(MEMORY_FOLDER), _clock(), look_at_gpu()]


def _cores() -> Finding:
    return Finding("cores", f"{psutil.cpu_count()}, of which an engine may use {engine_cores()}")


def _memory() -> Finding:
    free_gb = psutil.virtual_memory().available / GIGABYTE
    if free_gb < SMALL_MEMORY_GB:
        cure = "close other programs, or record smaller frames"
        return Finding("memory", f"{free_gb:.1f} GB free", "yellow", cure)
    return Finding("memory", f"{free_gb:.1f} GB free")


def look_at_ring(folder: Path) -> Finding:
    """Look at where the rings will lie: a folder in memory, where the system has one."""
    if not folder.is_dir():
        return Finding("ring", "in a file of the temporary folder, as this system does it")
    free_gb = disk.free_bytes(folder) / GIGABYTE
    found = f"{folder}, in memory, {free_gb:.2f} GB free"
    if free_gb < SMALL_RING_GB:
        cure = (
            "large frames will go through a file of the temporary folder, which is slower: give "
            "shared memory more room (in a container: --shm-size=2g)"
        )
        return Finding("ring", found, "yellow", cure)
    return Finding("ring", found)


def _clock() -> Finding:
    clock = time.get_clock_info("perf_counter")
    began = time.perf_counter()
    for _ in range(CLOCK_READINGS):
        time.perf_counter_ns()
    reading_s = (time.perf_counter() - began) / CLOCK_READINGS
    found = f"{clock.implementation}, steps of {clock.resolution * 1e9:.0f} ns"
    found += f", {reading_s * 1e9:.0f} ns per reading"
    if clock.resolution > COARSE_CLOCK_S or reading_s > COARSE_CLOCK_S or not clock.monotonic:
        cure = "latencies are coarse: choose another clock source (tsc) in the system or the BIOS"
        return Finding("clock", found, "yellow", cure)
    return Finding("clock", found)


def look_at_gpu(command: str = "nvidia-smi") -> Finding:
    """Ask the graphics driver's own tool, in a process that may hang; CUDA is never loaded."""
    program = shutil.which(command)
    if program is None:
        return Finding(
            "GPU",
            f"none found: there is no {command}",
            "yellow",
            "frames are restored on the CPU; to use an NVIDIA card, install its driver",
        )
    query = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    cure = "restart the machine; if that does not help, install the card's driver again"
    try:
        done = subprocess.run(  # noqa: S603 the driver's own tool, found on the path
            query, capture_output=True, text=True, timeout=GPU_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Finding("GPU", f"{command} did not answer in {GPU_TIMEOUT_S:.0f} s", "red", cure)
    except OSError as error:
        return Finding("GPU", f"{command} cannot be run: {error.strerror}", "red", cure)
    said = " ".join((done.stdout or done.stderr).split())
    if done.returncode != 0:
        return Finding("GPU", f"{command} failed: {said}", "red", cure)
    return Finding("GPU", said)
