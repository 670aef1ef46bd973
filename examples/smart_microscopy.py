"""React to restored frames: follow the brightest place, with just enough light.

pymmcore-plus acquires, livecare restores, and each restored frame decides about the next exposure
and stage position. Start livecare with

    [source]
    kind = "push"
    [publish]
    preview = "tcp://127.0.0.1:5765"

then run  python smart_microscopy.py  (with Micro-Manager's demo configuration).
"""

from queue import SimpleQueue

import numpy as np
from pymmcore_plus import CMMCorePlus
from useq import MDAEvent

from livecare.client import subscribe, tap_core
from livecare.client.received import Received

WANTED_BRIGHTNESS = 500.0
"""Counts that the brightest hundredth of a restored frame shall have."""


def react(frame: Received, event: MDAEvent) -> MDAEvent:
    """Say what to acquire next, from what was restored: exposure in ms, stage in µm."""
    bright = float(np.percentile(frame.pixels, 99))
    exposure_ms = event.exposure * np.clip(WANTED_BRIGHTNESS / max(bright, 1.0), 0.5, 2.0)
    rows, columns = np.nonzero(frame.pixels >= bright)
    pixel_um = frame.info.pixel_size_um or 1.0
    return MDAEvent(
        exposure=float(np.clip(exposure_ms, 1.0, 100.0)),
        x_pos=event.x_pos + pixel_um * (columns.mean() - frame.pixels.shape[1] / 2),
        y_pos=event.y_pos + pixel_um * (rows.mean() - frame.pixels.shape[0] / 2),
    )


def run(
    core: CMMCorePlus,
    reactions: int = 20,
    push: str = "tcp://127.0.0.1:5764",
    preview: str = "tcp://127.0.0.1:5765",
) -> list[MDAEvent]:
    """Acquire until so many frames were reacted to; return what was acquired."""
    acquired, queue = [], SimpleQueue()
    event = MDAEvent(exposure=10.0, x_pos=core.getXPosition(), y_pos=core.getYPosition())
    with tap_core(core, push, live=False), subscribe(preview, timeout_s=2.0) as restored:
        acquisition = core.run_mda(iter(queue.get, None))
        try:
            while reactions:
                acquired.append(event)
                queue.put(event)
                try:
                    event = react(next(restored), event)
                    reactions -= 1
                except TimeoutError as silence:  # livecare is starting, or away: once more
                    print(silence)
        finally:  # whatever went wrong: the acquisition would wait for its next event for ever
            queue.put(None)
            acquisition.join()
    return acquired


if __name__ == "__main__":
    core = CMMCorePlus.instance()
    core.loadSystemConfiguration()
    for event in run(core):
        print(f"{event.exposure:.1f} ms at {event.x_pos:.1f}, {event.y_pos:.1f} µm")
