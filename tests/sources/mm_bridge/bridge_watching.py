"""A simulated Micro-Manager of tiny pictures, and a reader of its tap."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from livecare.frame import Pixels, StreamInfo
from livecare.simulated_bridge.server import SimulatedBridge, Spoiler
from livecare.simulated_bridge.settings import SimulatedBridgeSettings
from livecare.sources.mm_bridge import MmBridgeSettings, MmBridgeSource
from livecare.sources.protocol import Arrival, NoFrame

READ_S = 0.05
PATIENCE = 600
"""Reads in a row without a frame after which the source is taken for stuck."""
FORBIDDEN = {
    "clearCircularBuffer",
    "popNextImage",
    "popNextImageMD",
    "setExposure",
    "startContinuousSequenceAcquisition",
    "startSequenceAcquisition",
    "stopSequenceAcquisition",
}


@contextmanager
def serving(spoiler: Spoiler | None = None, **given: object) -> Iterator[SimulatedBridge]:
    tiny = SimulatedBridgeSettings(port=0, size_yx=(32, 48), rate_hz=200.0, pictures=5)
    bridge = SimulatedBridge(replace(tiny, **given), spoiler)
    bridge.start()
    try:
        yield bridge
    finally:
        bridge.stop()


@dataclass
class Watch:
    """Reads a source; keeps what came, and the picture of each frame."""

    source: MmBridgeSource
    stream: StreamInfo
    arrivals: list[Arrival] = field(default_factory=list)
    pictures: list[Pixels] = field(default_factory=list)
    streams: list[StreamInfo] = field(default_factory=list)
    ended: bool = False

    def until(self, reached: Callable[[], bool]) -> None:
        """Read until a condition holds or the source ends."""
        pixels = np.empty(self.stream.shape_yx, self.stream.dtype)
        waits = 0
        while not reached():
            came = self.source.read_into(pixels, READ_S)
            if came is NoFrame.ENDED:
                self.ended = True
                return
            if came is NoFrame.WAITING:
                waits += 1
                if waits == PATIENCE:
                    pytest.fail(f"stuck after {len(self.arrivals)} frames: {self.source.counts}")
                continue
            waits = 0
            if isinstance(came, StreamInfo):
                self.streams.append(came)
                self.stream = came
                pixels = np.empty(came.shape_yx, came.dtype)
                continue
            self.arrivals.append(came)
            self.pictures.append(pixels.copy())

    def frames(self, more: int) -> None:
        """Read so many frames more."""
        wanted = len(self.arrivals) + more
        self.until(lambda: len(self.arrivals) >= wanted)


@contextmanager
def watching(bridge: SimulatedBridge, **given: object) -> Iterator[Watch]:
    source = MmBridgeSource(replace(MmBridgeSettings(endpoint=bridge.endpoint), **given))
    try:
        stream = source.open("run")
        source.start()
        yield Watch(source, stream)
    finally:
        source.close()
