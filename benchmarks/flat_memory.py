"""Whether a run's memory stays as it is: that of the recorder and its children, without the rings.

A ring is allocated before the start and mapped by every process, page by page as it is touched;
the kernel shares its pages out among them (PSS). It has its full size from the first round on and
is left out here, as is the page cache, which is the kernel's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
from runs import LivecareRun, Setting
from table import Bar, Figure

RING_SUFFIX: Final = ".ring"
MEGABYTE: Final = 1e6


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    side : int
        Rows and columns of the frames, pixels.
    first, last : int
        Frames between which memory must not grow.
    engine_rate_hz : float
        Camera rate of the run with a real engine, which skips what it has no time for.
    """

    side: int
    first: int
    last: int
    engine_rate_hz: float


def measure(folder: Path, effort: Effort, engines: Sequence[str]) -> list[Figure]:
    """Compare the memory late in a run with that early in it."""
    figures = []
    for engine in engines:
        rate_hz = 0.0 if engine == "identity" else effort.engine_rate_hz
        setting = Setting(effort.side, rate_hz, effort.last, engine)
        early, late = _grow(folder, setting, effort.first)
        what = f"{effort.side}², {engine}, growth over frames {effort.first}-{effort.last}"
        pairs = [((late - early) / MEGABYTE, early / MEGABYTE)]
        bar = Bar("measured", "<=", 10.0)
        figures.append(Figure(what, "MB", "memory at the beginning", pairs, bar))
    return figures


def _grow(folder: Path, setting: Setting, first: int) -> tuple[float, float]:
    """Return the memory of a run when a frame was recorded and the last before its end, bytes."""
    with LivecareRun(folder, setting) as run:
        sizes = [
            sum(map(own_bytes, run.processes()))
            for snapshot in run.snapshots()
            if snapshot.stage == "acquiring" and snapshot.ledger.recorded >= first
        ]
        report = run.report()
    assert report["complete"], report["problems"]
    assert sizes, "the run was over before it could be looked at"
    return sizes[0], max(sizes[len(sizes) // 2 :])


def own_bytes(process: psutil.Process) -> float:
    """Return a process's share of the memory that it maps, without the rings."""
    try:
        if not psutil.LINUX:
            return float(process.memory_full_info().uss)
        maps = process.memory_maps(grouped=True)
    except psutil.Error:
        return 0.0
    return float(sum(each.pss for each in maps if not each.path.endswith(RING_SUFFIX)))
