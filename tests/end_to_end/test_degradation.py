"""A restorer that hangs, has no engine, finds no memory or makes NaN: visible, and nothing lost."""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import impatient
import numpy as np
import psutil
import pytest
from complete_run import assert_complete
from live_run import PATIENCE_S, LiveRun, StartRun, free_port, merge, raw_sequences, simulated
from models import nan_above, write_package
from run_here import assert_sound
from window_package import WINDOW_PACKAGE

from livecare.client import Pusher
from livecare.frame import Position, StreamInfo
from livecare.link.telemetry import Telemetry
from livecare.sinks.reader import StoreReader


def recorded_more(run: LiveRun, frames: int) -> Telemetry:
    """Wait until so many more frames are recorded: recording depends on nothing of this."""
    begun = run.now().ledger.recorded
    return run.until(lambda now: now.ledger.recorded >= begun + frames)


def test_a_restorer_that_is_stopped_is_replaced_and_it_is_said_why(start_run: StartRun) -> None:
    run = start_run(
        simulated(frames=None, rate_hz=20, size_yx=(64, 64)),
        program=impatient.program(impatient.WITH_HANGS),
    )
    run.until(lambda now: now.restorer == "ready" and now.ledger.restored > 10)
    stopped = run.child("restorer")
    stopped.suspend()
    found = run.until(lambda now: now.restarts == 1)
    assert not psutil.pid_exists(stopped.pid)
    words = [each.degraded for each in run.snapshots if each.degraded]
    assert any(
        re.search(r"hung: nothing came from it for \d+ s while \d+ frames waited", each)
        for each in words
    ), words
    run.until(lambda now: now.restorer == "ready" and now.ledger.restored > found.ledger.restored)
    assert run.snapshots[-1].degraded == ""
    run.interrupt()
    assert_complete(run)
    assert_sound(run.store)
    assert "child hangs" in run.stderr


def flip(file: Path) -> bytes:
    """Flip a bit in the middle of a file; return what it was."""
    good = file.read_bytes()
    middle = len(good) // 2
    file.write_bytes(good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :])
    return good


def test_a_model_that_is_damaged_while_the_run_goes_on_and_mended(
    start_run: StartRun, tmp_path: Path
) -> None:
    """Between a restorer's death and its next start; the same for one that is deleted."""
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    model = tmp_path / "model"
    shutil.copytree(WINDOW_PACKAGE, model)
    [weights] = model.glob("*.onnx")
    table = simulated(frames=None, rate_hz=20, size_yx=(64, 64), engine="onnxruntime", photons=40)
    run = start_run(merge(table, {"restorer": {"model": str(model)}}))
    run.until(lambda now: now.restorer == "ready" and now.ledger.restored > 10)
    good = flip(weights)
    run.child("restorer").kill()
    found = run.until(lambda now: now.restorer == "degraded")
    assert "marked as raw" in found.degraded
    assert str(weights) in found.degraded
    assert "damaged or was exchanged" in found.degraded
    assert any("was killed by SIGKILL" in each.degraded for each in run.snapshots)
    without = recorded_more(run, 20)
    assert without.ledger.restored == found.ledger.restored
    assert without.restarts == 1, "it lives, and shows raw frames"
    weights.write_bytes(good)
    run.child("restorer").kill()  # it would try again by itself within a minute
    run.until(lambda now: now.ledger.restored > found.ledger.restored + 10)
    assert (run.snapshots[-1].restorer, run.snapshots[-1].degraded) == ("ready", "")
    run.interrupt()
    assert_complete(run)
    assert_sound(run.store)


@pytest.mark.slow
def test_a_model_that_makes_nan_of_every_frame_degrades_to_raw(
    start_run: StartRun, tmp_path: Path
) -> None:
    """Of a dark frame, which it is warmed up with, it makes none."""
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    pytest.importorskip("onnx", reason="onnx, which makes the model, is missing")
    model = write_package(tmp_path / "model", nan_above(1e-6))
    restorer = {"model": str(model), "window": [0.0, 1000.0]}
    table = simulated(frames=None, rate_hz=50, size_yx=(32, 32), engine="onnxruntime")
    run = start_run(merge(table, {"restorer": restorer}))
    run.until(lambda now: now.restorer == "degraded" and "every 8th" in now.degraded)
    found = run.until(lambda now: now.restorer == "degraded" and "as raw" in now.degraded)
    assert "'broken'" in found.degraded, "the model's name"
    assert "not finite" in found.degraded
    assert "use another model" in found.degraded
    assert found.ledger.failed == 0
    recorded_more(run, 50)
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 3, outcome.stderr
    ledger = outcome.report["ledger"]
    assert ledger["recorded"] == ledger["acquired"] == ledger["failed"]
    assert outcome.report["restorer"]["restarts"] == 0
    assert raw_sequences(run.store) == set(range(ledger["acquired"]))
    assert_sound(run.store)
    assert "use another model" in outcome.stderr


def hungry(bytes_per_brightness: float, frame_bytes: int) -> bytes:
    """Make a network that changes nothing, and takes the more memory the brighter a frame is.

    Dark frames, which it is warmed up with, take next to none.
    """
    from onnx import TensorProto, checker, helper  # noqa: PLC0415 - the test looks for it

    shape = ["n", 1, "y", "x"]
    copies = bytes_per_brightness / frame_bytes
    constants = [
        helper.make_tensor("copies", TensorProto.FLOAT, [1], [copies]),
        helper.make_tensor("one", TensorProto.INT64, [1], [1]),
        helper.make_tensor("zero", TensorProto.INT64, [1], [0]),
        helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
        helper.make_tensor("flat", TensorProto.INT64, [1], [1]),
    ]
    nodes = [
        helper.make_node("ReduceMax", ["raw"], ["brightness"], keepdims=0),
        helper.make_node("Reshape", ["brightness", "flat"], ["level"]),
        helper.make_node("Mul", ["level", "copies"], ["wanted"]),
        helper.make_node("Cast", ["wanted"], ["counted"], to=TensorProto.INT64),
        helper.make_node("Max", ["counted", "one"], ["times"]),
        helper.make_node("Concat", ["one", "times", "one", "one"], ["repeats"], axis=0),
        helper.make_node("Tile", ["raw", "repeats"], ["much"]),
        helper.make_node("Slice", ["much", "zero", "one", "axis"], ["restored"]),
    ]
    graph = helper.make_graph(
        nodes,
        "hungry",
        [helper.make_tensor_value_info("raw", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("restored", TensorProto.FLOAT, shape)],
        constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(made)
    return bytes(made.SerializeToString())


MIB = 1 << 20
SHAPE = (64, 64)
DARK, BRIGHT = 0, 1000


class Feeder:
    """Pushes flat frames into a run, and remembers how bright each was."""

    def __init__(self, run: LiveRun, pusher: Pusher) -> None:
        self._run, self._pusher = run, pusher
        self.levels: list[int] = []

    def push(self, level: int, frames: int = 1) -> None:
        for _ in range(frames):
            self._pusher.send(np.full(SHAPE, level, np.uint16), Position(len(self.levels)))
            self.levels.append(level)

    def push_until(self, level: int, condition: Callable[[Telemetry], bool]) -> Telemetry:
        """Push a few frames per snapshot until the condition holds."""

        def pushed(now: Telemetry) -> bool:
            if condition(now):
                return True
            self.push(level, 2 if level == BRIGHT else 8)
            return False

        return self._run.until(pushed)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of others")
def test_a_restorer_without_memory_degrades_and_comes_back(
    start_run: StartRun, tmp_path: Path
) -> None:
    """A real limit on the real process, while it runs: its engine cannot allocate any more."""
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    pytest.importorskip("onnx", reason="onnx, which makes the model, is missing")
    network = hungry(bytes_per_brightness=128 * MIB, frame_bytes=4 * SHAPE[0] * SHAPE[1])
    restorer = {
        "model": str(write_package(tmp_path / "model", network)),
        "engine": "onnxruntime",
        "window": [0.0, float(BRIGHT)],
        "threads": 1,
    }
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    source = {"kind": "push", "push": {"endpoint": endpoint, "acquisitions": 1}}
    run = start_run({"source": source, "restorer": restorer})
    info = StreamInfo("made up", "a script", SHAPE, "uint16")
    with Pusher(info, endpoint=endpoint, linger_s=PATIENCE_S) as pusher:
        feeder = Feeder(run, pusher)
        feeder.push_until(DARK, lambda now: now.ledger.restored > 5)
        process = run.child("restorer")
        before = process.rlimit(psutil.RLIMIT_AS)
        process.rlimit(psutil.RLIMIT_AS, (process.memory_info().vms + 32 * MIB, before[1]))
        found = feeder.push_until(
            BRIGHT, lambda now: now.restorer == "degraded" and "as raw" in now.degraded
        )
        assert "Failed to allocate memory" in found.degraded
        assert "close other programs" in found.degraded
        assert "'broken'" in found.degraded, "the model's name"
        assert found.ledger.failed == 0
        process.rlimit(psutil.RLIMIT_AS, before)
        feeder.push_until(DARK, lambda now: now.restorer == "ready")
        words = run.snapshots[-1].degraded
        assert words == "" or "at once at most" in words, "where a batch had more than one"
        assert run.snapshots[-1].restarts == 0
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    reader = StoreReader(run.store)
    assert outcome.report["ledger"]["restored"] == len(feeder.levels)
    for t, level in enumerate(feeder.levels):
        for lane in ("raw", "restored"):
            pixels = reader.read(lane, Position(t))
            assert pixels is not None
            assert (pixels == level).all()
    assert_sound(run.store)


@pytest.mark.slow
def test_a_model_that_no_engine_loads_is_given_up_in_the_end(
    start_run: StartRun, tmp_path: Path
) -> None:
    """It lives while raw frames can be shown, and holds up nothing when no more come."""
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    model = write_package(tmp_path / "model", b"no network at all")
    table = simulated(frames=100, rate_hz=50, size_yx=(32, 32), engine="onnxruntime")
    run = start_run(merge(table, {"restorer": {"model": str(model)}}))
    found = run.until(lambda now: now.restorer == "degraded" and now.stage == "acquiring")
    assert str(model / "model.onnx") in found.degraded
    assert found.restarts == 0
    outcome = run.finish()
    assert outcome.exit_code == 3, outcome.stderr
    ledger = outcome.report["ledger"]
    assert (ledger["recorded"], ledger["restored"], ledger["failed"]) == (100, 0, 100)
    assert raw_sequences(run.store) == set(range(100))
    assert "given up" in outcome.stderr
    assert "cannot be loaded" in outcome.stderr
