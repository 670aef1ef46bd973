"""The rates that no network beats: matrix products and copies, on the CPU and on a GPU.

A side (`sides`) of its own, so that torch's threads and memory are in no measurement's way. numpy's
BLAS is always there; torch, where it is installed, may be faster and knows the other precisions and
the GPU. The best of what was tried counts.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from side_protocol import serve

if TYPE_CHECKING:
    import torch

CPU_SIDE: Final = 1536
"""Rows and columns of the matrices on the CPU: 7 GFLOP, larger than its caches."""
GPU_SIDE: Final = 8192
"""The same on a GPU: 1.1 TFLOP."""
CPU_BYTES: Final = 256 << 20
"""Bytes that are copied on the CPU: more than any cache."""
GPU_BYTES: Final = 1 << 30
FRAME_BYTES: Final = 2 << 22
"""Of a 2048² frame of 16 bits, which is copied to a GPU and back."""
SLOW_PART: Final = 6
"""Part of the matrices that bf16 is tried on first: processors without it take a minute for all."""
REPEATS: Final = 15
"""Tries, after one that does not count; the fastest counts: three were too few
for numpy, whose first products share the cores with whatever ran just before."""

Ceilings = dict[str, Any]


def fastest_s(work: Callable[[], object]) -> float:
    """Return the shortest time of some tries, s."""
    work()
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def measure(threads: int, *, gpu: bool = False, small: bool = False) -> Ceilings:
    """Measure the CPU, or the GPU that torch sees.

    Parameters
    ----------
    threads : int
        CPU threads.
    gpu : bool
        Whether the GPU is wanted; answers ``{"none": reason}`` where there is none.
    small : bool
        Only show that it works.
    """
    if gpu:
        return _measure_gpu(GPU_SIDE // 16 if small else GPU_SIDE)
    side, size = (128, 1 << 20) if small else (CPU_SIDE, CPU_BYTES)
    gflops = {"fp32": _numpy_gflops(side)}
    copies = [_numpy_copy_gb_s(size, threads)]
    if find_spec("torch"):
        rates, copy_gb_s = _torch_cpu(side, size, threads)
        copies.append(copy_gb_s)
        gflops = {name: max(rate, gflops.get(name, 0.0)) for name, rate in rates.items()}
    return {"device": "cpu", "gflops": gflops, "copy_gb_s": max(copies)}


def _numpy_gflops(side: int) -> float:
    left, right = np.random.default_rng(0).random((2, side, side), np.float32)
    out = np.empty_like(left)
    return 2 * side**3 / fastest_s(lambda: np.matmul(left, right, out=out)) / 1e9


def _numpy_copy_gb_s(size: int, threads: int) -> float:
    """Copy with as many threads as the engines have: numpy gives way to others meanwhile."""
    given, made = np.ones((2, threads, size // threads), np.uint8)
    with ThreadPoolExecutor(threads) as pool:
        return 2 * size / fastest_s(lambda: list(pool.map(np.copyto, made, given))) / 1e9


def _torch_cpu(side: int, size: int, threads: int) -> tuple[dict[str, float], float]:
    import torch  # noqa: PLC0415 it may be missing

    torch.set_num_threads(threads)
    pair = torch.rand(2, side, side)
    rates = {"fp32": _product_gflops(pair, lambda: None)}
    half = pair.to(torch.bfloat16)
    part = half[:, : side // SLOW_PART, : side // SLOW_PART].contiguous()
    rates["bf16"] = _product_gflops(part, lambda: None)
    if rates["bf16"] > rates["fp32"] / 2:
        rates["bf16"] = _product_gflops(half, lambda: None)
    given, made = torch.ones(2, size, dtype=torch.uint8)
    return rates, 2 * size / fastest_s(lambda: made.copy_(given)) / 1e9


def _measure_gpu(side: int) -> Ceilings:
    if not find_spec("torch"):
        return {"none": "torch is not installed here, which measures a GPU's ceilings"}
    import torch  # noqa: PLC0415 it may be missing

    if not torch.cuda.is_available():
        return {"none": "torch sees no CUDA device"}
    wait = torch.cuda.synchronize
    kinds = {
        "fp32": (torch.float32, False),
        "tf32": (torch.float32, True),
        "fp16": (torch.float16, False),
        "bf16": (torch.bfloat16, False),
    }
    gflops = {}
    for name, (kind, tf32) in kinds.items():
        with _tf32(torch, allowed=tf32):
            gflops[name] = _product_gflops(torch.rand(2, side, side, device="cuda").to(kind), wait)
    given, made = torch.ones(2, GPU_BYTES, dtype=torch.uint8, device="cuda")
    return {
        "device": torch.cuda.get_device_name(),
        "gflops": gflops,
        "copy_gb_s": 2 * GPU_BYTES / fastest_s(lambda: (made.copy_(given), wait())) / 1e9,
        "frame_copies_gb_s": _frame_copies_gb_s(torch),
    }


@contextmanager
def _tf32(torch: Any, *, allowed: bool) -> Iterator[None]:  # noqa: ANN401 a module
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = allowed
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def _product_gflops(pair: "torch.Tensor", wait: Callable[[], object]) -> float:
    import torch  # noqa: PLC0415 it may be missing

    left, right = pair
    out = left.new_empty(left.shape)
    seconds = fastest_s(lambda: (torch.mm(left, right, out=out), wait()))
    return 2 * float(left.shape[0]) ** 3 / seconds / 1e9


def _frame_copies_gb_s(torch: Any) -> dict[str, float]:  # noqa: ANN401 a module
    """Copy a frame to the GPU and back, from plain and from page-locked memory."""
    on_gpu = torch.empty(FRAME_BYTES, dtype=torch.uint8, device="cuda")
    rates = {}
    for name, pinned in (("plain", False), ("page-locked", True)):
        frame = torch.ones(FRAME_BYTES, dtype=torch.uint8, pin_memory=pinned)
        for way, source, target in (("to", frame, on_gpu), ("from", on_gpu, frame)):
            seconds = fastest_s(
                lambda source=source, target=target: (
                    target.copy_(source, non_blocking=True),
                    torch.cuda.synchronize(),
                )
            )
            rates[f"{way} the GPU, {name}"] = FRAME_BYTES / seconds / 1e9
    return rates


if __name__ == "__main__":
    serve({"measure": measure})
