"""`livecare report`: one page with a recording's story."""

from pathlib import Path
from typing import Annotated

import typer

from livecare.cli.recordings import StorePath


def report(
    store: StorePath,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The HTML file; else NAME.report.html beside it."),
    ] = None,
) -> None:
    """Make one HTML page of a recording: methods text, ledger, guards, timing, example frames."""
    from livecare.errors import EXIT_INCOMPLETE
    from livecare.run_page import write_page

    written = write_page(store, output)
    typer.echo(str(written.path))
    for each in written.damage:
        typer.echo(f"  damaged: {each}", err=True)
    if written.damage:
        raise typer.Exit(EXIT_INCOMPLETE)
