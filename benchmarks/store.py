"""How fast the recorder records, beside plain write() and fsync of the same bytes.

Every repeat writes the same frames into the same folder in each of the ways, one after the other,
in an order that rotates; a figure is the median over the repeats of the ratio to plain writing.
Each time is from the first frame until the disk has the last.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import numpy as np
import zmq
from limits import camera_frames, memory_folder, ring_slots, settle, write_directly, write_plainly
from machine import Machine
from memory_source import MemorySource, stream_of
from table import Bar, Figure, publish, read_options

from livecare import disk
from livecare.frame import FrameHeader, Pixels, Position
from livecare.link import Waker
from livecare.recorder import Acquisition, Recording, Turnstile
from livecare.ring import GatingReader, RingWriter
from livecare.sinks.chunk import Compression
from livecare.sinks.options import StoreOptions
from livecare.sinks.store import Store

PLAIN = "write() + fsync"
DIRECT = "O_DIRECT into allocated space"
STORE, RECORDER = "store alone", "whole recorder: camera → ring → store"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is written.

    Attributes
    ----------
    sides : dict
        Rows and columns of the square frames, pixels, each with the bar of its ratio.
    total_bytes : int
        Bytes of frames per measurement.
    repeats : int
        Measurements of each way.
    """

    sides: dict[int, Bar | None]
    total_bytes: int
    repeats: int

    @classmethod
    def of(cls, *, quick: bool) -> "Effort":
        """Choose it."""
        if quick:
            return cls({64: None}, 1 << 20, 2)
        bars = {512: Bar("ratio", ">=", 0.5), 2048: Bar("ratio", ">=", 0.6)}
        return cls(dict(bars), 512 << 20, 7)


def main() -> None:
    """Measure, print, write."""
    options = read_options("store", "Recording beside plain writing.", ["512", "2048"])
    machine = Machine.here()
    effort = Effort.of(quick=options.quick)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for side, bar in effort.sides.items():
            if options.wants(str(side)):
                figures += measure_side(Path(folder), side, bar, effort)
    publish("store", options, machine, figures)


def measure_side(folder: Path, side: int, bar: Bar | None, effort: Effort) -> list[Figure]:
    """Measure every way of writing frames of one size."""
    frames = camera_frames(side)
    count = effort.total_bytes // frames[0].nbytes
    megabytes = count * frames[0].nbytes / 1e6
    ways: dict[str, Callable[[], float]] = {
        PLAIN: lambda: write_plainly(folder, frames, count),
        DIRECT: lambda: write_directly(folder, frames, count),
        STORE: lambda: append_to_store(folder, frames, count, None),
        RECORDER: lambda: record(folder, frames, count),
        "store alone, lz4": lambda: append_to_store(folder, frames, count, "lz4"),
        "store alone, zstd": lambda: append_to_store(folder, frames, count, "zstd"),
    }
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for repeat in range(effort.repeats):
        turn = repeat % len(names)
        for name in names[turn:] + names[:turn]:
            settle()
            speeds[name].append(megabytes / ways[name]())
    bars = {STORE: bar, RECORDER: bar}
    beside_plain = [_figure(side, speeds, name, PLAIN, bars.get(name)) for name in names[1:]]
    return [*beside_plain, *(_figure(side, speeds, name, DIRECT) for name in bars)]


def _figure(
    side: int, speeds: dict[str, list[float]], name: str, limit: str, bar: Bar | None = None
) -> Figure:
    pairs = list(zip(speeds[name], speeds[limit], strict=True))
    return Figure(f"{side}², {name}", "MB/s", limit, pairs, bar)


def append_to_store(
    folder: Path, frames: Sequence[Pixels], count: int, compression: Compression | None
) -> float:
    """Append frames to the raw lane of a new store; return the seconds until they are safe."""
    info = stream_of(frames, "store")
    blocks = [_block(frame) for frame in frames]
    path = folder / "store.ome.zarr"
    with Store.create(path, info, StoreOptions(compression)) as store:
        begun = time.perf_counter()
        for i in range(count):
            header = FrameHeader(i, Position(i), info.shape_yx, info.dtype, time.perf_counter_ns())
            store.raw.append(header, blocks[i % len(blocks)])
        store.sync()
        taken = time.perf_counter() - begun
    rmtree(path)
    return taken


def record(folder: Path, frames: Sequence[Pixels], count: int) -> float:
    """Send frames the recorder's whole way; return the seconds until they are safe."""
    source = MemorySource(frames, count)
    info = source.open("recorder")
    path = folder / "recorder.ome.zarr"
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    waker, turnstile = Waker(context), Turnstile()
    with (
        tempfile.TemporaryDirectory(dir=memory_folder()) as ring_folder,
        RingWriter.create(
            Path(ring_folder) / "raw.ring", ring_slots(info.frame_bytes), info.frame_bytes
        ) as ring,
        GatingReader(Path(ring_folder) / "raw.ring") as gate,
        Store.create(path, info) as store,
        ThreadPoolExecutor() as threads,
    ):
        recording = Recording(gate, store.raw, turnstile)
        acquisition = Acquisition(source, info, ring, turnstile, waker, store.grow)
        begun = time.perf_counter()
        recorded, acquired = threads.submit(recording.run), threads.submit(acquisition.run)
        acquired.result()
        recording.finish()
        recorded.result()
        store.sync()
        taken = time.perf_counter() - begun
    waker.close()
    context.term()
    rmtree(path)
    assert recording.recorded == count
    return taken


def _block(frame: Pixels) -> memoryview:
    block = disk.aligned_block(frame.nbytes + 4)
    block[: frame.nbytes] = frame.reshape(-1).view(np.uint8).data
    return block


if __name__ == "__main__":
    main()
