"""`livecare import` and `livecare models`: other people's models, and what is there by name."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from livecare.cli.ensemble import register

app = typer.Typer(help="List, show, validate, recalibrate and join models.", no_args_is_help=True)
register(app)


class WeightsChoice(StrEnum):
    """Which of a source's weights."""

    BEST = "best"
    LAST = "last"
    ONNX = "onnx"
    TORCHSCRIPT = "torchscript"
    STATE_DICT = "pytorch_state_dict"


def import_command(
    path: Annotated[
        Path,
        typer.Argument(
            help="A CSBDeep or N2V folder, a TF_SavedModel.zip, a BioImage.IO package, or a "
            "CAREamics checkpoint or folder."
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What to call it; else as the path.")] = None,
    weights: Annotated[
        WeightsChoice | None,
        typer.Option(help="CSBDeep: best or last. BioImage.IO: a format. Else the surest."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write instead of your library of models.")
    ] = None,
) -> None:
    """Turn someone's model into one that livecare runs; TensorFlow is not needed."""
    from livecare.importers.importing import import_model

    done = import_model(path, name, weights.value if weights else None, out)
    model = done.model
    typer.echo(f"wrote {model.folder}")
    typer.echo(f"parity: {done.parity}")
    typer.echo(f"halo {_pixels(model.halo_px)} px, sides multiples of {_pixels(model.multiple_of)}")
    for note in done.notes:
        typer.echo(f"note: {note}")


@app.command("list")
def list_command() -> None:
    """List the models that are known by name."""
    from livecare.importers.shelf import list_models

    entries = list_models()
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        if entry.model is None:
            typer.echo(f"{entry.name:<{width}}  {entry.origin:<7}  damaged: {entry.fault}")
            continue
        facts = f"{entry.model.axes}, {entry.model.normalisation.kind}"
        typer.echo(f"{entry.name:<{width}}  {entry.origin:<7}  {facts:<15}  {entry.model.name}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a model, or path of a package.")],
) -> None:
    """Show where a model comes from and what it needs."""
    from livecare.models import find_model

    model = find_model(name)
    recipe = model.normalisation
    if recipe.window is not None:
        units = f"{recipe.window.low:g} counts become 0, {recipe.window.high:g} become 1"
    elif recipe.kind == "anscombe":
        units = "noise standard deviations"
    else:
        units = f"percentiles {recipe.low_percentile:g} and {recipe.high_percentile:g}"
    facts = {
        "name": model.name,
        "does": model.description,
        "folder": model.folder,
        "axes": model.axes,
        "outputs": ", ".join(model.outputs),
        "intervals": model.intervals.words if model.intervals else "as predicted",
        "normalisation": f"{recipe.kind} ({units})",
        "halo": f"{_pixels(model.halo_px)} px",
        "sides": f"multiples of {_pixels(model.multiple_of)} px",
        "network": f"{model.onnx_path.stat().st_size / 1e6:.1f} MB, sha256 {model.sha256}",
    }
    for what, found in facts.items():
        typer.echo(f"{what:<13}  {found}")
    typer.echo("provenance")
    _print_nested(dict(model.provenance))


@app.command()
def validate(
    path: Annotated[str, typer.Argument(help="Name of a model, or path of a package.")],
) -> None:
    """Check a package: structure, checksums, test tensors, BioImage.IO's rules."""
    from livecare.errors import EXIT_FAILED
    from livecare.importers.validating import validate as validate_package
    from livecare.models.package import find_model, known_folder

    folder = known_folder(path) or Path(path)
    if not folder.exists():
        folder = find_model(path).folder
    failed = False
    for finding in validate_package(folder):
        typer.echo(f"{'ok  ' if finding.good else 'FAIL'}  {finding.what}: {finding.found}")
        failed |= not finding.good
    if failed:
        raise typer.Exit(EXIT_FAILED)


def _pixels(lengths: tuple[int, ...]) -> str:
    """Return one number where all are alike."""
    return " × ".join(map(str, lengths if len(set(lengths)) > 1 else lengths[:1]))


def _print_nested(values: dict[str, Any], indent: int = 2) -> None:
    for key, value in values.items():
        if isinstance(value, dict):
            typer.echo(f"{'':<{indent}}{key}")
            _print_nested(value, indent + 2)
        else:
            typer.echo(f"{'':<{indent}}{key}: {value}")
