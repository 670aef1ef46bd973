"""A process that sets region of interest, size, binning, type and buffer while livecare reads.

Run with "own" or "tap" or both; prints what came as JSON. A mistake here is a segmentation fault,
which is why it is a process of its own.
"""

import faulthandler
import json
import sys
from collections.abc import Callable
from itertools import cycle

import numpy as np

from livecare.frame import StreamInfo
from livecare.sources import MicroManagerSettings, MicroManagerSource
from livecare.sources.micromanager import demo_settings
from livecare.sources.micromanager.core import configure, load_core
from livecare.sources.protocol import Arrival, NoFrame

FRAMES_BETWEEN = 2
ROOM_MB = 64
EXPOSURE_MS = {"own": 1.0, "tap": 10.0}
"""MMCore promises nothing of a frame that is looked at while the camera fills its buffer
(micro-manager/mmCoreAndDevices#841): a tap has room for a second, or the core dies of it."""


Change = Callable[[object], object]


def stopped(*changes: Change) -> Change:
    """Stop the camera first: cores and DemoCamera can die of it while it runs.

    Of a region of interest they do rarely, by a heap that is found corrupt later.
    """

    def change(core: object) -> None:
        core.stopSequenceAcquisition()
        for each in changes:
            each(core)

    return change


def put(name: str, text: str) -> Change:
    return lambda core: core.setProperty("Camera", name, text)


def size(side: int) -> Change:
    return stopped(put("OnCameraCCDXSize", str(side)), put("OnCameraCCDYSize", str(side)))


def buffer(size_mb: int) -> Change:
    return stopped(lambda core: core.setCircularBufferMemoryFootprint(size_mb))


CHANGES = (
    size(1200),  # who reads the small frames still in the buffer as large ones dies here
    stopped(lambda core: core.setROI(8, 8, 80, 64)),
    stopped(lambda core: core.setROI(8, 8, 40, 24)),
    buffer(1),
    stopped(lambda core: core.clearROI()),
    size(64),
    stopped(lambda core: core.setROI(0, 0, 64, 64)),
    buffer(ROOM_MB),
    stopped(put("Binning", "2")),
    stopped(lambda core: core.setROI(0, 0, 16, 16)),
    stopped(put("PixelType", "8bit")),
    stopped(put("Binning", "1"), lambda core: core.clearROI(), put("PixelType", "16bit")),
    size(800),
    lambda core: core.clearCircularBuffer(),
    size(96),
    lambda core: core.stopSequenceAcquisition(),
    buffer(1),
)


def keep_going(core: object, mode: str) -> None:
    """Give large frames room, and a tap a sequence, once the source has waited for either."""
    if core.isSequenceRunning():
        return
    if core.getCircularBufferMemoryFootprint() < ROOM_MB:
        core.setCircularBufferMemoryFootprint(ROOM_MB)
    if mode == "tap":
        core.startContinuousSequenceAcquisition(0)


def main(mode: str) -> dict[str, object]:
    core = load_core(MicroManagerSettings())
    configure(core, demo_settings((64, 96), EXPOSURE_MS[mode]))
    core.setCircularBufferMemoryFootprint(1)
    wanted = FRAMES_BETWEEN * len(CHANGES)
    if mode == "own":
        settings = demo_settings((64, 96), EXPOSURE_MS[mode], wanted)
    else:
        settings = MicroManagerSettings(mode="tap", frames=wanted)
        core.startContinuousSequenceAcquisition(0)
    source = MicroManagerSource(settings, core)
    stream = source.open("run")
    source.start()
    changes = cycle(CHANGES)
    pixels = np.empty(stream.shape_yx, stream.dtype)
    frames, parts = 0, 1
    while (said := source.read_into(pixels, 0.12)) is not NoFrame.ENDED:
        if isinstance(said, StreamInfo):
            parts += said.shape_yx != pixels.shape or said.dtype != pixels.dtype
            pixels = np.empty(said.shape_yx, said.dtype)
        elif isinstance(said, Arrival):
            frames += 1
            if frames % FRAMES_BETWEEN == 0:
                next(changes)(core)
        else:
            keep_going(core, mode)
    source.close()
    core.reset()
    return {"wanted": wanted, "frames": frames, "parts": parts, "problem": source.problem}


if __name__ == "__main__":
    faulthandler.enable()
    print(json.dumps({mode: main(mode) for mode in sys.argv[1:]}))  # noqa: T201 its result
