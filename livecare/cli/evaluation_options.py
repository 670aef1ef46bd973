"""Knows the options of `livecare evaluate`: types, defaults, limits, and what is said of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

_truth_option = partial(typer.Option, rich_help_panel="Scores against the truth")
_camera_option = partial(
    typer.Option, rich_help_panel="The camera (estimated from the frames if not given)"
)
_suite_option = partial(typer.Option, rich_help_panel="The suite of known recordings")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOptions:
    """What a user asks of an evaluation, in the order of its help, which tells of each."""

    source: Annotated[
        Path | None, typer.Argument(metavar="IN", help="A recording, or a folder of them.")
    ] = None
    out: Annotated[
        Path, typer.Option(help="Folder for report.html, scores.json and what resumes them.")
    ]

    truth: Annotated[
        Path | None, _truth_option(help="The same without noise: a file or folder.")
    ] = None
    truth_frames: Annotated[
        int,
        _truth_option(min=0, help="Frames averaged to the truth: coverage allows for its noise."),
    ] = 0
    repeats: Annotated[
        bool,
        _truth_option(
            "--repeats",
            help="The frames repeat one still field: the mean of the others is the truth.",
        ),
    ] = False
    affine: Annotated[
        bool, _truth_option("--affine", help="Raw and truth differ in gain and offset.")
    ] = False

    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Name or path of a model; may be repeated. [default: default, default-fast]"
        ),
    ] = None
    baselines: Annotated[
        str, typer.Option(help="Classical restorations: all, none, or names with commas.")
    ] = "all"
    psf: Annotated[Path | None, typer.Option(help="Image of a point: adds deconvolution.")] = None
    frames: Annotated[int, typer.Option(min=1, help="Frames scored per recording.")] = 8

    gain: Annotated[float | None, _camera_option(help="Counts per electron.")] = None
    offset: Annotated[float, _camera_option(help="Counts of a dark pixel.")] = 0.0
    read_noise: Annotated[float, _camera_option(help="Electrons.")] = 0.0

    suite: Annotated[bool, _suite_option("--suite", help="Evaluate the suite.")] = False
    data: Annotated[Path | None, _suite_option(help="Its folder. [default: $LIVECARE_DATA]")] = None
    only: Annotated[str, _suite_option(help="Sets by name or its beginning, commas.")] = ""
    quick: Annotated[bool, _suite_option("--quick", help="Tiny cuts: shows that it runs.")] = False

    engine: Annotated[str, typer.Option(help="Engine that runs the models.")] = "auto"
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads of the engine. [default: all]")
    ] = None
