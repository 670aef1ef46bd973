"""`livecare doctor`, `schema` and `--version`: what livecare is and has on this machine."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from livecare.errors import EXIT_FAILED, ConfigError


def doctor(
    *,
    config: Annotated[
        Path | None, typer.Option(help="Check this configuration as well; nothing is started.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Say what this machine offers, and what to do about what is missing.

    Exits with 0 where a demonstration would work, 1 where it would not, and 2 where the
    configuration is wrong; a port or a recording's name that is taken now is not its fault, nor is
    a folder that may yet come.
    """
    from livecare.supervisor.doctor import demo_would_work, examine, what_is_wrong

    findings = examine(config)
    works = demo_would_work(findings)
    if as_json:
        document = {"demo_would_work": works, "findings": [asdict(each) for each in findings]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            light = typer.style(f"{finding.light:<6}", fg=finding.light)
            typer.echo(f"{light}  {finding.what:<{width}}  {finding.found}")
            if finding.cure is not None:
                typer.echo(f"{'':{width + 10}}to do: {finding.cure}")
    if wrong := what_is_wrong(findings):
        raise ConfigError(wrong)
    if not works:
        raise typer.Exit(EXIT_FAILED)


def schema() -> None:
    """Print the JSON schema of the configuration."""
    from livecare.config import config_schema

    typer.echo(config_schema(), nl=False)


def print_version() -> None:
    """Print the version."""
    from livecare import __version__

    typer.echo(f"livecare {__version__}")
