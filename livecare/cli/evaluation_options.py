"""Knows the options of `livecare evaluate`: types, defaults, limits, and what is said of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from livecare.cli.given_options import given_options

_truth_option = partial(typer.Option, rich_help_panel="Scores against the truth")
_camera_option = partial(
    typer.Option, rich_help_panel="The camera (all three, or estimated from the frames)"
)
_suite_option = partial(typer.Option, rich_help_panel="The suite of known recordings")

OF_FILES: Final = (
    *("truth", "truth_frames", "repeats", "affine"),
    *("frames", "gain", "offset", "read_noise"),
)
"""Fields that say something of the user's own files, which the suite has no use for."""
OF_SUITE: Final = ("data", "only", "quick")
"""Fields that say something of the suite."""


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
        _truth_option(
            min=0, help="With --truth: frames averaged to it; coverage allows for its noise."
        ),
    ] = 0
    repeats: Annotated[
        bool,
        _truth_option(
            "--repeats",
            help="The frames repeat one still field: the mean of the others is the truth.",
        ),
    ] = False
    affine: Annotated[
        bool,
        _truth_option(
            "--affine", help="Raw and truth differ in gain and offset; with --truth or --repeats."
        ),
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
    frames: Annotated[
        int | None,
        typer.Option(min=1, help="Frames scored per recording, not with --suite. [default: 8]"),
    ] = None

    gain: Annotated[float | None, _camera_option(help="Counts per electron.")] = None
    offset: Annotated[float | None, _camera_option(help="Counts of a dark pixel.")] = None
    read_noise: Annotated[float | None, _camera_option(help="Electrons.")] = None

    suite: Annotated[bool, _suite_option("--suite", help="Evaluate the suite.")] = False
    data: Annotated[Path | None, _suite_option(help="Its folder. [default: $LIVECARE_DATA]")] = None
    only: Annotated[str, _suite_option(help="Sets by name or its beginning, commas.")] = ""
    quick: Annotated[bool, _suite_option("--quick", help="Tiny cuts: shows that it runs.")] = False

    engine: Annotated[str, typer.Option(help="Engine that runs the models.")] = "auto"
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads of the engine. [default: all]")
    ] = None

    def refuse_contradictions(self) -> None:
        """Refuse what names no recordings or two kinds of them, or options of the other kind.

        Raises
        ------
        typer.BadParameter
            Names the options that do not go together.
        """
        if self.suite == (self.source is not None):
            raise typer.BadParameter("give either IN or --suite")
        if self.suite and (given := given_options(self, OF_FILES)):
            raise typer.BadParameter(
                f"--suite does not go with {given}: its recordings have truths, frames and camera "
                "values of their own"
            )
        if not self.suite and (given := given_options(self, OF_SUITE)):
            raise typer.BadParameter(
                f"IN does not go with {given}: that is for the suite; give --suite instead of IN, "
                f"or leave {given} out"
            )
