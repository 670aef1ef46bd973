"""Knows which runs of this user go on on this machine, and where each of them answers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from livecare import run_place
from livecare.client.endpoints import endpoint_in
from livecare.run_owner import is_ours, owner_lives, owner_pid


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where a run, or a part of one, can be seen.

    Attributes
    ----------
    run_id : str
        Its name; a later part's is the run's and a number.
    folder : Path
        Its private folder.
    pid : int or None
        Its process; None where that is not told.
    begun_ns : int
        When it began, wall clock, ns since 1970.
    telemetry, control, preview : str or None
        Its endpoints; None where it serves none, or has not said yet.
    """

    run_id: str
    folder: Path
    pid: int | None
    begun_ns: int
    telemetry: str | None = None
    control: str | None = None
    preview: str | None = None


def find_runs(directory: Path | None = None) -> list[RunPlace]:
    """Find the runs of this user that go on on this machine, the newest first.

    Their processes are looked for; no connection is made, as a stopped run would not take it. Runs
    in containers with process numbers of their own are not found.

    Parameters
    ----------
    directory : Path or None
        `ring.directory` of their configuration; None where that is left out.

    Returns
    -------
    list of RunPlace
        One for each part that has not ended.
    """
    found = {run.folder: run for run in _runs(directory)}
    return sorted(found.values(), key=lambda run: (run.begun_ns, run.run_id), reverse=True)


def _runs(directory: Path | None) -> Iterator[RunPlace]:
    parents = run_place.default_parents() if directory is None else (directory,)
    for parent in parents:
        for owner_file in run_place.find_files(parent, run_place.OWNER):
            run = _run(owner_file)
            if run is not None:
                yield run


def _run(owner_file: Path) -> RunPlace | None:
    """Read what is written of a run; None if it is not ours, or not alive."""
    folder = owner_file.parent
    if run_place.is_sign(folder):
        return None  # its parts are found by themselves
    try:
        if not (is_ours(folder) and is_ours(owner_file)) or run_place.end_file(folder).exists():
            return None
        begun_ns = owner_file.stat().st_mtime_ns
    except OSError:
        return None  # it ended just now
    if not owner_lives(owner_file):
        return None
    return RunPlace(
        run_id=folder.name.removeprefix(run_place.PREFIX),
        folder=folder,
        pid=owner_pid(owner_file),
        begun_ns=begun_ns,
        telemetry=_endpoint(folder, run_place.telemetry_file),
        control=_endpoint(folder, run_place.control_file),
        preview=_endpoint(folder, run_place.preview_file),
    )


def _endpoint(folder: Path, file: Callable[[Path], Path]) -> str | None:
    return endpoint_in(file(folder))
