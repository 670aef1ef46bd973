r"""TensorRT 8.6 (or 10) alone: builds an engine from ONNX, times it, and compares its result.

Needs Python 3.10 or newer, numpy, tensorrt and NVIDIA's driver; nothing of livecare but
`cuda_driver.py` beside this file. For machines where TensorRT 8.6, whose wheels end at Python 3.10,
is the only one that knows the GPU. A model is a folder with model.onnx, test_input.npy and
test_output.npy, as livecare's bundled ones; the comparison wants test_input in network units, which
is so for models in noise units (`kind: anscombe`); of others it says nothing. ::

    PYTHONPATH=… LD_LIBRARY_PATH=… python3.10 benchmarks/gpu_tensorrt8.py --out trt8.json \
        --models livecare/models/bundled/default-fast livecare/models/bundled/default

Times are of a CUDA graph of copy to the GPU, network, copy back (float32 in and out), and of the
network alone. It has not run on a GPU where it was written.
"""

import argparse
import ctypes
import itertools
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from cuda_driver import Driver, DriverError, Stream, find_gpus

CALLS = 200
"""Timed calls, at most."""
WORKSPACE_BYTES = 4 << 30
SECONDS = 1.5
"""Of timing, at most."""


def build(
    trt: ModuleType, onnx: bytes, shapes: list[tuple[int, ...]], *, half: bool
) -> tuple[Any, float]:
    """Return an engine for a shape of (n, 1, y, x), and how long it took to build, s."""
    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    explicit = getattr(trt.NetworkDefinitionCreationFlag, "EXPLICIT_BATCH", None)
    network = builder.create_network(0 if explicit is None else 1 << int(explicit))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(onnx):
        raise RuntimeError("; ".join(str(parser.get_error(i)) for i in range(parser.num_errors)))
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
    if half:
        config.set_flag(trt.BuilderFlag.FP16)
    profile = builder.create_optimization_profile()
    profile.set_shape(network.get_input(0).name, *shapes)
    config.add_optimization_profile(profile)
    begun = time.perf_counter()
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise RuntimeError("TensorRT built no engine: see its words above")
    return trt.Runtime(logger).deserialize_cuda_engine(plan), time.perf_counter() - begun


class Runner:
    """An engine with memory for one shape.

    Parameters
    ----------
    trt : module
        TensorRT.
    engine : ICudaEngine
        Built for the shape.
    driver : Driver
        With the GPU in use.
    shape : tuple of int
        (n, 1, y, x).
    """

    def __init__(
        self,
        trt: ModuleType,
        engine: Any,  # noqa: ANN401 TensorRT's
        driver: Driver,
        shape: tuple[int, ...],
    ) -> None:
        self._stream = Stream(driver)
        self._context = engine.create_execution_context()
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        inputs = [each for each in names if engine.get_tensor_mode(each) == trt.TensorIOMode.INPUT]
        outputs = [each for each in names if each not in inputs]
        self._context.set_input_shape(inputs[0], shape)
        made = tuple(self._context.get_tensor_shape(outputs[0]))
        self.given, self._given = _locked(driver, shape)
        self.made, self._made = _locked(driver, made)
        self._memory = [driver.allocate(each.nbytes) for each in (self.given, self.made)]
        for name, address in zip((inputs[0], outputs[0]), self._memory, strict=True):
            self._context.set_tensor_address(name, address)
        self._driver = driver
        self._all()  # the first use prepares what a graph cannot record
        self._stream.wait()
        self._launch_all = self._stream.capture(self._all)
        self._launch_network = self._stream.capture(self._network)

    def whole(self) -> None:
        """Restore what stands in `given` into `made`."""
        self._launch_all()
        self._stream.wait()

    def network(self) -> None:
        """Run the network alone, on what the GPU has."""
        self._launch_network()
        self._stream.wait()

    def close(self) -> None:
        """Free the memory on the GPU."""
        for address in self._memory:
            self._driver.release(address)

    def _all(self) -> None:
        self._stream.upload(self._given, self._memory[0], self.given.nbytes)
        self._network()
        self._stream.download(self._memory[1], self._made, self.made.nbytes)

    def _network(self) -> None:
        if not self._context.execute_async_v3(self._stream.handle):
            raise RuntimeError("TensorRT could not run the network: see its words above")


def _locked(driver: Driver, shape: tuple[int, ...]) -> tuple[Any, int]:
    """Return a float32 array in page-locked memory, and its address."""
    count = int(np.prod(shape))
    address = driver.allocate_locked(4 * count)
    values = (ctypes.c_float * count).from_address(address)
    return np.ctypeslib.as_array(values).reshape(shape), address


def percentiles_ms(call: Callable[[], None]) -> dict[str, float]:
    """Time calls; return p50, p99 and the least, ms."""
    call()
    taken: list[float] = []
    begun = time.perf_counter()
    while len(taken) < CALLS and time.perf_counter() - begun < SECONDS:
        started = time.perf_counter()
        call()
        taken.append(1e3 * (time.perf_counter() - started))
    p50, p99 = np.percentile(taken, (50, 99))
    return {"p50_ms": float(p50), "p99_ms": float(p99), "least_ms": min(taken)}


def difference(folder: Path, made: "np.ndarray[Any, Any]") -> dict[str, float]:
    """Compare with the package's test output: largest, and relative to what the network changes."""
    wanted, given = np.load(folder / "test_output.npy"), np.load(folder / "test_input.npy")
    change = np.sqrt(np.mean(np.square(wanted[:, :1] - given)))
    error = np.sqrt(np.mean(np.square(made[:, :1] - wanted[:, :1])))
    return {
        "relative_rms": float(error / change),
        "largest": float(np.abs(made[:, :1] - wanted[:, :1]).max()),
    }


def measure(
    trt: ModuleType, driver: Driver, folder: Path, side: int, batch: int, *, half: bool
) -> dict[str, Any]:
    """Build for a shape, time it, and compare where the shape is the test frame's."""
    compared = side == 0
    shape = np.load(folder / "test_input.npy").shape if compared else (batch, 1, side, side)
    engine, built_s = build(trt, (folder / "model.onnx").read_bytes(), [shape] * 3, half=half)
    runner = Runner(trt, engine, driver, shape)
    row: dict[str, Any] = {"shape": shape, "built_s": built_s}
    if compared:
        runner.given[...] = np.load(folder / "test_input.npy")
        runner.whole()
        row["difference"] = difference(folder, runner.made)
    else:
        runner.given[...] = np.random.default_rng(0).uniform(1, 10, shape)
        row["whole"] = percentiles_ms(runner.whole)
        row["network"] = percentiles_ms(runner.network)
        row["mpx_s"] = batch * side * side / row["whole"]["p50_ms"] / 1e3
    runner.close()
    return row


def main() -> None:
    """Build, time, print, write after each engine."""
    given = read_arguments()
    told: dict[str, Any] = {"python": sys.version.split()[0], "rows": []}
    try:
        told["gpu"] = [vars(each) for each in find_gpus()]
        trt = import_module("tensorrt")
    except (DriverError, ImportError) as error:
        told["none"] = f"TensorRT 8 step: {error}"
        print(told["none"])
        write(given.out, told)
        return
    told["tensorrt"] = trt.__version__
    driver = Driver()
    driver.use()
    begun = time.monotonic()
    cases = [(0, 1), *itertools.product(given.sides, given.batches)]
    for (side, batch), folder, half in itertools.product(cases, given.models, (True, False)):
        row: dict[str, Any] = {"model": folder.name, "side": side, "batch": batch, "half": half}
        if time.monotonic() - begun > given.limit_s:
            row["failed"] = "not tried: the time was up"
        else:
            try:
                row |= measure(trt, driver, folder, side, batch, half=half)
            except RuntimeError as error:
                row["failed"] = str(error)
        told["rows"].append(row)
        print(row, flush=True)
        write(given.out, told)


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, required=True, help="the JSON")
    parser.add_argument("--models", type=Path, nargs="+", required=True)
    parser.add_argument("--sides", type=int, nargs="+", default=[512, 1024, 2048])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--limit-s", type=float, default=float("inf"), help="begin nothing later")
    return parser.parse_args()


def write(out: Path, told: dict[str, Any]) -> None:
    """Write what there is so far."""
    out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
