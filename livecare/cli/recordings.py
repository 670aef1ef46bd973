"""`livecare verify`, `recover` and `export`: what can be done with a recording."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

StorePath = Annotated[
    Path, typer.Argument(metavar="RECORDING", help="A recording of livecare (an .ome.zarr folder).")
]


class LaneChoice(StrEnum):
    """Which frames."""

    RAW = "raw"
    RESTORED = "restored"


def _a_folder(store: Path) -> Path:
    """Return what may be a recording. Raises UsageError for a file, and for nothing."""
    from livecare.errors import UsageError

    if store.is_dir():
        return store
    wrong = "is a file, and no recording" if store.exists() else "does not exist"
    raise UsageError(f"{store} {wrong}: give the folder of a recording (*.ome.zarr)")


def verify(store: StorePath) -> None:
    """Check every index, checksum and the ledger; print what is missing by number."""
    from livecare.errors import EXIT_INCOMPLETE
    from livecare.sinks.verify import verify as verify_store

    verification = verify_store(_a_folder(store))
    typer.echo(str(verification))
    if not verification.ok:
        raise typer.Exit(EXIT_INCOMPLETE)


def recover(store: StorePath) -> None:
    """Mend a recording whose writer was killed; harmless on a sound one."""
    from livecare.sinks.recover import recover as recover_store

    typer.echo(str(recover_store(_a_folder(store))))


def export(
    store: StorePath,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The OME-TIFF to write; must not exist.")
    ],
    lane: Annotated[LaneChoice, typer.Option(help="raw or restored frames.")] = LaneChoice.RESTORED,
    position: Annotated[int, typer.Option(min=0, help="Stage position, from 0.")] = 0,
) -> None:
    """Write a recording as OME-TIFF, for Fiji and others."""
    from livecare.sinks.export import export_ome_tiff

    typer.echo(str(export_ome_tiff(_a_folder(store), out, lane=lane.value, position=position)))
