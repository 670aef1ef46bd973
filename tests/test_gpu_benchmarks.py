"""What the GPU's benchmarks do where there is none, and their reckoning, with fakes of a GPU."""

import ast
import contextlib
import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

import livecare

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
BUNDLED = Path(livecare.__file__).parent / "models" / "bundled"
sys.path.append(str(BENCHMARKS))

import cuda_driver
import gpu_end_to_end
import gpu_found
import gpu_memory
import gpu_tensorrt8
from cuda_driver import OUT_OF_MEMORY, DriverError, Gpu, find_gpus
from gpu_gather import gather, state_of
from gpu_hog import PIECES, Hog
from sides import RefusedError

STEPS = [
    "found", "ceilings", "correct", "engines", "end_to_end", "hot_swap", "memory", "tensorrt8",
]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="a script for bash")
@pytest.mark.slow
def test_without_a_gpu_every_step_says_so(tmp_path: Path) -> None:
    if not gpu_found.why_none():
        pytest.skip("this machine has a GPU: the script would take minutes")
    variables = {**os.environ, "OUT": str(tmp_path / "out"), "PYTHON": sys.executable}

    ended = subprocess.run(
        ["bash", str(BENCHMARKS / "gpu.sh")],  # noqa: S607 whichever it is
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    told = json.loads((tmp_path / "out" / "gpu.json").read_text(encoding="utf-8"))
    assert list(told["steps"]) == STEPS
    assert told["steps"]["found"]["state"] == "done"
    assert told["steps"]["found"]["result"]["reason"].startswith("no GPU")
    for step in STEPS[1:]:
        assert told["steps"][step]["state"].startswith("no GPU")
        assert f"{step}: no GPU" in ended.stdout


@pytest.mark.parametrize(
    ("code", "reason", "state"),
    [(0, "", "done"), (124, "", "stopped"), (3, "", "failed with 3"), (0, "no GPU", "no GPU")],
)
def test_how_a_step_ended(code: int, reason: str, state: str) -> None:
    assert state_of(code, reason).startswith(state)


def test_a_stopped_step_keeps_what_it_had(tmp_path: Path) -> None:
    document, part = tmp_path / "gpu.json", tmp_path / "engines.json"
    part.write_text('{"rows": [1]}', encoding="utf-8")
    gather(document, "engines", "stopped", 9.0, part)
    gather(document, "memory", "failed", 1.0, tmp_path / "was never written")

    steps = json.loads(document.read_text(encoding="utf-8"))["steps"]
    assert steps["engines"]["result"] == {"rows": [1]}
    assert steps["memory"]["result"] is None


class FakeLibrary:
    """The driver of a machine with one GPU; `codes` are what functions return."""

    def __init__(self, **codes: int) -> None:
        self._codes = codes

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 any function of C
        def function(*arguments: Any) -> int:  # noqa: ANN401
            if name == "cuDeviceGetCount":
                arguments[0]._obj.value = 1
            elif name == "cuDeviceGetName":
                arguments[0].value = b"Fake"
            elif name == "cuDeviceTotalMem_v2":
                arguments[0]._obj.value = 8 * 10**9
            elif name == "cuDeviceGetAttribute":
                arguments[0]._obj.value = arguments[1] - cuda_driver.COMPUTE_MAJOR
            return self._codes.get(name, 0)

        return function


def test_gpus_are_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_driver.ctypes, "CDLL", lambda _: FakeLibrary())
    assert find_gpus() == [Gpu("Fake", "0.1", 8.0)]
    assert gpu_found.why_none() == ""


def test_a_driver_without_a_gpu_is_told_apart_from_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_driver.ctypes, "CDLL", lambda _: FakeLibrary(cuInit=100))
    assert gpu_found.why_none() == "no GPU: cuInit failed with 100"

    def missing(_: str) -> None:
        raise OSError("not found")

    monkeypatch.setattr(cuda_driver.ctypes, "CDLL", missing)
    assert "driver is not there" in gpu_found.why_none()


class FakeDriver:
    """A GPU with so much memory, bytes."""

    def __init__(self, free: int, code: int = OUT_OF_MEMORY) -> None:
        self.free, self._code, self._sizes = free, code, {}  # type: ignore[var-annotated]

    def allocate(self, size: int) -> int:
        if size > self.free:
            raise DriverError("cuMemAlloc_v2", self._code)
        self.free -= size
        self._sizes[len(self._sizes) + 1] = size
        return len(self._sizes)

    def release(self, address: int) -> None:
        self.free += self._sizes[address]

    def free_bytes(self) -> int:
        return self.free

    def allocate_locked(self, size: int) -> int:
        self.kept = getattr(self, "kept", [])
        self.kept.append(ctypes.create_string_buffer(size))
        return ctypes.addressof(self.kept[-1])


def test_the_hog_takes_all_but_less_than_its_smallest_piece() -> None:
    hog, driver = Hog(), FakeDriver(5 * PIECES[0] + 3 * PIECES[-1] + 1000)
    hog._driver = driver  # type: ignore[assignment]

    told = hog.fill()

    assert told["taken_gb"] == (5 * PIECES[0] + 3 * PIECES[-1]) / 1e9
    assert driver.free == 1000
    hog.free()
    assert driver.free > 5 * PIECES[0]


def test_the_hog_does_not_take_another_failure_for_a_full_gpu() -> None:
    hog = Hog()
    hog._driver = FakeDriver(0, code=700)  # type: ignore[assignment]
    with pytest.raises(DriverError, match="700"):
        hog.fill()


def test_memory_going_away_in_mid_run_costs_no_raw_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_memory, "SETTING", (64, 100.0, 120))
    taken: list[str] = []
    hog = SimpleNamespace(ask=taken.append)

    told = gpu_memory.run_that_loses_it("identity", hog)  # type: ignore[arg-type]

    assert taken == ["fill"]
    assert told["raw_recorded_whole"]
    assert told["ledger"]["recorded"] == 120


def test_what_breaks_is_part_of_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def trial(engine: str, _: object) -> dict[str, Any]:
        raise RefusedError(f"{engine}:\n gone")

    monkeypatch.setattr(gpu_memory, "Side", lambda *_: contextlib.nullcontext())
    assert gpu_memory.attempt(trial, "tensorrt") == {"failed": "tensorrt: gone"}


def test_end_to_end_tells_the_run_s_latency() -> None:
    row = gpu_end_to_end.run("identity", 64, 200.0, 0.2)
    assert row["ledger"]["acquired"] == 40
    assert row["latency_ms"]["p50"] is not None
    cells = gpu_end_to_end._cells({"engine": "identity", "side": 64, **row})
    assert cells[0] == "identity"
    assert len(cells) == len(gpu_end_to_end.HEADINGS)


class FakeStream:
    """Runs what is queued when it is waited for."""

    handle = 7

    def __init__(self, driver: object) -> None:
        self.driver = driver

    def wait(self) -> None: ...

    def upload(self, source: int, target: int, size: int) -> None: ...

    def download(self, source: int, target: int, size: int) -> None: ...

    def capture(self, work: Any) -> Any:  # noqa: ANN401
        return work


def test_tensorrt_8_is_called_as_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    trt = MagicMock()
    trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH = 0
    network = trt.Builder.return_value.create_network
    engine = trt.Runtime.return_value.deserialize_cuda_engine.return_value
    engine.num_io_tensors = 2
    engine.get_tensor_name.side_effect = ["raw", "restored"]
    engine.get_tensor_mode.side_effect = lambda name: (
        trt.TensorIOMode.INPUT if name == "raw" else trt.TensorIOMode.OUTPUT
    )
    context = engine.create_execution_context.return_value
    context.get_tensor_shape.return_value = (1, 2, 160, 160)
    monkeypatch.setattr(gpu_tensorrt8, "Stream", FakeStream)
    driver: Any = FakeDriver(10**9)

    row = gpu_tensorrt8.measure(trt, driver, BUNDLED / "default-fast", 0, 1, half=True)

    network.assert_called_once_with(1)
    config = trt.Builder.return_value.create_builder_config.return_value
    config.set_flag.assert_called_once_with(trt.BuilderFlag.FP16)
    context.set_input_shape.assert_called_once_with("raw", row["shape"])
    assert context.execute_async_v3.call_args.args == (7,)
    assert row["difference"]["relative_rms"] > 0.5  # the fake restores to zeros
    assert driver.free == 10**9


def test_tensorrt_8_s_difference_is_none_for_the_package_s_own_output() -> None:
    folder = BUNDLED / "default-fast"
    made = np.load(folder / "test_output.npy")
    assert gpu_tensorrt8.difference(folder, made) == {"relative_rms": 0.0, "largest": 0.0}


@pytest.mark.parametrize("name", ["gpu_tensorrt8.py", "cuda_driver.py"])
def test_what_runs_beside_tensorrt_8_needs_no_newer_python(name: str) -> None:
    source = (BENCHMARKS / name).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 10))
    imported = {
        each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom) and each.module
    }
    assert not [module for module in imported if module.startswith("livecare")]
