"""Measures how fast the disk of a recording can be written."""

import os
import tempfile
import time
from pathlib import Path
from typing import Final

from livecare import disk
from livecare.supervisor.doctor.finding import Finding, out_of_sight

BLOCK_BYTES: Final = 4 << 20
"""A frame of 1448²: as large as what a recording writes at once."""
MOST_BYTES: Final = 64 << 20
"""What a measurement writes, bytes: more than the caches of drives take in one go would be better,
and would take longer than anyone waits."""
MOST_S: Final = 1.0
SLOW_MB_S: Final = 55.0
"""MB/s that 50 frames per second of 512² take, raw and restored."""
FEW_BYTES: Final = 400 << 20
"""What a demonstration of 300 frames of 512² writes, bytes, raw and restored, and some room."""
SHORT_BYTES: Final = 10 << 30
FRAMES: Final = {"512²": 512 * 512 * 2, "2048²": 2048 * 2048 * 2}
"""Bytes of a frame of 16 bits."""
MEGABYTE: Final = 1e6


def look_at_disk(path: Path) -> list[Finding]:
    """Look at free space and speed where a recording would lie; what is written is removed.

    Parameters
    ----------
    path : Path
        The recording; neither it nor its folder need exist.
    """
    folder = path.absolute().parent
    try:
        while not folder.is_dir():
            folder = folder.parent
    except PermissionError as error:  # Python 3.14 asks on, and finds that it cannot be written
        return [out_of_sight("disk space", error, essential=True)]
    free = disk.free_bytes(folder)
    return [_space(folder, free), _speed(folder, free)]


def _space(folder: Path, free: int) -> Finding:
    found = f"{free / 1e9:.1f} GB free in {folder}"
    cure = "free some space, or set store.path to another disk"
    if free < FEW_BYTES:
        return Finding("disk space", found, "red", cure, essential=True)
    if free < SHORT_BYTES:
        return Finding("disk space", found, "yellow", cure)
    return Finding("disk space", found)


def _speed(folder: Path, free: int) -> Finding:
    try:
        rate = write_rate(folder, min(MOST_BYTES, free // 4))
    except OSError as error:
        return Finding(
            "disk speed",
            f"{folder} cannot be written: {error.strerror}",
            "red",
            "set store.path to a folder that you may write",
            essential=True,
        )
    rates = ", ".join(f"{rate / size:.0f} fps of {name}" for name, size in FRAMES.items())
    found = f"{rate / MEGABYTE:.0f} MB/s: {rates}, 16 bits, raw; half of that with restored frames"
    if rate < SLOW_MB_S * MEGABYTE:
        return Finding(
            "disk speed",
            found,
            "yellow",
            "record to a local solid-state disk, or fewer or smaller frames",
        )
    return Finding("disk speed", found)


def write_rate(folder: Path, most_bytes: int) -> float:
    """Measure a rate of sequential writes, synced at the end, in bytes per second.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    block = os.urandom(BLOCK_BYTES)  # nothing that a file system could compress
    handle, name = tempfile.mkstemp(prefix="livecare-", suffix=disk.PARTIAL_SUFFIX, dir=folder)
    os.close(handle)
    probe = Path(name)
    try:
        with disk.PositionedFile(probe, "update") as file:
            written, began = 0, time.perf_counter()
            while written < max(most_bytes, 1) and time.perf_counter() - began < MOST_S:
                file.write_at(written, block)
                written += BLOCK_BYTES
            file.sync()
            return written / (time.perf_counter() - began)
    finally:
        probe.unlink(missing_ok=True)
