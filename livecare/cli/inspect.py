"""`livecare doctor`, `schema` and `--version`: what livecare is and has on this machine."""

from pathlib import Path
from typing import Annotated

import typer


def doctor(
    config: Annotated[
        Path | None, typer.Option(help="Check this configuration as well; nothing is started.")
    ] = None,
) -> None:
    """Say what this machine offers: engines, models, sources, memory, disk."""
    from livecare.supervisor.doctor import examine

    findings = examine(config)
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        typer.echo(f"{finding.what:<{width}}  {finding.found}")


def schema() -> None:
    """Print the JSON schema of the configuration."""
    from livecare.config import config_schema

    typer.echo(config_schema(), nl=False)


def print_version() -> None:
    """Print the version."""
    from livecare import __version__

    typer.echo(f"livecare {__version__}")
