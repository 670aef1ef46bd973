"""A pycromanager script as users have them, with the demo camera: python SCRIPT ENDPOINT FOLDER.

Everything that its data set holds goes to FOLDER/frames.npz, by time, channel and plane.
"""

import sys
from pathlib import Path

import mm_test_adapters
import numpy as np
from pycromanager import (
    Acquisition,
    Core,
    multi_d_acquisition_events,
    start_headless,
    stop_headless,
)

from livecare.client import image_hook

TIMES, CHANNELS, PLANES = 20, ("DAPI", "FITC"), 5
SIDE = 96


def main(endpoint: str, folder: Path) -> None:
    adapters = Path(mm_test_adapters.device_adapter_path())
    start_headless(
        str(adapters), config_file=str(adapters / "MMConfig_demo.cfg"), python_backend=True
    )
    core = Core()
    core.set_property("Camera", "PixelType", "16bit")
    core.set_property("Camera", "OnCameraCCDXSize", str(SIDE))
    core.set_property("Camera", "OnCameraCCDYSize", str(SIDE + 32))
    core.set_exposure(1)
    events = multi_d_acquisition_events(
        num_time_points=TIMES,
        channel_group="Channel",
        channels=list(CHANNELS),
        z_start=0,
        z_end=PLANES - 1,
        z_step=1,
        order="tcz",
    )
    with image_hook(endpoint) as hook:
        acquisition = Acquisition(str(folder), "set", image_process_fn=hook, show_display=False)
        with acquisition:
            acquisition.acquire(events)
    found = acquisition.get_dataset()
    frames = {
        f"{t} {c} {z}": found.read_image(time=t, channel=name, z=z)
        for t in range(TIMES)
        for c, name in enumerate(CHANNELS)
        for z in range(PLANES)
    }
    found.close()
    np.savez(folder / "frames.npz", **frames)
    stop_headless()
    counts = hook.seen, hook.sent, hook.dropped, hook.errors
    if counts != (len(frames), len(frames), 0, 0):
        raise SystemExit(f"{counts}: {hook.last_error}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
