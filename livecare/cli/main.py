"""The command `livecare`: its subcommands, and how an error of any of them ends."""

import io
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from livecare.cli import (
    acquire,
    advise,
    calibrate,
    control,
    engines,
    evaluate,
    inspect,
    keys,
    models,
    recordings,
    report,
    restore,
    simulate,
    status,
    train,
    view,
)
from livecare.errors import LivecareError


class Commands(TyperGroup):
    """All commands; lists them in plain text, since rich takes longer to load than all else."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - of typer's own click
        """Write the list."""
        super(TyperGroup, self).format_help(ctx, formatter)


app = typer.Typer(
    name="livecare",
    cls=Commands,
    help="Live restoration of low-light microscopy: raw frames lossless, restored ones at once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(acquire.demo)
app.command()(acquire.run)
app.command()(view.view)
app.command()(recordings.verify)
app.command()(recordings.recover)
app.command()(recordings.export)
app.command()(report.report)
app.command()(evaluate.evaluate)
app.command()(restore.restore)
app.command()(calibrate.calibrate)
app.command()(advise.advise)
app.command()(engines.build)
app.command()(engines.swap)
app.command()(status.status)
app.command()(control.record)
app.command()(control.mark)
app.command()(control.relock)
app.command()(control.reload)
app.command("import")(models.import_command)
app.command()(train.train)
app.command()(inspect.doctor)
app.command()(inspect.schema)
app.add_typer(keys.app, name="keys")
app.add_typer(models.app, name="models")
app.add_typer(simulate.app, name="simulate")


@app.callback(invoke_without_command=True)
def _version(
    ctx: typer.Context,
    *,
    version: bool = typer.Option(False, "--version", help="Print the version and end."),
) -> None:
    if version:
        inspect.print_version()
        raise typer.Exit
    del ctx


def main() -> None:
    """Run the command line and exit as `livecare.errors` says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a pipe on Windows knows no ± and no ≥
            stream.reconfigure(errors="replace")
    try:
        app()
    except LivecareError as error:
        sys.stderr.write(f"livecare: {error}\n")
        sys.exit(error.exit_code)
