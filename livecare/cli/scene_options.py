"""What every command that simulates a specimen asks of it, in the same words."""

from typing import Annotated

import typer

Size = Annotated[tuple[int, int], typer.Option(help="Rows and columns, pixels.")]
Photons = Annotated[
    float, typer.Option(min=0.1, help="Light at the bright structures, photons per pixel.")
]
Seed = Annotated[int, typer.Option(min=0, help="Chooses the specimen and the noise.")]
