"""Which recording becomes which file, and what was done before: all that is checked first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from livecare.errors import StoreExistsError, UsageError
from livecare.images import list_recordings
from livecare.images.micromanager_stack import is_taken_for_part, recording_name
from livecare.images.opening import is_recording
from livecare.images.tiff import is_tiff
from livecare.models.package import Model
from livecare.restore_files.options import RestoreOptions
from livecare.restore_files.provenance import describe_source, read_provenance
from livecare.restore_files.restoring import Target

_TIFF_SUFFIXES: Final = (".tif", ".tiff")
"""Ends of the names that restored files may have, in small letters."""


@dataclass(frozen=True, slots=True)
class Job:
    """One recording to restore.

    Attributes
    ----------
    source : Path
        The recording.
    target : Target
        What is written.
    done : bool
        A run before this one finished it.
    """

    source: Path
    target: Target
    done: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do.

    Attributes
    ----------
    jobs : tuple of Job
        In the order of the recordings.
    folder : Path or None
        The folder of results, where a folder of recordings was given; None for a single one.
    """

    jobs: tuple[Job, ...]
    folder: Path | None


def make_plan(
    source: Path, out: Path, model: Model, options: RestoreOptions, computed: Mapping[str, str]
) -> Plan:
    """Decide what becomes of a recording, or of a folder of them.

    Parameters
    ----------
    source : Path
        One recording, or a folder of recordings.
    out : Path
        The TIFF to write, or the folder to write them into.
    model : Model
        What restores.
    options : RestoreOptions
        What the user chose.
    computed : mapping
        Name of the "engine", and the "precision" that it computes in.

    Raises
    ------
    UsageError
        There is nothing to restore, `out` is taken, lies in `source` or was made otherwise.
    """
    recordings = list_recordings(source)
    _check_apart(source, out)
    if options.spread and not model.probabilistic:
        raise UsageError(
            f"--spread: the model {model.name} does not say how sure it is; choose a "
            "probabilistic model, or leave --spread out"
        )
    if not source.is_dir() or is_recording(source):
        return Plan((_single(source, out, options),), None)
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file, but {source} is a folder: name a folder to write to")
    made_with = {"sha256": model.sha256, "settings": options.settings(), **computed}
    jobs = [Job(each, _target(out / result_name(each), options)) for each in recordings]
    _check_distinct(jobs)
    return Plan(tuple(_resumed(job, options, made_with) for job in jobs), out)


def result_name(source: Path) -> str:
    """Return what a recording's restored file is called: as it is, or as an OME-TIFF."""
    if source.is_file() and source.suffix.lower() in _TIFF_SUFFIXES:
        return source.name
    name = source.resolve().name
    for suffix in (".zarr", ".ome"):
        name = name.removesuffix(suffix)
    return f"{name}.ome.tif"


def _single(source: Path, out: Path, options: RestoreOptions) -> Job:
    if out.is_dir() and not is_recording(out):
        out /= result_name(source)
    if out.suffix.lower() not in _TIFF_SUFFIXES:
        named = out.stem.removesuffix(".ome") or "out"
        raise UsageError(
            f"{out}: livecare writes restored files as TIFF; name it {named}.ome.tif, or name a "
            "folder that exists"
        )
    if not out.absolute().parent.is_dir():
        raise UsageError(f"cannot write {out}: there is no folder {out.absolute().parent}")
    target = _target(out, options)
    for path in filter(None, (target.restored, target.spread)):
        if path.exists() and path.samefile(source):
            raise UsageError(f"{path} is the recording itself; livecare never overwrites that")
        if is_taken_for_part(path, source):
            raise UsageError(
                f"{path}: Micro-Manager's files belong together by their names, and this one would "
                f"be taken for a part of {source.name}; name it "
                f"{recording_name(source)}_restored.ome.tif, or write to another folder"
            )
        if path.exists() and not (options.overwrite and is_tiff(path)):
            raise StoreExistsError(f"{path} exists; choose another name, or give --overwrite")
    return Job(source, target)


def _target(out: Path, options: RestoreOptions) -> Target:
    if not options.spread:
        return Target(out)
    stem, dot, rest = out.name.partition(".ome.")
    if not dot:
        stem, dot, rest = out.stem, "", out.suffix
    return Target(out, out.with_name(f"{stem}-spread{dot}{rest}"))


def _check_apart(source: Path, out: Path) -> None:
    """Raise UsageError where results would land among what they are made from."""
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise UsageError(
            f"{out} lies inside {source}; write to a folder beside it, so that restored files are "
            "never taken for recordings"
        )


def _check_distinct(jobs: Sequence[Job]) -> None:
    taken: dict[Path, Path] = {}
    for job in jobs:
        for path in filter(None, (job.target.restored, job.target.spread)):
            if path in taken:
                raise UsageError(
                    f"{taken[path]} and {job.source} would both become {path}; rename one of them"
                )
            if path.exists() and path.samefile(job.source):
                raise UsageError(f"{path} is the recording itself; write to another folder")
            taken[path] = job.source


def _resumed(job: Job, options: RestoreOptions, made_with: Mapping[str, object]) -> Job:
    """Return the job as done where a run before finished it from the same, in the same way."""
    paths = list(filter(None, (job.target.restored, job.target.spread)))
    if options.overwrite or not any(path.exists() for path in paths):
        return job
    found = read_provenance(job.target.restored) if job.target.restored.exists() else {}
    if found is None:
        raise StoreExistsError(
            f"{job.target.restored} exists and is no file that livecare restored; choose another "
            "folder, or give --overwrite"
        )
    if found and {key: found.get(key) for key in made_with} != made_with:
        raise StoreExistsError(
            f"{job.target.restored} was restored with another model, engine, precision or other "
            "settings; give the same ones to go on, choose another folder, or give --overwrite to "
            "begin anew"
        )
    of = describe_source(job.source)
    if any(key in found and found[key] != now for key, now in of.items()):  # old files lack some
        raise StoreExistsError(
            f"{job.target.restored} was restored from another recording of this name, or "
            f"{job.source} has changed since; choose another folder for each, or give --overwrite "
            "to restore it anew"
        )
    return Job(job.source, job.target, done=all(path.exists() for path in paths))
