"""Which memory frames take, and how long it is kept, on a GPU that is none."""

from pathlib import Path

import numpy as np
import pytest
from contracts.engine import WINDOW, noisy_frames
from window_package import load_window_model

onnx = pytest.importorskip("onnx", reason="the extra 'tensorrt' is missing")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from cuda_names import CudaError
from fake_runtime import CONTEXT_BYTES, FakeMachine
from networks import blur_model
from plain_session import SHAPE, prepared, reference

from livecare.engines.tensorrt import loaded


def test_a_slot_flies_while_another_is_filled(machine: FakeMachine) -> None:
    """Three pieces are queued before the first is waited for."""
    engine = prepared(machine, load_window_model(), batch=1)
    machine.cudart.calls.clear()
    launched = []
    wait = machine.cudart.cudaEventSynchronize

    def note(event: int) -> tuple[CudaError]:
        launched.append(machine.cudart.calls["cudaGraphLaunch"])
        return wait(event)

    machine.cudart.cudaEventSynchronize = note
    batch = noisy_frames((5, *SHAPE), "uint16")
    engine.infer(batch, batch.copy(), [WINDOW] * 5)
    assert launched == [3, 4, 5, 5, 5]
    engine.close()


def test_graphs_are_captured_once_per_batch_size(machine: FakeMachine) -> None:
    engine = prepared(machine, load_window_model(), batch=8)
    captured = machine.cudart.calls["cudaStreamBeginCapture"]
    assert captured == 6  # three slots, one frame or two
    batch = noisy_frames((9, *SHAPE), "uint16")
    for frames in (1, 2, 9, 5):
        engine.infer(batch[:frames], batch[:frames].copy(), [WINDOW] * frames)
    assert machine.cudart.calls["cudaStreamBeginCapture"] == captured
    assert machine.tensorrt.calls["contexts"] == 6
    engine.close()


def test_pinned_frames_are_not_copied(machine: FakeMachine) -> None:
    model = load_window_model()
    engine = prepared(machine, model, batch=1)
    batch, restored = (engine.allocate(5, SHAPE, "uint16") for _ in range(2))
    assert (batch.shape, batch.dtype, batch.any()) == ((5, *SHAPE), np.uint16, False)
    batch[...] = noisy_frames(batch.shape, "uint16")
    machine.cudart.copied.clear()
    engine.infer(batch, restored, [WINDOW] * 5)
    copied = set(machine.cudart.copied)
    assert copied >= {frame.ctypes.data for frame in (*batch, *restored)}
    expected = reference(model, batch, [WINDOW] * 5, "uint16")[0]
    assert np.abs(restored.astype(int) - expected).max() <= 1
    machine.cudart.copied.clear()
    elsewhere = batch.copy()
    engine.infer(elsewhere, elsewhere.copy(), [WINDOW] * 5)
    assert copied.isdisjoint(set(machine.cudart.copied) - copied)
    assert not {frame.ctypes.data for frame in elsewhere} & set(machine.cudart.copied)
    engine.close()
    assert machine.cudart.leaks() == {}
    batch[...] = 7  # outlives the engine
    assert batch.min() == 7


@pytest.mark.parametrize("made", ["strided", "swapped", "uint8"])
def test_pinned_frames_that_the_gpu_cannot_read_are_copied(machine: FakeMachine, made: str) -> None:
    model = load_window_model()
    engine = prepared(machine, model, batch=1)
    room = engine.allocate(2, (SHAPE[0], 2 * SHAPE[1]), "uint8" if made == "uint8" else "uint16")
    batch = room[:, :, : SHAPE[1]]
    if made == "swapped":
        batch = room.reshape(-1)[: 2 * SHAPE[0] * SHAPE[1]].reshape(2, *SHAPE)
        batch = batch.view(batch.dtype.newbyteorder())
    if made == "uint8":
        batch = room.reshape(-1)[: 2 * SHAPE[0] * SHAPE[1]].reshape(2, *SHAPE)
    batch[...] = noisy_frames(batch.shape, "uint16")
    restored = np.zeros(batch.shape, np.uint16)
    if made == "swapped":
        restored = engine.allocate(2, SHAPE, "uint16")
        restored = restored.view(restored.dtype.newbyteorder())
    engine.infer(batch, restored, [WINDOW] * 2)
    expected = reference(model, batch, [WINDOW] * 2, "uint16")[0]
    assert np.abs(restored.astype(int) - expected).max() <= 1
    engine.close()


def test_two_engines_at_once(machine: FakeMachine, tmp_path: Path) -> None:
    models = [load_window_model(), blur_model(tmp_path)]
    engines = [prepared(machine, model) for model in models]
    batch = noisy_frames((6, *SHAPE), "uint16")
    made = [np.zeros_like(batch) for _ in engines]
    for part in (slice(0, 2), slice(2, 6)):
        for engine, restored in zip(engines, made, strict=True):
            engine.infer(batch[part], restored[part], [WINDOW] * len(batch[part]))
    for model, restored in zip(models, made, strict=True):
        expected = reference(model, batch, [WINDOW] * 6, "uint16")[0]
        assert np.abs(restored.astype(int) - expected).max() <= 1
    engines[0].close()
    engines[1].infer(batch, made[1], [WINDOW] * 6)
    engines[1].close()
    assert machine.cudart.leaks() == {}


def test_the_least_recently_used_size_goes(machine: FakeMachine) -> None:
    engine = machine.engine()
    engine.load(load_window_model(), threads=1)
    kept = set()
    for rows in (16, 24, 32, 40, 48, 56):
        batch = noisy_frames((1, rows, 16), "uint16")
        engine.infer(batch, batch.copy(), [WINDOW])
        kept.add(len(machine.cudart.streams))
    assert max(kept) == 3 * loaded.PIPELINES
    engine.close()
    assert machine.cudart.leaks() == {}


def test_the_size_in_use_stays(machine: FakeMachine) -> None:
    engine = machine.engine()
    engine.load(load_window_model(), threads=1)
    used = noisy_frames((1, *SHAPE), "uint16")
    for rows in (16, 24, 32, 48, 56):
        engine.infer(used, used.copy(), [WINDOW])
        batch = noisy_frames((1, rows, 16), "uint16")
        engine.infer(batch, batch.copy(), [WINDOW])
    loads = machine.tensorrt.calls["deserialise"]
    engine.infer(used, used.copy(), [WINDOW])
    assert machine.tensorrt.calls["deserialise"] == loads == 6
    engine.close()


def test_little_memory_makes_fewer_slots(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, memory_bytes=int(2.5 * CONTEXT_BYTES))
    model = load_window_model()
    engine = prepared(machine, model, batch=1)
    assert len(machine.cudart.streams) == 2
    batch = noisy_frames((5, *SHAPE), "uint16")
    restored = np.zeros_like(batch)
    engine.infer(batch, restored, [WINDOW] * 5)
    expected = reference(model, batch, [WINDOW] * 5, "uint16")[0]
    assert np.abs(restored.astype(int) - expected).max() <= 1
    engine.close()
