"""`livecare restore`: files and folders of them, restored."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livecare.cli.engine_options import Engine, Precision, PrecisionOption, Threads
from livecare.errors import EXIT_INCOMPLETE

if TYPE_CHECKING:
    from livecare.restore_files import Outcome, RestoredFile


class NormalisationChoice(StrEnum):
    """How frames are normalised."""

    FIXED = "fixed"
    EMA = "ema"
    PER_FRAME = "per-frame"
    ANSCOMBE = "anscombe"


class TypeChoice(StrEnum):
    """Pixel types of restored files."""

    UINT16 = "uint16"
    FLOAT32 = "float32"
    RAW = "raw"


Source = Annotated[Path, typer.Argument(metavar="IN", help="A recording, or a folder of them.")]
Target = Annotated[Path, typer.Argument(metavar="OUT", help="The TIFF, or the folder, to write.")]
ModelName = Annotated[
    str, typer.Option(help="A model's name, or its path; live runs take default-fast.")
]
Gain = Annotated[
    float | None,
    typer.Option(help="Camera counts per electron; give all three, or none to estimate."),
]
Normalisation = Annotated[
    NormalisationChoice | None, typer.Option(help="Else what the model was made for.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Restore anew what is there already.")]
PixelType = Annotated[
    TypeChoice | None,
    typer.Option(help="Else uint16 for uint16 recordings, and float32 for others."),
]


def restore(
    source: Source,
    out: Target,
    *,
    model: ModelName = "default",
    gain: Gain = None,
    offset: Annotated[float | None, typer.Option(help="Camera counts of a dark pixel.")] = None,
    read_noise: Annotated[float | None, typer.Option(help="Read noise, electrons.")] = None,
    normalisation: Normalisation = None,
    dtype: PixelType = None,
    engine: Engine = "auto",
    precision: Precision = PrecisionOption.AUTO,
    threads: Threads = None,
    overwrite: Overwrite = False,
    spread: Annotated[
        bool, typer.Option("--spread", help="Also write how uncertain each pixel is.")
    ] = False,
) -> None:
    """Restore TIFF, NDTiff, OME-Zarr and livecare's recordings into TIFF; go on where it ended."""
    from livecare.cli.file_progress import FileProgress
    from livecare.load import engine_cores
    from livecare.models.package import find_model
    from livecare.restore_files import RestoreOptions, camera_noise, restore_path

    options = RestoreOptions(
        kind=normalisation.value if normalisation else None,
        noise=camera_noise(gain, offset, read_noise),
        dtype=dtype.value if dtype else None,
        spread=spread,
        overwrite=overwrite,
    )
    found = find_model(model)
    with FileProgress() as progress:
        outcome = restore_path(
            source,
            out,
            found,
            options,
            engine=engine,
            precision=precision.value,
            threads=threads or engine_cores(),
            watch=progress.show,
        )
    _report(outcome)


def _report(outcome: "Outcome") -> None:
    for done in outcome.restored:
        typer.echo("\n".join(_lines(done)))
    if outcome.skipped:
        typer.echo(
            f"{len(outcome.skipped)} recordings were restored before and are left as they are"
        )
    for path, error in outcome.failed:
        typer.echo(f"livecare: {path} failed: {error}", err=True)
    if outcome.failed:
        complete = len(outcome.restored) + len(outcome.skipped)
        typer.echo(
            f"livecare: {len(outcome.failed)} recordings failed, {complete} are restored", err=True
        )
        raise typer.Exit(EXIT_INCOMPLETE)


def _lines(done: "RestoredFile") -> list[str]:
    """Say what became of a recording, and all that had to be assumed for it."""
    lines = [f"{done.source} -> {done.target.restored}: {done.frames} frames"]
    if done.target.spread is not None:
        lines.append(f"  uncertainty: {done.target.spread}")
    for lock in done.locks:
        lines.append(f"  {lock}")
        lines += [f"  warning: {lock.channel}, {lock.position}: {each}" for each in lock.warnings]
    return lines + [f"  {note}" for note in done.notes]
