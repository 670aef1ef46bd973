"""The calls of CUDA: against NVIDIA's bindings, which answer without a GPU, and on the fake."""

import inspect
import re
import subprocess
import sys
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from cuda_names import CudaError, MemcpyKind, StreamCaptureMode
from fake_cuda import FakeCudart

import livecare.engines.tensorrt.cuda as module
from livecare.engines.tensorrt.buffers import PinnedArrays
from livecare.engines.tensorrt.cuda import CURES, Cuda
from livecare.errors import EngineError, MissingExtraError

CALLS = [name for name in vars(FakeCudart) if name.startswith("cuda")]
FUNCTIONS = [name for name in CALLS if inspect.isfunction(getattr(FakeCudart, name))]


def real() -> Any:  # noqa: ANN401 a module without types
    return pytest.importorskip("cuda.bindings.runtime", reason="the extra 'tensorrt' is missing")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_fake_has_the_arguments_of_the_real_call(name: str) -> None:
    fake = list(inspect.signature(getattr(FakeCudart, name)).parameters)[1:]
    assert fake == list(inspect.signature(getattr(real(), name)).parameters)


def test_the_fake_has_the_constants_of_the_real_module() -> None:
    cudart = real()
    for name in set(CALLS) - set(FUNCTIONS):
        value = getattr(FakeCudart, name)
        if isinstance(value, int):
            assert value == getattr(cudart, name)
    for fake, there in (
        (CudaError, cudart.cudaError_t),
        (MemcpyKind, cudart.cudaMemcpyKind),
        (StreamCaptureMode, cudart.cudaStreamCaptureMode),
    ):
        for member in fake:
            assert int(getattr(there, member.name)) == member.value


def test_every_call_that_we_make_is_in_the_fake() -> None:
    made = set(re.findall(r"\bcuda[A-Z]\w+", inspect.getsource(module))) - set(CURES)
    assert made <= set(CALLS) | {"cudaMemcpyHostToDevice", "cudaMemcpyDeviceToHost"} | {
        "cudaStreamCaptureModeThreadLocal"
    }


WITHOUT_A_GPU = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np
from livecare.engines.tensorrt.cuda import Cuda
from livecare.errors import EngineError
cuda, memory = Cuda(), np.zeros(4096, np.uint8)
calls = {
    "cudaGetDeviceCount": lambda: cuda.gpus(),
    "cudaSetDevice": lambda: cuda.use(),
    "cudaMemGetInfo": lambda: cuda.free_bytes(),
    "cudaMalloc": lambda: cuda.malloc(16),
    "cudaHostAlloc": lambda: cuda.malloc_host(16, write_combined=True),
    "cudaHostRegister": lambda: cuda.register(memory),
    "cudaHostUnregister": lambda: cuda.unregister(memory),
    "cudaStreamCreateWithFlags": lambda: cuda.make_stream(),
    "cudaStreamSynchronize": lambda: cuda.wait_for_stream(0),
    "cudaEventCreateWithFlags": lambda: cuda.make_event(),
    "cudaMemcpyAsync": lambda: cuda.copy_in(4096, memory, 16, 0),
    "cudaMemcpyAsync ": lambda: cuda.copy_out(memory, 4096, 16, 0),
    "cudaStreamBeginCapture": lambda: cuda.capture(0, lambda: None),
}
for name, call in calls.items():
    try:
        call()
    except EngineError as error:
        assert f"tensorrt: {name.strip()} failed, cuda" in str(error), error
    else:
        raise SystemExit(f"{name} did not fail")
print("done")
"""


def test_the_real_calls_take_our_arguments_and_fail_as_ours_without_a_gpu() -> None:
    """In a process of its own: where there is a GPU, it is hidden there and used elsewhere."""
    real()
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_GPU], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_a_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cuda.bindings.runtime", None)
    with pytest.raises(MissingExtraError, match=r"'cuda-bindings'.*livecare\[tensorrt\]"):
        Cuda()


def test_describes_the_gpus() -> None:
    first, _second = Cuda(FakeCudart(name="Some GPU", gpus=2)).gpus()
    assert (first.name, first.capability, first.multiprocessors, first.driver) == (
        "Some GPU",
        (8, 9),
        48,
        "13.1",
    )


@pytest.mark.parametrize("status", [e for e in CudaError if e.name in CURES])
def test_a_failure_names_call_status_and_cure(status: CudaError) -> None:
    cudart = FakeCudart()
    cudart.fail("cudaMalloc", status)
    with pytest.raises(EngineError) as caught:
        Cuda(cudart).malloc(16)
    assert f"cudaMalloc failed, {status.name} (" in str(caught.value)
    assert str(caught.value).endswith(CURES[status.name])


def test_copies_run_in_order_when_they_are_waited_for() -> None:
    cudart = FakeCudart()
    cuda = Cuda(cudart)
    stream, event, device = cuda.make_stream(), cuda.make_event(), cuda.malloc(8)
    memory = cuda.malloc_host(8)
    memory[:] = 3
    cuda.copy_in(device, memory, 8, stream)
    memory[:] = 4
    cuda.copy_in(device, memory, 4, stream)
    cuda.copy_out(memory, device, 8, stream)
    cuda.record(event, stream)
    memory[:] = 5  # too early: this is what travels
    cuda.wait_for_event(event)
    assert memory.tolist() == [5] * 8
    cuda.free(device)
    cuda.free_host(memory)
    cuda.destroy_event(event)
    cuda.destroy_stream(stream)
    assert cudart.leaks() == {}


def test_ordinary_memory_is_not_copied() -> None:
    cuda = Cuda(FakeCudart())
    with pytest.raises(EngineError, match="cudaMemcpyAsync failed"):
        cuda.copy_in(cuda.malloc(16), np.zeros(16, np.uint8), 16, cuda.make_stream())


@pytest.mark.parametrize("failing", ["enqueue", "cudaStreamEndCapture", "cudaGraphInstantiate"])
def test_a_capture_that_fails_leaves_nothing(failing: str) -> None:
    cudart = FakeCudart()
    cuda = Cuda(cudart)
    stream = cuda.make_stream()

    def enqueue() -> None:
        if failing == "enqueue":
            raise EngineError("enqueue")

    cudart.fail(failing, CudaError.cudaErrorStreamCaptureUnsupported)
    with pytest.raises(EngineError, match=failing):
        cuda.capture(stream, enqueue)
    assert not cudart.capturing(stream)
    cuda.destroy_stream(stream)
    assert cudart.leaks() == {}


def test_arrays_outlive_their_registration() -> None:
    cudart = FakeCudart()
    pinned = PinnedArrays(Cuda(cudart))
    frames = pinned.allocate((3, 5, 7), "uint16")
    empty = pinned.allocate((0, 5, 7), "uint16")
    assert len(empty) == 0
    assert pinned.holds(frames)
    assert pinned.holds(frames[1:])
    assert not pinned.holds(frames[:, 1:])
    assert not pinned.holds(frames.copy())
    pinned.close()
    pinned.close()
    assert cudart.leaks() == {}
    frames[...] = 9
    assert frames.sum() == 9 * 3 * 5 * 7
    assert not pinned.holds(frames)


def test_unregistering_that_fails_does_not_stop_the_rest() -> None:
    cudart = FakeCudart()
    pinned = PinnedArrays(Cuda(cudart))
    for _ in range(3):
        pinned.allocate((8,), "uint8")
    cudart.fail("cudaHostUnregister", CudaError.cudaErrorHostMemoryNotRegistered)
    with suppress(EngineError):
        pinned.close()
    assert cudart.leaks() == {}
