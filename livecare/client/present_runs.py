"""Knows the runs of this user that go on on this machine, by what each keeps of itself."""

import time
from dataclasses import dataclass
from pathlib import Path

from livecare import run_place
from livecare.link.last_snapshot import read_snapshot
from livecare.link.telemetry import Telemetry
from livecare.run_owner import is_ours, owner_lives, owner_pid


@dataclass(frozen=True, slots=True)
class PresentRun:
    """A run that goes on.

    Attributes
    ----------
    run_id : str
        Its name.
    pid : int or None
        Its process; None where that is not told.
    telemetry : Telemetry or None
        How it is; None where it has not said yet, or is of another version.
    age_s : float
        How long ago it said so, seconds.
    """

    run_id: str
    pid: int | None
    telemetry: Telemetry | None
    age_s: float


def present_runs(directory: Path | None = None) -> list[PresentRun]:
    """Find the runs of this user that go on on this machine, in the order of their names.

    Parameters
    ----------
    directory : Path or None
        `ring.directory` of their configuration; None where that is left out.
    """
    parents = run_place.default_parents() if directory is None else (directory,)
    files = {
        file
        for parent in parents
        for file in run_place.find_files(parent, run_place.SNAPSHOT)
        if run_place.is_sign(file.parent)
    }
    found = [run for file in sorted(files) if (run := _run(file)) is not None]
    return sorted(found, key=lambda run: run.run_id)


def _run(file: Path) -> PresentRun | None:
    """Read what a run keeps of itself; None if it is not ours, or over."""
    folder = file.parent
    owner = run_place.owner_file(folder)
    try:
        if not (is_ours(folder) and is_ours(file) and is_ours(owner)):
            return None
        written_s = file.stat().st_mtime
    except OSError:
        return None  # it ended just now
    telemetry = read_snapshot(file)
    if owner_lives(owner) is False or (telemetry is not None and telemetry.stage == "ended"):
        return None
    run_id = folder.name.removeprefix(run_place.PREFIX).removesuffix(run_place.SIGN_SUFFIX)
    return PresentRun(run_id, owner_pid(owner), telemetry, max(0.0, time.time() - written_s))
