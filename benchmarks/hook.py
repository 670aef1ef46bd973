"""What the hook costs a pycromanager acquisition: with and without it, by turns.

Needs pycromanager and the extra micromanager; a real core with the demo camera, 2 channels × 5
planes × 20 time points through the python backend, onto the disk.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import mm_test_adapters
import zmq
from calm import calmly
from machine import Machine
from pycromanager import (
    Acquisition,
    Core,
    multi_d_acquisition_events,
    start_headless,
    stop_headless,
)
from receiver import Receiver
from table import Bar, Figure, publish, read_options

from livecare.client import image_hook

FRAME_PARTS: Final = 2
EXPOSURE_MS: Final = 10.0
CHANNELS: Final = ("DAPI", "FITC")
PLANES: Final = 5
SIDES: Final = ("512", "1024")
"""Rows and columns of the images, pixels."""


def main() -> None:
    """Measure both, and the hook's own time for each image."""
    options = read_options("hook", __doc__ or "", SIDES)
    machine = Machine.here()
    times, repeats = (2, 1) if options.quick else (20, 5)
    sides = [int(side) for side in SIDES if options.wants(side)]
    core = _start_core()
    figures = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for side in sides:
            figures += _measure(core, Path(folder), side, times, repeats)
    stop_headless()
    publish("hook", options, machine, figures)


def _measure(core: Any, folder: Path, side: int, times: int, repeats: int) -> list[Figure]:  # noqa: ANN401
    for axis in "XY":
        core.set_property("Camera", f"OnCameraCCD{axis}Size", str(side))
    images = times * len(CHANNELS) * PLANES
    calls_us: list[float] = []
    lost: list[int] = []

    def with_hook() -> float:
        receiver = Receiver(_count_frames)
        endpoint = receiver.hear()
        with image_hook(endpoint) as hook:

            def timed(image: Any, metadata: Any) -> Any:  # noqa: ANN401 as pycromanager has it
                begun = time.perf_counter()
                result = hook(image, metadata)
                calls_us.append((time.perf_counter() - begun) * 1e6)
                return result

            taken = _acquire(folder, times, timed)
        lost.append(images - receiver.hear())
        receiver.end()
        return taken

    def both() -> tuple[float, float]:
        without = _acquire(folder, times, None)
        return with_hook(), without

    both()  # the first of each makes and loads what the others find
    calls_us.clear()
    taken = calmly(both, repeats)
    what = f"{images} images of {side}²"
    call = statistics.median(calls_us), statistics.median(without for _, without in taken.taken)
    return [
        Figure(
            f"{what}, acquired", "s", "without", taken.taken, Bar("ratio", "<=", 1.05), taken.note
        ),
        Figure(f"{what}, hook's own", "µs", "per image", [(call[0], call[1] / images * 1e6)]),
        Figure(
            f"{what}, lost", "images", "acquired", [(max(lost), images)], Bar("measured", "<=", 0)
        ),
    ]


def _acquire(folder: Path, times: int, function: Callable[..., Any] | None) -> float:
    """Acquire a data set, as a user has it; return the seconds until it is written."""
    events = multi_d_acquisition_events(
        num_time_points=times,
        channel_group="Channel",
        channels=list(CHANNELS),
        z_start=0,
        z_end=PLANES - 1,
        z_step=1,
        order="tcz",
    )
    begun = time.perf_counter()
    acquisition = Acquisition(str(folder), "set", image_process_fn=function, show_display=False)
    with acquisition:
        acquisition.acquire(events)
    taken = time.perf_counter() - begun
    acquisition.get_dataset().close()
    return taken


def _start_core() -> Any:  # noqa: ANN401 pycromanager makes its class at run time
    adapters = Path(mm_test_adapters.device_adapter_path())
    start_headless(
        str(adapters), config_file=str(adapters / "MMConfig_demo.cfg"), python_backend=True
    )
    core = Core()
    core.set_property("Camera", "PixelType", "16bit")
    core.set_exposure(EXPOSURE_MS)
    return core


def _count_frames(connection: Connection) -> None:
    """Receive until an end; say how many frames came."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.PULL)
    socket.bind("tcp://127.0.0.1:*")
    connection.send(socket.getsockopt_string(zmq.LAST_ENDPOINT))
    frames = 0
    while True:
        parts = socket.recv_multipart(copy=False)
        if len(parts) == FRAME_PARTS:
            frames += 1
        elif b"end" in parts[0].bytes[:16]:
            break
    connection.send(frames)


if __name__ == "__main__":
    main()
