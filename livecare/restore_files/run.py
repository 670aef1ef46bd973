"""A file, or a folder of them, from start to end; one bad file does not stop the others."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from livecare.engines.choosing import choose_engine, list_candidates
from livecare.errors import ConfigError, DiskFullError, LivecareError, UsageError
from livecare.frame import PrecisionName
from livecare.models.package import Model
from livecare.restore_files.options import RestoreOptions
from livecare.restore_files.plan import Job, Plan, make_plan
from livecare.restore_files.restoring import FileRestorer, RestoredFile

Watch = Callable[[Path, int, int], None]
"""Told the recording, how many of its frames are done, and how many it has."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did.

    Attributes
    ----------
    restored : tuple of RestoredFile
        What it restored.
    skipped : tuple of Path
        Recordings that a run before had finished.
    failed : tuple of (Path, LivecareError)
        Recordings of a folder that could not be restored, and why.
    """

    restored: tuple[RestoredFile, ...]
    skipped: tuple[Path, ...]
    failed: tuple[tuple[Path, LivecareError], ...]


def restore_path(
    source: Path,
    out: Path,
    model: Model,
    options: RestoreOptions,
    *,
    engine: str,
    precision: PrecisionName = "auto",
    threads: int,
    watch: Watch,
) -> Outcome:
    """Restore a recording into a TIFF, or a folder of recordings into a folder of them.

    Parameters
    ----------
    source, out : Path
        From where and to where; see `livecare.restore_files.plan.make_plan`.
    model : Model
        What restores.
    options : RestoreOptions
        How.
    engine : str
        Name of the engine, or "auto".
    precision : PrecisionName
        What it computes in.
    threads : int
        CPU threads that it may use.
    watch : callable
        Told of every step.

    Raises
    ------
    UsageError
        Nothing was begun, or the only recording cannot be restored.
    ConfigError
        The model does not go with the normalisation, or has no use for camera values.
    DiskFullError, StoreError, EngineError
        The only recording cannot be restored; or, whatever else waits, the disk is full.
    """
    _check_camera(model, options)
    loaded = choose_engine(model, list_candidates(engine, precision), threads).engine
    with closing(loaded):
        computed = {"engine": loaded.name, "precision": loaded.precision}
        plan = make_plan(source, out, model, options, computed)
        return _carry_out(plan, FileRestorer(model, loaded, options), watch)


def _check_camera(model: Model, options: RestoreOptions) -> None:
    kind = model.normalisation.resolve(options.kind, model.name)
    if options.noise is not None and kind != "anscombe":
        raise ConfigError(
            f"camera values: the model {model.name} is normalised with '{kind}' and has no use for "
            "gain, offset and read noise; leave them out, or choose a model made for 'anscombe'"
        )


def _carry_out(plan: Plan, restorer: FileRestorer, watch: Watch) -> Outcome:
    if plan.folder is not None:
        _make_folder(plan.folder)
    todo = [job for job in plan.jobs if not job.done]
    skipped = tuple(job.source for job in plan.jobs if job.done)
    restored, failed = _restore_all(restorer, todo, watch, alone=plan.folder is None)
    return Outcome(tuple(restored), skipped, tuple(failed))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot make the folder {folder}: {error.strerror}; choose another"
        ) from error


def _restore_all(
    restorer: FileRestorer, jobs: list[Job], watch: Watch, *, alone: bool
) -> tuple[list[RestoredFile], list[tuple[Path, LivecareError]]]:
    restored: list[RestoredFile] = []
    failed: list[tuple[Path, LivecareError]] = []
    for job in jobs:

        def advanced(done: int, total: int, source: Path = job.source) -> None:
            watch(source, done, total)

        try:
            restored.append(restorer.restore(job.source, job.target, advanced))
        except DiskFullError:
            raise
        except LivecareError as error:
            if alone:
                raise
            failed.append((job.source, error))
    return restored, failed
