"""Programs beside a run, each a process of its own that says on its output what it has done."""

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from live_run import PATIENCE_S

from livecare.frame import Pixels
from livecare.simulated_bridge.camera import SimulatedCamera
from livecare.simulated_bridge.settings import SimulatedBridgeSettings
from livecare.sinks.reader import StoreReader

SUBSCRIBER = """
import sys
from livecare.client import subscribe
with subscribe(sys.argv[1], "both", until_end=True, timeout_s=60) as frames:
    for frame in frames:
        print(frame.header.sequence, flush=True)
"""

VIEWER = """
import sys, time
from pathlib import Path
from livecare.viewer.feed.session import Session
from livecare.viewer.feed.where import Where
session, seen = Session(Where(Path(sys.argv[1]))), 0
while True:
    step = session.step(time.monotonic())
    seen += len(step.frames)
    print(seen, flush=True)
    time.sleep(0.02)
"""

PUSHER = """
import signal, sys, time
import numpy as np
from livecare.client import Pusher
from livecare.frame import StreamInfo
endpoint, run_id, count, rate_hz = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
info = StreamInfo(run_id, "a script", (40, 56), "uint16")
grid = np.arange(40 * 56, dtype=np.uint32).reshape(40, 56)
with Pusher(info, endpoint=endpoint, block=True, linger_s=60) as pusher:
    for index in range(count):
        pusher.send(((grid * (index + 3)) % 65521).astype(np.uint16), camera_index=index)
        print(index + 1, flush=True)
        if asked:
            break
        time.sleep(1 / rate_hz)
"""
"""Sends until it is asked to end."""

PUSHED_SHAPE = (40, 56)
BRIDGE_SIZE = (48, 64)
BRIDGE_RATE_HZ = 50.0


class Program:
    """A program; `said` is its last number."""

    def __init__(self, *command: str) -> None:
        self.process = psutil.Popen(
            [sys.executable, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said = 0
        self._words: queue.Queue[str] = queue.Queue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for line in self.process.stdout:
            self._words.put(line)

    def until(self, number: int) -> None:
        """Wait until it has said a number at least as high."""
        while self.said < number:
            self.hear(self._words.get(timeout=PATIENCE_S))

    def line(self) -> str:
        """Wait for a line."""
        return self._words.get(timeout=PATIENCE_S)

    def hear(self, line: str) -> None:
        """Take note of a line."""
        self.said = int(line)

    def last(self) -> int:
        """Return the last number that it said before it ended."""
        self.process.wait(PATIENCE_S)
        self._thread.join(PATIENCE_S)
        while not self._words.empty():
            self.hear(self._words.get())
        return self.said

    def close(self) -> None:
        if self.process.is_running():
            self.process.kill()
        self.process.wait()
        self._thread.join(PATIENCE_S)
        self.process.stdout.close()


@contextmanager
def program(*command: str) -> Iterator[Program]:
    """Run a program; it is killed at the end."""
    started = Program(*command)
    try:
        yield started
    finally:
        started.close()


def pushed_sequences(store: Path) -> set[int]:
    """Compare every pushed frame that is there with its truth; return their sequences."""
    grid = np.arange(np.prod(PUSHED_SHAPE), dtype=np.uint32).reshape(PUSHED_SHAPE)

    def truth(index: int) -> Pixels:
        return (grid * np.uint32(index + 3) % 65521).astype(np.uint16)

    return _compared(store, truth)


def bridged_sequences(store: Path) -> set[int]:
    """Do the same for frames of the simulated Micro-Manager."""
    camera = SimulatedCamera(SimulatedBridgeSettings(size_yx=BRIDGE_SIZE, rate_hz=BRIDGE_RATE_HZ))
    return _compared(store, camera.picture)


def _compared(store: Path, truth: Callable[[int], Pixels]) -> set[int]:
    reader = StoreReader(store)
    sequences = set()
    for line in reader.lines("raw"):
        assert line.camera_index is not None
        found = reader.read("raw", line.position)
        assert found is not None, f"frame {line.sequence} has a line and no pixels"
        assert np.array_equal(found, truth(line.camera_index)), f"frame {line.sequence} is another"
        sequences.add(line.sequence)
    return sequences
