"""Whether a stopped subscriber touches the recording: with and without one, by turns."""

import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import zmq
from calm import calmly
from receiver import Receiver
from runs import LivecareRun, Setting
from table import Bar, Figure


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    side : int
        Rows and columns of the frames, pixels.
    rate_hz : float
        Of the camera.
    stopped_s : float
        How long the subscriber stands still, seconds; the run is longer by a half.
    repeats : int
        Runs of each kind.
    """

    side: int
    rate_hz: float
    stopped_s: float
    repeats: int


def measure(folder: Path, effort: Effort) -> list[Figure]:
    """Compare the time that recording a frame takes, and count what is lost."""
    frames = round(effort.rate_hz * effort.stopped_s * 1.5)
    setting = Setting(effort.side, effort.rate_hz, frames, "identity")
    times_ms: dict[str, list[tuple[float, float]]] = {"p50": [], "p99": []}
    repeats = calmly(
        lambda: (_run(folder, setting, 0.0), _run(folder, setting, effort.stopped_s)),
        effort.repeats,
    )
    for calm, stopped in repeats.taken:
        for name, pairs in times_ms.items():
            pairs.append(
                (stopped["stages_ms"]["recorded"][name], calm["stages_ms"]["recorded"][name])
            )
    ledgers = [stopped["ledger"] for _, stopped in repeats.every]
    missing = max(frames - each["recorded"] for each in ledgers)
    what = f"{effort.side}² at {effort.rate_hz:.0f} Hz, subscriber stopped {effort.stopped_s:.0f} s"
    return [
        *(
            Figure(f"{what}, recorded {name}", "ms", "never stopped", pairs, note=repeats.note)
            for name, pairs in times_ms.items()
        ),
        Figure(
            f"{what}, lost", "frames", "acquired", [(missing, frames)], Bar("measured", "<=", 0)
        ),
    ]


def _run(folder: Path, setting: Setting, stopped_s: float) -> dict[str, Any]:
    """Run with one subscriber that stands still for a while once frames come."""
    with LivecareRun(folder, setting) as run:
        subscriber = Receiver(_subscribe, run.preview)
        process = psutil.Process(subscriber.pid)
        subscriber.hear()
        if stopped_s:
            process.suspend()
            time.sleep(stopped_s)
            process.resume()
        report = run.report()
        subscriber.kill()
    return report


def _subscribe(connection: Connection, endpoint: str) -> None:
    """Receive whatever comes; say when the first frame did."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(endpoint)
    while len(socket.recv_multipart()) < 3:  # noqa: PLR2004 - topic, header and pixels
        pass
    connection.send("a frame")
    while True:
        socket.recv_multipart(copy=False)
