"""A camera that pushes frames to a run, and does as it is told: pauses, bursts, the end.

    python benchmarks/soak_camera.py --endpoint tcp://127.0.0.1:5764 --side 512 --rate 30

Orders are lines on standard input: "go", "pause SECONDS", "burst SECONDS", "end". Every second it
says how many frames it has taken, as a line of JSON; the last one has "ended".
"""

import argparse
import json
import queue
import sys
import threading
import time
from collections.abc import Iterator
from typing import Final

import numpy as np

from livecare.client.push import Pusher
from livecare.simulation import FrameBank, SimulatedScene
from livecare.sources.simulated import SimulatedSettings

BANK_FRAMES: Final = 8
"""Frames that are repeated on fresh fields: few, since they are rendered before the start."""
FASTER: Final = 4.0
"""How many times faster a burst is."""
SAID_S: Final = 1.0
"""Time between two lines, seconds."""
LINGER_S: Final = 30.0
"""How long the last frames may take to leave, seconds."""


class Pace:
    """When the next frame is due; times in seconds of one clock."""

    def __init__(self, rate_hz: float, now_s: float) -> None:
        self._period_s = 1 / rate_hz
        self._due_s = now_s
        self._burst_until_s = 0.0

    def left_s(self, now_s: float) -> float:
        """Return the time until the next frame."""
        return max(0.0, self._due_s - now_s)

    def take(self, now_s: float) -> None:
        """Note that a frame is taken: one that came late is not made up for."""
        faster = FASTER if now_s < self._burst_until_s else 1.0
        self._due_s = max(self._due_s, now_s - self._period_s) + self._period_s / faster

    def pause(self, seconds: float, now_s: float) -> None:
        """Take none for a while."""
        self._due_s = max(self._due_s, now_s + seconds)

    def burst(self, seconds: float, now_s: float) -> None:
        """Take them faster for a while."""
        self._burst_until_s = now_s + seconds


def main() -> None:
    """Announce, wait for "go", and take frames until the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--rate", type=float, default=30.0, help="frames per second")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    settings = SimulatedSettings(
        size_yx=(chosen.side, chosen.side),
        seed=chosen.seed,
        bleach_half_life=None,
        bank_frames=BANK_FRAMES,
    )
    bank = FrameBank(SimulatedScene(settings.scene()))
    frame = np.empty(settings.size_yx, settings.dtype)
    orders: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    stream = {"shape_yx": settings.size_yx, "dtype": settings.dtype, "source": "soak camera"}
    with Pusher(endpoint=chosen.endpoint, linger_s=LINGER_S, **stream) as pusher:
        said_s = time.monotonic()
        for index in _turns(orders, chosen.rate):
            bank.copy_into(index, frame)
            pusher.send(frame, camera_index=index)
            if time.monotonic() - said_s >= SAID_S:
                said_s = time.monotonic()
                _say(pusher, ended=False)
    _say(pusher, ended=True)


def _turns(orders: "queue.SimpleQueue[list[str]]", rate_hz: float) -> Iterator[int]:
    """Count frames, each when it is due, and follow orders meanwhile."""
    if orders.get() != ["go"]:
        return
    pace, index = Pace(rate_hz, time.monotonic()), 0
    while True:
        try:
            order, *seconds = orders.get(timeout=pace.left_s(time.monotonic()))
        except queue.Empty:
            pace.take(time.monotonic())
            yield index
            index += 1
            continue
        if order == "end":
            return
        tempo = pace.pause if order == "pause" else pace.burst
        tempo(float(seconds[0]), time.monotonic())


def _listen(orders: "queue.SimpleQueue[list[str]]") -> None:
    """Hand on orders; when nobody is there any more to give them, it is the end."""
    for line in sys.stdin:
        orders.put(line.split())
    orders.put(["end"])


def _say(pusher: Pusher, *, ended: bool) -> None:
    print(json.dumps({"sent": pusher.sent, "dropped": pusher.dropped, "ended": ended}), flush=True)


if __name__ == "__main__":
    main()
