"""`livecare evaluate`: how good restorations are, on the user's files or on the suite."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from livecare.evaluation import Evaluation
    from livecare.models.anscombe import CameraNoise

TRUTH = "Scores against the truth"
CAMERA = "The camera (estimated from the frames if not given)"
SUITE = "The suite of known recordings"
WIDTH = 150
"""Columns of a table that goes to a file."""


def evaluate(
    source: Annotated[
        Path | None, typer.Argument(metavar="[IN]", help="A recording, or a folder of them.")
    ] = None,
    *,
    out: Annotated[
        Path, typer.Option(help="Folder for report.html, scores.json and what resumes them.")
    ],
    truth: Annotated[
        Path | None,
        typer.Option(help="The same without noise: a file or folder.", rich_help_panel=TRUTH),
    ] = None,
    truth_frames: Annotated[
        int,
        typer.Option(
            min=0,
            help="Frames averaged to the truth: coverage allows for its noise.",
            rich_help_panel=TRUTH,
        ),
    ] = 0,
    repeats: Annotated[
        bool,
        typer.Option(
            "--repeats",
            help="The frames repeat one still field: the mean of the others is the truth.",
            rich_help_panel=TRUTH,
        ),
    ] = False,
    affine: Annotated[
        bool,
        typer.Option(
            "--affine", help="Raw and truth differ in gain and offset.", rich_help_panel=TRUTH
        ),
    ] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Name or path of a model; may be repeated. [default: default, default-fast]"
        ),
    ] = None,
    baselines: Annotated[
        str, typer.Option(help="Classical restorations: all, none, or names with commas.")
    ] = "all",
    psf: Annotated[Path | None, typer.Option(help="Image of a point: adds deconvolution.")] = None,
    frames: Annotated[int, typer.Option(min=1, help="Frames scored per recording.")] = 8,
    gain: Annotated[
        float | None, typer.Option(help="Counts per electron.", rich_help_panel=CAMERA)
    ] = None,
    offset: Annotated[
        float, typer.Option(help="Counts of a dark pixel.", rich_help_panel=CAMERA)
    ] = 0.0,
    read_noise: Annotated[float, typer.Option(help="Electrons.", rich_help_panel=CAMERA)] = 0.0,
    suite: Annotated[
        bool, typer.Option("--suite", help="Evaluate the suite.", rich_help_panel=SUITE)
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(help="Its folder. [default: $LIVECARE_DATA]", rich_help_panel=SUITE),
    ] = None,
    only: Annotated[
        str, typer.Option(help="Sets by name or its beginning, commas.", rich_help_panel=SUITE)
    ] = "",
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Tiny cuts: shows that it runs.", rich_help_panel=SUITE),
    ] = False,
    engine: Annotated[str, typer.Option(help="Engine that runs the models.")] = "auto",
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads of the engine. [default: all]")
    ] = None,
) -> None:
    """Judge models beside classical restorations: table, scores.json and report.html."""
    from rich.console import Console

    from livecare.evaluation import (
        Options,
        Request,
        build_suite,
        read_psf,
        read_request,
        run_evaluation,
    )

    console = Console(stderr=True)
    options = Options(
        models=tuple(model or ()),
        baselines=_names(baselines),
        engine=engine,
        threads=threads,
        psf=None if psf is None else read_psf(psf),
        say=lambda words: console.print(f"[dim]{words}[/]", highlight=False),
    )
    if suite == (source is not None):
        raise typer.BadParameter("give either IN or --suite")
    if source is None:
        sets = build_suite(_data_folder(data), _names(only), quick=quick)
        found = run_evaluation("livecare evaluate --suite", sets, options, out)
    else:
        camera = _camera(gain, offset, read_noise)
        request = Request(source, truth, repeats, camera, affine, frames, truth_frames)
        title = f"livecare evaluate {source.name}"
        found = run_evaluation(title, [read_request(request)], options, out)
    _print(found, out)


def _print(found: "Evaluation", out: Path) -> None:
    from rich.console import Console

    from livecare.evaluation import summarise, verdicts
    from livecare.evaluation.table import set_table, summary_table

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    for result in found.sets:
        console.print(set_table(result))
    groups = summarise(found.sets)
    if len(found.sets) > 1 and groups:
        console.print(summary_table(groups))
    for sentence in verdicts(groups):
        console.print(sentence, highlight=False)
    console.print(f"report: {out / 'report.html'}", highlight=False, soft_wrap=True)


def _camera(gain: float | None, offset: float, read_noise: float) -> "CameraNoise | None":
    from livecare.models.anscombe import CameraNoise

    if gain is None:
        if offset or read_noise:
            raise typer.BadParameter("--offset and --read-noise need --gain")
        return None
    return CameraNoise(gain, offset, read_noise)


def _data_folder(data: Path | None) -> Path:
    named = os.environ.get("LIVECARE_DATA")
    folder = data or (Path(named) if named else None)
    if folder is None or not folder.is_dir():
        from livecare.errors import UsageError

        where = "neither --data nor LIVECARE_DATA is set" if folder is None else f"{folder} is none"
        raise UsageError(f"the suite needs the folder of its recordings: {where}")
    return folder


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
