"""What a whole run reaches: real `livecare run` processes with a simulated camera.

Parts: `rate` (restored frames beside the bare engine's), `added` (time added to the engine's own),
`load` (time from camera to restored while the camera comes nearer to the engine's rate), `memory`
(flat or not), `subscriber` (a stopped one touches nothing), `camera` (the fastest without loss).
"""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import camera_load
import camera_rates
import engine_share
import flat_memory
import stopped_subscriber
from machine import Machine
from table import Figure, publish, read_options

Part = Callable[[Path], list[Figure]]

JOBS_OF_SMOKE_RUN: Final = 3
"""Parts that a smoke run measures at once: most of its time is processes starting."""


def full() -> dict[str, Part]:
    """List what is measured."""
    share = engine_share.Effort(side=512, large_side=2048, seconds=8.0, repeats=4)
    load = camera_load.Effort(512, (0.25, 0.5, 0.7, 0.85, 0.95, 1.05, 1.2, 1.5), 10.0, repeats=2)
    memory = flat_memory.Effort(side=256, first=1000, last=10_500, engine_rate_hz=200.0)
    subscriber = stopped_subscriber.Effort(side=512, rate_hz=100.0, stopped_s=10.0, repeats=2)
    camera = camera_rates.Effort(sides=(512, 1024, 2048), seconds=5.0)
    return {
        "rate": lambda folder: engine_share.measure_rate(folder, share),
        "added": lambda folder: [
            *engine_share.measure_added(folder, share),
            *engine_share.measure_added_large(folder, share),
        ],
        "load": lambda folder: camera_load.measure(folder, load),
        "memory": lambda folder: flat_memory.measure(folder, memory, ("identity", "onnxruntime")),
        "subscriber": lambda folder: stopped_subscriber.measure(folder, subscriber),
        "camera": lambda folder: camera_rates.measure(folder, camera),
    }


def quick() -> dict[str, Part]:
    """List the same, so short that the figures mean nothing."""
    share = engine_share.Effort(side=64, large_side=128, seconds=0.3, repeats=1)
    load = camera_load.Effort(64, (0.5,), seconds=0.3, repeats=1)
    memory = flat_memory.Effort(side=64, first=10, last=1000, engine_rate_hz=500.0)
    subscriber = stopped_subscriber.Effort(side=64, rate_hz=100.0, stopped_s=0.5, repeats=1)
    camera = camera_rates.Effort((64,), 0.01, engines=("identity",), shares=(0.1,))
    return {
        "rate": lambda folder: engine_share.measure_rate(folder, share),
        "added": lambda folder: engine_share.measure_added_large(folder, share),
        "load": lambda folder: camera_load.measure(folder, load),
        "memory": lambda folder: flat_memory.measure(folder, memory, ("onnxruntime",)),
        "subscriber": lambda folder: stopped_subscriber.measure(folder, subscriber),
        "camera": lambda folder: camera_rates.measure(folder, camera),
    }


def main() -> None:
    """Measure, print, write."""
    options = read_options("end_to_end", "What a whole run reaches.", list(full()))
    machine = Machine.here()
    parts = quick() if options.quick else full()
    jobs = JOBS_OF_SMOKE_RUN if options.quick else 1
    with ThreadPoolExecutor(jobs) as threads:
        wanted = [part for name, part in parts.items() if options.wants(name)]
        results = list(threads.map(lambda part: _measure(part, options.folder), wanted))
    figures = [figure for result in results for figure in result]
    publish("end_to_end", options, machine, figures)


def _measure(part: Part, parent: Path | None) -> list[Figure]:
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        return part(Path(folder))


if __name__ == "__main__":
    main()
