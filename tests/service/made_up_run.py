"""A run that restores nothing, and its camera, which a test holds up and stops as it likes."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from livecare.config import Config, make_config
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sources.protocol import Arrival, NoFrame

INFO = StreamInfo("", "made up", (16, 16), "uint16")
PACE_S = 0.005
"""Between two frames, seconds."""


class MadeUpCamera:
    """Gives frames until it has given all that it has, or is stopped; while `more` is set."""

    def __init__(self, frames: int | None = None) -> None:
        self.lost_at_end = 0
        self.problem: str | None = None
        self.more = threading.Event()
        self.more.set()
        self.given = 0
        self.stopped = threading.Event()
        self._frames = frames

    def open(self, run_id: str) -> StreamInfo:
        return replace(INFO, run_id=run_id)

    def start(self) -> None:
        pass

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        if self.stopped.is_set() or self.given == self._frames:
            return NoFrame.ENDED
        if not self.more.wait(timeout_s):
            return NoFrame.WAITING
        self.stopped.wait(PACE_S)
        pixels[:] = self.given
        self.given += 1
        return Arrival(Position(self.given - 1), received_ns=1)

    def request_stop(self) -> None:
        self.stopped.set()

    def close(self) -> None:
        self.stopped.set()


def configured(folder: Path, source: Mapping[str, object] | None = None, **store: object) -> Config:
    """Configure it."""
    table = {
        "source": dict(source or {}),
        "store": {"path": str(folder / "run.ome.zarr"), **store},
        "ring": {"directory": str(folder / "rings"), "slots": 4},
        "restorer": {"enabled": False},
    }
    return make_config(table, "test")
