"""`livecare simulate`: stand-ins for what is not at hand."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Simulated specimens.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Stand-ins for what is not at hand."""


@app.command()
def specimen(
    out: Annotated[Path, typer.Argument(help="The OME-TIFF to write; must not exist.")],
    *,
    truth: Annotated[
        Path | None, typer.Option(help="Write the noise-free frames here, float32.")
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help="How many frames.")] = 16,
    size: Annotated[tuple[int, int], typer.Option(help="Rows and columns, pixels.")] = (512, 512),
    photons: Annotated[
        float, typer.Option(min=0.1, help="Light at the bright structures, photons per pixel.")
    ] = 15.0,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the specimen and the noise.")] = 0,
) -> None:
    """Write a moving low-light specimen, as the camera of `livecare demo` sees it."""
    from livecare.simulated_files import write_specimen

    typer.echo(write_specimen(out, truth, frames=frames, size_yx=size, photons=photons, seed=seed))
