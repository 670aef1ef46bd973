"""What goes wrong on a GPU: each failure is one clear error, and nothing stays allocated."""

from pathlib import Path

import numpy as np
import pytest
from contracts.engine import WINDOW, noisy_frames
from window_package import load_window_model

onnx = pytest.importorskip("onnx", reason="the extra 'tensorrt' is missing")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from cuda_names import CudaError
from fake_runtime import CONTEXT_BYTES, FakeMachine

from livecare.engines.protocol import Expected
from livecare.engines.tensorrt.engine import TensorRTEngine
from livecare.errors import EngineError

SHAPE = (16, 24)
OUT_OF_MEMORY = CudaError.cudaErrorMemoryAllocation
LAUNCH_FAILED = CudaError.cudaErrorLaunchFailure


def load(machine: FakeMachine, batch: int = 8) -> TensorRTEngine:
    engine = machine.engine()
    engine.load(load_window_model(), threads=1, expected=Expected(SHAPE, batch=batch))
    return engine


def restore(engine: TensorRTEngine, frames: int = 5) -> np.ndarray:
    batch = noisy_frames((frames, *SHAPE), "uint16")
    restored = np.zeros_like(batch)
    engine.infer(batch, restored, [WINDOW] * frames)
    return restored


CALLS = [
    ("cudaGetDeviceCount", 1),
    ("cudaSetDevice", 1),
    ("cudaMemGetInfo", 1),
    ("cudaStreamCreateWithFlags", 3),
    ("cudaEventCreateWithFlags", 2),
    ("cudaMalloc", 1),
    ("cudaMalloc", 12),
    ("cudaHostAlloc", 5),
    ("cudaStreamSynchronize", 1),
]


@pytest.mark.parametrize(("call", "at"), CALLS)
def test_a_load_that_fails_leaves_nothing(machine: FakeMachine, call: str, at: int) -> None:
    machine.cudart.fail(call, OUT_OF_MEMORY, at)
    with pytest.raises(EngineError, match=f"tensorrt: {call} failed, {OUT_OF_MEMORY.name}"):
        load(machine)
    assert machine.cudart.leaks() == {}
    engine = load(machine)
    assert restore(engine).any()
    engine.close()
    assert machine.cudart.leaks() == {}


def test_out_of_memory_says_what_to_do(machine: FakeMachine) -> None:
    machine.cudart.fail("cudaMalloc", OUT_OF_MEMORY, 4)
    with pytest.raises(
        EngineError, match=r"cudaMalloc failed, .*\(out of memory\): give smaller batches or"
    ):
        load(machine)


def test_no_memory_for_a_context_says_what_to_do(machine: FakeMachine) -> None:
    machine.tensorrt.no_context = True
    with pytest.raises(EngineError, match=r"gets no 1 MiB .*\(allocation failed\): give smaller"):
        load(machine)
    assert machine.cudart.leaks() == {}


@pytest.mark.parametrize(
    "call", ["cudaMemcpyAsync", "cudaGraphLaunch", "cudaEventRecord", "cudaEventSynchronize"]
)
@pytest.mark.parametrize("at", [1, 2, 5])
def test_a_batch_that_fails_leaves_no_slot_in_use(machine: FakeMachine, call: str, at: int) -> None:
    engine = load(machine, batch=1)
    expected = restore(engine)
    machine.cudart.fail(call, CudaError.cudaErrorInvalidValue, at)
    with pytest.raises(EngineError, match=f"{call} failed, cudaErrorInvalidValue"):
        restore(engine)
    assert not any(stream.queued for stream in machine.cudart.streams.values())
    np.testing.assert_array_equal(restore(engine), expected)
    engine.close()
    assert machine.cudart.leaks() == {}


def test_a_load_that_fails_late_leaves_nothing(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_kernels(*_: object) -> None:
        raise EngineError("too late")

    monkeypatch.setattr("livecare.engines.tensorrt.runtime.Runtime.keep_kernels", no_kernels)
    with pytest.raises(EngineError, match="too late"):
        load(machine)
    assert machine.cudart.leaks() == {}


def test_a_gpu_that_failed_for_good_says_so_and_is_freed(machine: FakeMachine) -> None:
    engine = load(machine)
    machine.cudart.sticky = LAUNCH_FAILED
    for _ in range(2):
        with pytest.raises(EngineError, match=r"cudaErrorLaunchFailure .*start again"):
            restore(engine)
    with pytest.raises(EngineError, match="start again"):
        engine.close()
    assert machine.cudart.leaks() == {}
    engine.close()


def test_a_capture_that_fails_for_good_is_no_fallback(machine: FakeMachine) -> None:
    machine.cudart.fail("cudaStreamBeginCapture", LAUNCH_FAILED)
    machine.cudart.fail("cudaStreamSynchronize", LAUNCH_FAILED, at=2)
    with pytest.raises(EngineError, match="start again"):
        load(machine)
    assert machine.cudart.leaks() == {}


@pytest.mark.parametrize("damage", [b"", b"livecare engine cache 1\n", b"x" * 200])
def test_a_damaged_cache_entry_is_built_anew(
    tmp_path: Path, machine: FakeMachine, damage: bytes
) -> None:
    load(machine).close()
    load(machine).close()
    assert len(machine.build.plans) == 1
    (kept,) = tmp_path.glob("*.cached")
    whole = kept.read_bytes()
    kept.write_bytes(damage)
    load(machine).close()
    assert len(machine.build.plans) == 2
    assert kept.read_bytes() == whole


def test_an_engine_that_tensorrt_does_not_take_is_built_anew(machine: FakeMachine) -> None:
    load(machine).close()
    machine.tensorrt.refuse = 1
    engine = load(machine)
    assert restore(engine).any()
    assert len(machine.build.plans) == 2
    engine.close()


def test_an_engine_that_is_never_taken_says_why(machine: FakeMachine) -> None:
    machine.tensorrt.refuse = 9
    with pytest.raises(EngineError, match=r"on Fake GPU \(the engine is of another.*driver"):
        load(machine)
    assert len(machine.build.plans) == 2


def test_a_cache_that_keeps_nothing_is_named(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.cache, "write", lambda *_: False)
    with pytest.raises(EngineError, match="not in the cache: free disk space"):
        load(machine)


def test_another_gpu_gets_another_engine(tmp_path: Path, machine: FakeMachine) -> None:
    load(machine).close()
    other = FakeMachine(tmp_path, name="Other GPU")
    load(other).close()
    assert len(other.build.plans) == 1
    again = FakeMachine(tmp_path)
    load(again).close()
    assert again.build.plans == []


def test_rtx_keeps_the_kernels_that_it_compiled(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, rtx=True)
    load(machine).close()
    assert machine.tensorrt.jit_given == []
    engine = load(machine)
    assert machine.tensorrt.jit_given == [b"kernels"]
    assert restore(engine).any()
    engine.close()


def test_sizes_make_room_for_each_other(tmp_path: Path) -> None:
    """Memory for one size's contexts: the last one is freed before the next is made."""
    machine = FakeMachine(tmp_path, memory_bytes=CONTEXT_BYTES + (300 << 10))
    engine = load(machine, batch=1)
    assert len(machine.cudart.streams) == 1
    taken = [np.zeros(1 << 18, np.uint8)]
    machine.cudart.device[taken[0].ctypes.data] = taken[0]
    batch = noisy_frames((1, 32, 32), "uint16")
    engine.infer(batch, batch.copy(), [WINDOW])
    assert len(machine.cudart.streams) == 1
    engine.close()


def test_no_gpu_is_an_error(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path)
    machine.cudart.fail("cudaGetDeviceCount", CudaError.cudaErrorNoDevice)
    with pytest.raises(EngineError, match=r"cudaErrorNoDevice .*use the engine 'onnxruntime'"):
        load(machine)


def test_allocate_needs_a_model_and_memory(machine: FakeMachine) -> None:
    with pytest.raises(EngineError, match=r"allocate\(\) before load\(\)"):
        machine.engine().allocate(1, SHAPE, "uint16")
    engine = load(machine)
    machine.cudart.fail("cudaHostRegister", OUT_OF_MEMORY)
    with pytest.raises(EngineError, match="cudaHostRegister failed"):
        engine.allocate(1, SHAPE, "uint16")
    engine.close()
    assert machine.cudart.leaks() == {}


def test_the_fake_finds_a_missing_wait(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests of this folder can fail: without waiting for a slot, its pixels are wrong."""
    engine = load(machine, batch=1)
    expected = restore(engine)
    monkeypatch.setattr("livecare.engines.tensorrt.slots.Slot.wait", lambda _: None)
    with pytest.raises((EngineError, AssertionError)):
        np.testing.assert_array_equal(restore(engine), expected)
    monkeypatch.undo()
    engine.close()
