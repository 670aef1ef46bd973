"""What is looked at once a second during a soak, and how that is kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from soak_run import OTHER, RECORDER, SoakRun

from livecare import run_place
from livecare.frame import Ledger
from livecare.link.telemetry import Telemetry

MEGABYTE: Final = 1e6
KEPT: Final = 600
"""Samples that are written down; of more, every nth."""


@dataclass(frozen=True, slots=True)
class ProcessSample:
    """What a process has at one time.

    Attributes
    ----------
    role, pid
        Which it is.
    own_mb, rss_mb : float
        Memory of its own (without the rings and the files that it shares), and all of it, MB.
    files, threads : int
        Open files (handles on Windows) but for those of recordings, and threads.
    shards : int
        Open files of recordings; not told on Windows.
    """

    role: str
    pid: int
    own_mb: float
    rss_mb: float
    files: int
    threads: int
    shards: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A run at one time.

    Attributes
    ----------
    at_s : float
        After the first frame, seconds.
    heard : bool
        Whether the run has said something since the sample before; if not, what it said then
        stands here.
    stage, restorer : str
        As in `Telemetry`.
    recording : bool
        Whether frames are recorded.
    parts : int
        Parts of the run whose rings there are: the one that goes on, and those being completed.
    parts_begun : int
        Parts that have begun so far.
    age_p50_ms, age_p99_ms : float or None
        From a frame's arrival until it was published restored, over the last seconds.
    acquired_hz, restored_hz : float
        Frames per second.
    ring : float or None
        How full the present raw ring is, 0 to 1.
    ledger, unrecorded : Ledger
        Of all recordings so far, and of what was only looked at.
    restarts : dict
        How often each child was started again.
    rejected : dict
        Messages and clients that were turned away, by where they came.
    processes : tuple of ProcessSample
        Those that live.
    """

    at_s: float
    heard: bool
    stage: str
    restorer: str
    recording: bool
    parts: int
    parts_begun: int
    age_p50_ms: float | None
    age_p99_ms: float | None
    acquired_hz: float
    restored_hz: float
    ring: float | None
    ledger: Ledger
    unrecorded: Ledger
    restarts: dict[str, int]
    rejected: dict[str, int]
    processes: tuple[ProcessSample, ...]


def take(run: SoakRun, telemetry: Telemetry, at_s: float, *, heard: bool) -> Sample:
    """Look at a run and all its processes."""
    tally = telemetry.tally
    ring = tally.raw_ring
    return Sample(
        at_s=round(at_s, 2),
        heard=heard,
        stage=telemetry.stage,
        restorer=telemetry.restorer,
        recording=telemetry.recording,
        parts=len(list(run_place.find_files(run.rings, run_place.OWNER))),
        parts_begun=tally.parts,
        age_p50_ms=telemetry.age_p50_ms,
        age_p99_ms=telemetry.age_p99_ms,
        acquired_hz=round(telemetry.acquired_hz, 1),
        restored_hz=round(telemetry.restored_hz, 1),
        ring=round(ring.waiting / ring.slots, 3) if ring.slots else None,
        ledger=telemetry.total,
        unrecorded=tally.unrecorded,
        restarts=tally.restarts,
        rejected={origin: sum(of.values()) for origin, of in tally.rejected.items()},
        processes=tuple(
            sampled
            for role, process in run.processes()
            if role != OTHER and (sampled := _look_at(role, process, run.stores)) is not None
        ),
    )


def as_document(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """Return samples as JSON values: so many of them that a file stays small."""
    every = -(-len(samples) // KEPT) or 1
    return [asdict(sample) for sample in samples[::every]]


def _look_at(role: str, process: psutil.Process, stores: Path) -> ProcessSample | None:
    """Return what a process has; None if it has just ended."""
    try:
        with process.oneshot():
            memory = process.memory_info()
            own = (
                memory.rss - memory.shared
                if psutil.LINUX
                else getattr(memory, "private", memory.rss)
            )
            files = process.num_handles() if psutil.WINDOWS else process.num_fds()
            shards = _open_in(stores, process) if role == RECORDER and not psutil.WINDOWS else 0
            return ProcessSample(
                role,
                process.pid,
                round(own / MEGABYTE, 2),
                round(memory.rss / MEGABYTE, 2),
                files - shards,
                process.num_threads(),
                shards,
            )
    except psutil.Error:
        return None


def _open_in(folder: Path, process: psutil.Process) -> int:
    """Count the files in a folder that a process has open; a recording keeps some dozens."""
    return sum(Path(file.path).is_relative_to(folder) for file in process.open_files())
