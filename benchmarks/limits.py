"""What nothing here can beat: copying in memory, and writing plainly to the same disk."""

import itertools
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from livecare import disk
from livecare.frame import Pixels

SOURCE_FRAMES: Final = 8
"""Frames that are read from in turn: more than a processor's cache, and what a camera's driver
keeps at least."""


RING_BYTES: Final = 512 << 20
MOST_SLOTS: Final = 64
FEWEST_SLOTS: Final = 8
"""As `livecare.supervisor.plan` sizes a ring; that module takes long to import."""


def memory_folder() -> Path | None:
    """Return a file system in memory, where a run puts its rings; None where there is none."""
    folder = Path("/dev/shm")  # noqa: S108 - what is made in it is private
    return folder if folder.is_dir() else None


def camera_frames(side: int) -> list[Pixels]:
    """Make low-light camera frames, shape (side, side), uint16."""
    noise = np.random.default_rng(0)
    return [
        noise.normal(100, 3, (side, side)).astype(np.uint16)
        + 2 * noise.poisson(5, (side, side)).astype(np.uint16)
        for _ in range(SOURCE_FRAMES)
    ]


def ring_slots(frame_bytes: int) -> int:
    """Return how many frames a ring holds by default."""
    return max(FEWEST_SLOTS, min(MOST_SLOTS, RING_BYTES // frame_bytes))


def memory_copies_hz(frames: Sequence[Pixels], seconds: float) -> float:
    """Copy frames into as much memory as a ring has; return copies per second."""
    targets = [np.zeros_like(frames[0]) for _ in range(ring_slots(frames[0].nbytes))]
    for target, frame in zip(targets, itertools.cycle(frames), strict=False):
        np.copyto(target, frame)
    copies, begun = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        np.copyto(targets[copies % len(targets)], frames[copies % len(frames)])
        copies += 1
    return copies / elapsed


def write_plainly(folder: Path, frames: Sequence[Pixels], count: int) -> float:
    """Write frames one after the other with write(), then fsync; return the seconds."""
    path = folder / "plain"
    begun = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for i in range(count):
            file.write(frames[i % len(frames)].data)
        os.fsync(file.fileno())
    taken = time.perf_counter() - begun
    path.unlink()
    return taken


def write_directly(folder: Path, frames: Sequence[Pixels], count: int) -> float:
    """Write frames past the page cache into allocated space, then sync; return the seconds."""
    blocks = [disk.aligned_block(frame.nbytes) for frame in frames]
    for block, frame in zip(blocks, frames, strict=True):
        block[: frame.nbytes] = frame.reshape(-1).view(np.uint8).data
    size, path = len(blocks[0]), folder / "direct"
    direct = disk.supports_direct(folder)
    begun = time.perf_counter()
    with disk.PositionedFile(path, "create", direct=direct) as file:
        file.allocate(size * count)
        for i in range(count):
            file.write_at(i * size, blocks[i % len(blocks)])
        file.sync()
    taken = time.perf_counter() - begun
    path.unlink()
    return taken


def settle() -> None:
    """Let the disk finish what was written before, so that the next measurement is its own."""
    if hasattr(os, "sync"):
        os.sync()
