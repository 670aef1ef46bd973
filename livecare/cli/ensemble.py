"""`livecare models ensemble` and `recalibrate`: how sure models say they are, made better."""

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livecare.cli.engine_options import Engine, Threads

if TYPE_CHECKING:
    from livecare.evaluation.recalibrating import Recalibration

Members = Annotated[
    list[str], typer.Argument(metavar="MODEL MODEL...", help="Names, or paths of packages.")
]
Name = Annotated[str | None, typer.Option(help="What to call it in your library.")]
Out = Annotated[
    Path | None, typer.Option(help="Folder to write instead of your library of models.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalibrateOptions:
    """What a user asks of a recalibration, in the order of its help."""

    model: Annotated[str, typer.Argument(help="Name of a model, or path of a package.")]
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="A recording with a truth, or a folder of them.")
    ]

    repeats: Annotated[
        bool,
        typer.Option(
            "--repeats",
            help="The frames repeat one still field: the mean of the others is the truth.",
        ),
    ] = False
    truth: Annotated[
        Path | None, typer.Option(help="The same without noise: a file or folder.")
    ] = None
    truth_frames: Annotated[
        int, typer.Option(min=0, help="Frames averaged to the truth: its noise is allowed for.")
    ] = 0
    affine: Annotated[
        bool, typer.Option("--affine", help="Raw and truth differ in gain and offset.")
    ] = False
    frames: Annotated[int, typer.Option(min=1, help="Frames looked at per recording.")] = 8

    gain: Annotated[
        float | None, typer.Option(help="Counts per electron; give all three, or none to estimate.")
    ] = None
    offset: Annotated[float | None, typer.Option(help="Counts of a dark pixel.")] = None
    read_noise: Annotated[float | None, typer.Option(help="Electrons.")] = None

    name: Name = None
    out: Out = None
    engine: Engine = "auto"
    threads: Threads = None


def ensemble(members: Members, *, name: Name = None, out: Out = None) -> None:
    """Fold models into one network: their mean, its spread, and how far they disagree."""
    from livecare.ensembles import make_ensemble
    from livecare.models import find_model

    called, folder = _target(name, out)
    made, difference = make_ensemble([find_model(each) for each in members], folder, called)
    typer.echo(f"wrote {made.folder}")
    typer.echo(f"differs from its {len(members)} members by {difference:.2g} noise or window units")
    typer.echo("what its intervals hold is not known: livecare models recalibrate finds out")


def recalibrate(**given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """Make a model's 90 % intervals hold on frames whose truth is known; writes a copy of it."""
    from livecare.errors import UsageError
    from livecare.evaluation import Request, read_request
    from livecare.evaluation.recalibrating import judge_set
    from livecare.evaluation.recalibrating import recalibrate as fit
    from livecare.load import engine_cores
    from livecare.models import find_model
    from livecare.models.uncertainty.copying import write_recalibrated
    from livecare.restore_files import camera_noise

    options = RecalibrateOptions(**given)
    _, folder = _target(options.name, options.out)
    if folder.exists():
        raise UsageError(f"{folder} exists: choose another --name or --out, or delete it")
    model = find_model(options.model)
    request = Request(
        options.source,
        options.truth,
        options.repeats,
        camera_noise(options.gain, options.offset, options.read_noise),
        options.affine,
        options.frames,
        options.truth_frames,
    )
    threads = options.threads or engine_cores()
    judged = judge_set(model, read_request(request), options.engine, threads)
    found = fit(judged)
    made = write_recalibrated(model, found.intervals, folder)
    for line in _lines(found):
        typer.echo(line)
    typer.echo(f"wrote {made.folder}")


# The command's parameters are the options' fields, so that each option is written down once.
recalibrate.__signature__ = inspect.signature(RecalibrateOptions)  # type: ignore[attr-defined]


def register(app: typer.Typer) -> None:
    """Add both commands to those of `livecare models`."""
    app.command()(ensemble)
    app.command()(recalibrate)


def _target(name: str | None, out: Path | None) -> tuple[str, Path]:
    """Return what a new model is called and where it goes; exactly one of the two is given."""
    from livecare.errors import UsageError
    from livecare.models.package import new_folder

    if (name is None) == (out is None):
        raise UsageError("give --name, for your library of models, or --out, for a folder")
    if out is not None:
        return out.resolve().name, out
    return str(name), new_folder(str(name))


def _lines(found: "Recalibration") -> list[str]:
    """Say what intervals hold, before and after, and where that was seen."""
    others = (
        "frames of other fields than these were fitted to"
        if found.by == "fields"
        else "other frames of the same field; other fields may differ"
    )
    low, high = (f"{pick(each.after for each in found.held):.0%}" for pick in (min, max))
    factors = found.intervals.factors
    return [
        f"intervals of 90 % held {found.before:.1%} of the pixels as predicted",
        f"recalibrated they hold {found.after:.1%} ({low} to {high} of a frame)",
        f"judged on {others}: {len(found.held)} in all",
        f"scales are multiplied by {min(factors):.2f} to {max(factors):.2f}",
    ]
