"""Knows the options of `livecare advise`: types, defaults, limits, and what is said of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from livecare.cli.given_options import given_options

_camera_option = partial(
    typer.Option, rich_help_panel="The camera (all three, or estimated from the frames)"
)
_core_option = partial(typer.Option, rich_help_panel="Taking the series with Micro-Manager")

OF_CORE: Final = ("adapter_path", "frames")
"""Fields that say how Micro-Manager takes the series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviseOptions:
    """What a user asks of the advisor, in the order of its help, which tells of each."""

    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Recordings of one still field."),
    ] = None
    exposure_ms: Annotated[
        str, typer.Option(help="Exposure of each file, ms, with commas; else what they say.")
    ] = ""
    target: Annotated[
        list[str] | None,
        typer.Option(
            help="psnr=32, nrmse=0.05, ssim=0.9 or as-good-as=100ms (a raw frame of that "
            "exposure); may be repeated."
        ),
    ] = None
    region: Annotated[
        str | None, typer.Option(metavar="Y,X,H,W", help="What matters: first pixel and size.")
    ] = None
    area: Annotated[
        str | None,
        typer.Option(
            help="Where targets are to be met: whole, bright or region. [default: region if one "
            "is given, else whole]"
        ),
    ] = None
    out: Annotated[Path | None, typer.Option(help="Page to write: pictures and charts.")] = None

    gain: Annotated[float | None, _camera_option(help="Counts per electron.")] = None
    offset: Annotated[float | None, _camera_option(help="Counts of a dark pixel.")] = None
    read_noise: Annotated[float | None, _camera_option(help="Electrons.")] = None

    config: Annotated[
        str | None, _core_option(help="Hardware configuration (.cfg), or demo, instead of files.")
    ] = None
    adapter_path: Annotated[str | None, _core_option(help="Folder of its adapters.")] = None
    frames: Annotated[int, _core_option(min=1, help="Frames per exposure.")] = 6
    apply: Annotated[
        bool,
        _core_option(
            "--apply",
            help="Set the advised exposure, after a question; with --config, one --target.",
        ),
    ] = False
    yes: Annotated[
        bool, _core_option("--yes", help="With --apply: do not ask, unless there are warnings.")
    ] = False

    model: Annotated[str, typer.Option(help="Name or path; live runs take default-fast.")] = (
        "default-fast"
    )
    engine: Annotated[str, typer.Option(help="Engine that runs the model.")] = "auto"
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads of the engine. [default: all]")
    ] = None

    def refuse_contradictions(self) -> None:
        """Refuse options that would do nothing. Raises typer.BadParameter, which names them."""
        if self.yes and not self.apply:
            raise typer.BadParameter(
                "--yes answers the question of --apply: give --apply as well, or leave --yes out"
            )
        if self.files and self.config is None and (given := given_options(self, OF_CORE)):
            raise typer.BadParameter(
                f"FILEs do not go with {given}: that is for a series that Micro-Manager takes; "
                f"give --config instead of FILEs, or leave {given} out"
            )
