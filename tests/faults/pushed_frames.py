"""Runs whose frames a test makes itself, and pushes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from fault_run import Trial, Truth
from live_run import PATIENCE_S, LiveRun, Outcome, Table, free_port, merge

from livecare.client import Pusher
from livecare.frame import Pixels
from livecare.sinks.reader import StoreReader

CAMERA: Table = {"restorer": {"camera": {"gain": 2.0, "offset": 100.0, "read_noise": 1.6}}}
"""So that frames need not show what their camera is like."""


def truth_of(frames: Sequence[Pixels]) -> Truth:
    """Compare raw frames with those that were pushed, bit by bit."""

    def compare(store: Path) -> set[int]:
        reader = StoreReader(store)
        sequences = set()
        for line in reader.lines("raw"):
            found = reader.read("raw", line.position)
            assert found is not None
            pushed = frames[line.sequence]
            assert (found.shape, found.dtype) == (pushed.shape, pushed.dtype)
            assert found.tobytes() == pushed.tobytes(), f"frame {line.sequence} is another"
            sequences.add(line.sequence)
        return sequences

    return compare


def start_pushed(trial: Trial, table: Table) -> tuple[LiveRun, str]:
    """Start a run that takes one acquisition; return where to push it."""
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    source = {"kind": "push", "push": {"endpoint": endpoint, "acquisitions": 1}}
    configured = merge({"source": source, "restorer": {"engine": "identity"}}, table)
    return trial.start(configured), endpoint


def push_all(
    trial: Trial,
    frames: Sequence[Pixels],
    table: Table = CAMERA,
    *,
    exit_code: int = 0,
    between: Callable[[LiveRun, int], None] = lambda _run, _sent: None,
    **stream: Any,  # noqa: ANN401  # whatever a Pusher takes
) -> tuple[LiveRun, Outcome]:
    """Push frames in order, and settle the run; `between` is called after each."""
    run, endpoint = start_pushed(trial, table)
    with Pusher(endpoint=endpoint, block=True, linger_s=PATIENCE_S, **stream) as pusher:
        for sent, frame in enumerate(frames, 1):
            assert pusher.send(frame)
            between(run, sent)
    outcome = trial.settle(run, exit_code=exit_code, delivered=len(frames), truth=truth_of(frames))
    return run, outcome


def noise(count: int, shape_yx: tuple[int, int], dtype: str) -> list[Pixels]:
    """Frames of a camera in the dark."""
    rng = np.random.default_rng(count)
    top = 200 if dtype == "uint8" else 400
    return [rng.integers(90, top, shape_yx, np.uint16).astype(dtype) for _ in range(count)]
