"""A camera whose frames a test has written down."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter_ns

import numpy as np

from livecare.frame import Pixels, Position, StreamInfo
from livecare.sources.protocol import Arrival, NoFrame

SHAPE = (72, 96)


@dataclass(frozen=True)
class Light:
    """What a channel's camera sees, and what it is like."""

    photons: float = 40.0
    gain: float = 2.0
    offset: float = 100.0

    def frame(self, seed: int) -> Pixels:
        """Give a noisy picture of a specimen that stands still."""
        y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
        specimen = 0.1 + np.clip(np.sin(y / 7.0) * np.sin(x / 9.0), 0, None) ** 2
        rng = np.random.default_rng(seed)
        electrons = rng.poisson(self.photons * specimen) + 1.5 * rng.standard_normal(SHAPE)
        return np.clip(np.rint(self.offset + self.gain * electrons), 0, 65535).astype(np.uint16)

    def closed(self) -> Pixels:
        """Give the picture of a closed shutter."""
        return np.full(SHAPE, int(self.offset), np.uint16)


class ListedSource:
    """Gives frames from a list, at a steady pace; a stop ends it where it is.

    Frames follow each other channel by channel; `interval_s` is the time between two of them.
    """

    lost_at_end = 0
    problem = None

    def __init__(self, frames: Sequence[Pixels], channels: int = 1, interval_s: float = 0) -> None:
        self._frames = frames
        self._channels = channels
        self._interval_s = interval_s
        self._given = 0
        self._stopped = threading.Event()
        names = tuple(f"channel {c}" for c in range(channels))
        self._info = StreamInfo("", "listed", frames[0].shape, "uint16", channels=names)

    def open(self, run_id: str) -> StreamInfo:
        return replace(self._info, run_id=run_id)

    def start(self) -> None:
        """Nothing to do."""

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:
        stopped = self._stopped.wait(min(timeout_s, self._interval_s))
        if stopped or self._given == len(self._frames):
            return NoFrame.ENDED
        pixels[:] = self._frames[self._given]
        t, c = divmod(self._given, self._channels)
        self._given += 1
        return Arrival(Position(t, c), received_ns=perf_counter_ns())

    def request_stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self._stopped.set()
