"""Real runs whose frames come from elsewhere: another program, files, Micro-Manager's server."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zmq
from live_run import PATIENCE_S, StartRun, free_port
from run_here import assert_sound, finished

from livecare.client import Pusher
from livecare.frame import Position, StreamInfo
from livecare.sinks.reader import StoreReader
from livecare.supervisor.names import part_path

CAMERA = {"restorer": {"engine": "identity", "camera": {"gain": 2, "offset": 100, "read_noise": 1}}}


def pictures(frames: int, shape_yx: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(frames).integers(90, 300, (frames, *shape_yx)).astype(np.uint16)


def test_frames_that_are_pushed_with_channels_nobody_announced(start_run: StartRun) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    source = {"kind": "push", "push": {"endpoint": endpoint, "acquisitions": 1}}
    run = start_run({"source": source, **CAMERA})
    images = pictures(8, (48, 64))
    info = StreamInfo("made up", "a script", (48, 64), "uint16", ("DAPI",), grows=True)
    with Pusher(info, endpoint=endpoint, linger_s=PATIENCE_S) as pusher:
        pusher.send(images[0], Position(0))
        pusher.send(images[1], Position(1))
        pusher.announce(replace(info, channels=("DAPI", "GFP"), size_z=2))
        for sequence, at in enumerate([Position(0, 1), Position(0, 0, 1), Position(0, 1, 1)], 2):
            pusher.send(images[sequence], at)
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    ledger = outcome.report["ledger"]
    assert (ledger["recorded"], ledger["restored"], ledger["lost"]) == (5, 5, 0)
    reader = StoreReader(run.store)
    assert reader.info.channels == ("DAPI", "GFP")
    found = reader.read("raw", Position(0, 1, 1))
    np.testing.assert_array_equal(found, images[4])
    assert_sound(run.store)


def test_files_of_two_sizes_become_two_recordings(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    small, large = pictures(6, (48, 64)), pictures(5, (80, 72))
    tifffile.imwrite(folder / "a.tif", small, imagej=True, metadata={"axes": "TYX"})
    tifffile.imwrite(folder / "b.tif", large, imagej=True, metadata={"axes": "TYX"})
    source = {"kind": "replay", "replay": {"path": str(folder), "rate_hz": 0}}
    first, outcome = finished(tmp_path, {"source": source, **CAMERA})
    assert outcome.exit_code == 0, outcome.stderr
    assert [part["ledger"]["restored"] for part in outcome.report["parts"]] == [6, 5]
    for store, frames in ((first, small), (part_path(first, 1), large)):
        reader = StoreReader(store)
        for t, frame in enumerate(frames):
            np.testing.assert_array_equal(reader.read("raw", Position(t)), frame)
        assert_sound(store)


@pytest.fixture
def bridge() -> Iterator[str]:
    """A stand-in for Micro-Manager, in a process of its own; its endpoint."""
    command = [sys.executable, "-m", "livecare", "simulate", "mm-bridge"]
    command += ["--port", str(free_port()), "--size", "64", "64", "--rate", "50"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        said = ""
        while (found := re.search(r"tcp://127\.0\.0\.1:\d+", said)) is None:
            line = process.stdout.readline().decode()
            assert line, said
            said += line
        yield found[0]
        process.kill()


def test_a_live_view_is_watched_until_ctrl_c(start_run: StartRun, bridge: str) -> None:
    source = {"kind": "mm-bridge", "mm-bridge": {"endpoint": bridge}}
    run = start_run({"source": source, **CAMERA})
    run.until(lambda snapshot: snapshot.ledger.restored >= 10)
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.report["ledger"]["lost"] == 0
    assert outcome.report["ledger"]["recorded"] == outcome.report["ledger"]["restored"] >= 10
    assert_sound(run.store)


def test_a_run_that_nobody_feeds_ends_at_ctrl_c(start_run: StartRun) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    run = start_run({"source": {"kind": "push", "push": {"endpoint": endpoint}}, **CAMERA})
    with zmq.Context() as context, context.socket(zmq.PUSH) as knocking:
        knocking.setsockopt(zmq.LINGER, 0)
        knocking.setsockopt(zmq.IMMEDIATE, 1)  # a message leaves only when somebody listens
        knocking.connect(endpoint)
        knocking.setsockopt(zmq.SNDTIMEO, int(PATIENCE_S * 1000))
        knocking.send(b"is anybody there?")
    run.interrupt()
    outcome = run.finish()
    assert outcome.exit_code == 0, outcome.stderr
    assert not run.store.exists()
