"""A pymmcore-plus script as users have them, with the demo camera.

python SCRIPT ENDPOINT FOLDER mda|live: what pymmcore-plus itself had goes to FOLDER/frames.npz.
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mm_test_adapters
import numpy as np
from pymmcore_plus import CMMCorePlus
from useq import MDAEvent, MDASequence

from livecare.client import tap_core

SEQUENCE = MDASequence(
    axis_order="tpcz",
    time_plan={"interval": 0, "loops": 4},
    stage_positions=[(0, 0, 0), {"x": 10, "y": 10, "name": "right"}],
    channels=["DAPI", {"config": "FITC", "exposure": 2}, {"config": "FITC", "exposure": 3}],
    z_plan={"range": 2, "step": 1},
)
EVENTS = [MDAEvent(channel="DAPI"), MDAEvent(channel="FITC"), MDAEvent(channel="DAPI")]
HARDWARE_SEQUENCE = MDASequence(time_plan={"interval": 0, "loops": 30})


def start_core() -> CMMCorePlus:
    adapters = Path(mm_test_adapters.device_adapter_path())
    core = CMMCorePlus(mm_path=str(adapters))
    core.setDeviceAdapterSearchPaths([str(adapters)])
    core.loadSystemConfiguration(str(adapters / "MMConfig_demo.cfg"))
    core.setProperty("Camera", "PixelType", "16bit")
    core.setProperty("Camera", "OnCameraCCDXSize", "64")
    core.setProperty("Camera", "OnCameraCCDYSize", "48")
    core.setExposure(1)
    return core


def run_mda(core: CMMCorePlus, frames: list[Any]) -> None:
    core.mda.events.frameReady.connect(lambda image, *_: frames.append(image.copy()))
    for what in (SEQUENCE, SEQUENCE, EVENTS, HARDWARE_SEQUENCE):
        core.mda.run(what)


def run_live(core: CMMCorePlus, enough: Callable[[], bool], frames: list[Any]) -> None:
    """Run live twice, and pop every frame oneself: the tap must not steal any."""
    pause = threading.Event()
    for size in (64, 32):
        core.setProperty("Camera", "OnCameraCCDXSize", str(size))
        core.setExposure(10)
        core.startContinuousSequenceAcquisition(0)
        numbers, deadline = [], time.monotonic() + 30
        while not enough() and time.monotonic() < deadline:
            if core.getRemainingImageCount() > 1:  # a viewer that leaves the newest
                image, tags = core.popNextImageAndMD()
                frames.append(image)
                numbers.append(int(tags["ImageNumber"]))
            pause.wait(0.002)
        core.stopSequenceAcquisition()
        if numbers != list(range(len(numbers))):
            raise SystemExit(f"frames were stolen: {numbers}")


def main(endpoint: str, folder: Path, what: str) -> None:
    core, frames = start_core(), []
    tap = tap_core(core, endpoint)
    if what == "live":
        targets = iter(range(10, 10_000, 10))
        goal = [next(targets)]

        def enough() -> bool:
            if tap.sent >= goal[0]:
                goal[0] = next(targets)
                return True
            return False

        run_live(core, enough, frames)
    else:
        run_mda(core, frames)
    tap.close()
    np.savez(folder / "frames.npz", *frames)
    core.mda.run([MDAEvent()])  # nobody listens any more
    if (tap.dropped, tap.errors) != (0, 0):
        raise SystemExit(f"{tap.dropped} dropped, {tap.errors} errors: {tap.last_error}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
