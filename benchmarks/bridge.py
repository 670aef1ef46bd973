"""How soon frames come from a Micro-Manager next door, and whether watching it leaks.

The other side is `livecare simulate mm-bridge`, a process that speaks Micro-Manager's protocol; its
camera says when each frame was there, on the clock that both processes share. The limit of a
frame's age is what fetching one takes when it is asked for at the right moment: three calls in a
row. Memory is that of the watching process.
"""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter_ns

import numpy as np
import psutil
from calm import calmly
from machine import Machine
from table import Bar, Figure, Options, publish, read_options

from livecare.logs import set_up_logs
from livecare.sources.clock import MonotonicClock, StopSignal
from livecare.sources.mm_bridge import MmBridgeSettings, MmBridgeSource
from livecare.sources.mm_bridge.client import BridgeClient
from livecare.sources.mm_bridge.core import RemoteCore
from livecare.sources.mm_bridge.faults import BridgeCounts, RefusedCallError
from livecare.sources.protocol import Arrival, NoFrame

RATE_HZ = 50.0
AGE_MS = 5.0
GROWTH_MB = 10.0
READ_S = 0.5
MEGABYTE = 1e6
NS_PER_MS = 1e6
FASTEST_HZ = 20_000.0
"""Of a camera that always has another frame."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    sides : tuple of int
        Rows and columns of the frames whose age is measured, pixels.
    frames, repeats : int
        Frames of each measurement of ages, and how many measurements.
    small_side, first, last : int
        Side of small frames, pixels, and between which of them memory must not grow.
    """

    sides: tuple[int, ...]
    frames: int
    repeats: int
    small_side: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Ages:
    """One measurement.

    Attributes
    ----------
    p50_ms, p99_ms : float
        Percentiles of the frames' age, ms.
    fetch_ms : float
        Median time of a fetch, ms.
    skipped : int
        Frames that were passed over.
    """

    p50_ms: float
    p99_ms: float
    fetch_ms: float
    skipped: int


@contextmanager
def microscope(side: int, rate_hz: float) -> Iterator[tuple[str, int]]:
    """Run a simulated Micro-Manager; give its address and when its live mode began, ns."""
    command = [sys.executable, "-m", "livecare", "simulate", "mm-bridge", "--port", "0"]
    options = ["--size", str(side), str(side), "--rate", str(rate_hz)]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = re.search(r"on (\S+); live mode began at (\d+) ns", process.stdout.readline())
        assert said is not None
        yield said[1], int(said[2])
    finally:
        process.kill()
        process.communicate()


def watched(endpoint: str, frames: int) -> Iterator[Arrival]:
    """Give the frames of a tap as they come."""
    source = MmBridgeSource(MmBridgeSettings(endpoint=endpoint, frames=frames))
    stream = source.open("benchmark")
    pixels = np.empty(stream.shape_yx, stream.dtype)
    source.start()
    while (came := source.read_into(pixels, READ_S)) is not NoFrame.ENDED:
        if isinstance(came, Arrival):
            yield came
    assert source.problem is None
    source.close()


def ages(side: int, frames: int) -> Ages:
    """Measure how old frames are when they arrive."""
    with microscope(side, RATE_HZ) as (endpoint, began_ns):
        arrivals = list(watched(endpoint, frames))
        fetch_ms = _fetch_ms(endpoint, frames)
    taken = [began_ns + (arrival.camera_time_ns or 0) for arrival in arrivals]
    old_ms = [(a.received_ns - at) / NS_PER_MS for a, at in zip(arrivals, taken, strict=True)]
    p50_ms, p99_ms = np.percentile(old_ms, (50, 99))
    skipped = sum(arrival.skipped_before for arrival in arrivals)
    return Ages(float(p50_ms), float(p99_ms), fetch_ms, skipped)


def _fetch_ms(endpoint: str, times: int) -> float:
    """Measure the calls that one frame needs, in a row."""
    clock = MonotonicClock()
    client = BridgeClient(endpoint, clock, StopSignal(clock), BridgeCounts())
    core = RemoteCore(client, reply_timeout_s=10.0, control_timeout_s=10.0)
    taken_ns = []
    for _ in range(times):
        began_ns = perf_counter_ns()
        with contextlib.suppress(RefusedCallError):  # the buffer was emptied since: it was full
            if core.remaining_image_count():
                core.newest_image()
                taken_ns.append(perf_counter_ns() - began_ns)
    core.let_go(READ_S)
    client.close()
    return float(np.median(taken_ns)) / NS_PER_MS


def age_figures(effort: Effort) -> list[Figure]:
    """Set ages beside the time of a fetch."""
    figures = []
    for side in effort.sides:
        calm = calmly(lambda side=side: ages(side, effort.frames), effort.repeats)  # type: ignore[misc]
        skipped = sum(each.skipped for each in calm.every)
        everything = effort.frames * len(calm.every)
        note = f"{calm.note}; {skipped} frames passed over beside {everything} seen"
        name, bar = f"{side}² at {RATE_HZ:g} Hz, age", None
        if side == effort.sides[0]:
            bar = Bar("measured", "<=", AGE_MS)
        p50 = [(each.p50_ms, each.fetch_ms) for each in calm.taken]
        p99 = [(each.p99_ms, each.fetch_ms) for each in calm.taken]
        figures.append(Figure(f"{name} p50", "ms", "one fetch", p50, bar, note))
        figures.append(Figure(f"{name} p99", "ms", "one fetch", p99, None, note))
    return figures


def memory_figure(effort: Effort) -> Figure:
    """Compare the memory after many frames with that after the first."""
    here = psutil.Process()
    early = late = 0.0
    with microscope(effort.small_side, FASTEST_HZ) as (endpoint, _):
        for i, _ in enumerate(watched(endpoint, effort.last), start=1):
            if i == effort.first:
                early = here.memory_full_info().uss / MEGABYTE
            elif i == effort.last:
                late = here.memory_full_info().uss / MEGABYTE
    what = f"{effort.small_side}², growth over frames {effort.first}-{effort.last}"
    pairs, bar = [(late - early, early)], Bar("measured", "<=", GROWTH_MB)
    return Figure(what, "MB", "memory at the beginning", pairs, bar)


def main() -> None:
    """Measure, print, write."""
    options: Options = read_options("bridge", "A running Micro-Manager tapped.", ["age", "memory"])
    machine = Machine.here()
    set_up_logs("benchmark", level="error")
    effort = Effort((512, 2048), 500, 5, 32, 1_000, 100_000)
    if options.quick:
        effort = Effort((64,), 20, 1, 32, 20, 100)
    figures: list[Figure] = []
    if options.wants("age"):
        figures += age_figures(effort)
    if options.wants("memory"):
        figures.append(memory_figure(effort))
    publish("bridge", options, machine, figures)


if __name__ == "__main__":
    main()
