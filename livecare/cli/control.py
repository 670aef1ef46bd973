"""`livecare mark`, `record` and `relock`: what the run on this machine is asked for."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from livecare.errors import EXIT_FAILED

ANSWERED_S: Final = 60.0
"""Longest wait for an answer that needs no engine, seconds: a store is made, a line is synced."""

Directory = Annotated[
    Path | None, typer.Option(help="The run's ring.directory, where its configuration sets it.")
]


class Switch(StrEnum):
    """Which way."""

    ON = "on"
    OFF = "off"


def mark(
    text: Annotated[str, typer.Argument(help="What happened; 500 characters at most.")],
    *,
    directory: Directory = None,
) -> None:
    """Mark an event in the recording of the run on this machine, at its newest frame."""
    from livecare.client.endpoints import find_control
    from livecare.link.control import MarkRequest, ask

    say(ask(find_control(directory), MarkRequest(text), ANSWERED_S), "not marked")


def record(
    switch: Annotated[Switch, typer.Argument(help="on: begin a recording. off: end it.")],
    *,
    directory: Directory = None,
) -> None:
    """Let the run on this machine record from the next frame on, or only show its frames."""
    from livecare.client.endpoints import find_control
    from livecare.link.control import RecordRequest, ask

    request = RecordRequest(on=switch is Switch.ON)
    say(ask(find_control(directory), request, ANSWERED_S), "not changed")


def relock(*, directory: Directory = None) -> None:
    """Measure the normalisation anew from the next frames, as after a change of the exposure.

    Until that is done, frames are restored as before. Exits with 1 if nothing could be measured,
    and then nothing has changed.
    """
    from livecare.client.endpoints import find_control
    from livecare.link.control import RelockRequest, ask
    from livecare.supervisor.change import ANSWERED_S as CHANGED_S

    say(ask(find_control(directory), RelockRequest(), CHANGED_S), "not changed")


def say(answer: object, refused: str) -> None:
    """Print what a run answered; exit with 1 and why if it refused."""
    from livecare.link.control import Done, Refused

    if isinstance(answer, Done):
        typer.echo(answer.words)
        return
    reason = answer.reason if isinstance(answer, Refused) else "the run answered something else"
    typer.echo(f"livecare: {refused}: {reason}", err=True)
    raise typer.Exit(EXIT_FAILED)
