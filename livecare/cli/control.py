"""`livecare mark`, `record`, `relock` and `reload`: what a run is asked for."""

from enum import StrEnum
from typing import Annotated

import typer

from livecare.cli.run_options import Directory, Endpoint, Key, ServerKey, control_of
from livecare.errors import EXIT_FAILED


class Switch(StrEnum):
    """Which way."""

    ON = "on"
    OFF = "off"


def mark(
    text: Annotated[str, typer.Argument(help="What happened; 500 characters at most.")],
    *,
    directory: Directory = None,
    endpoint: Endpoint = None,
    key: Key = None,
    server_key: ServerKey = None,
) -> None:
    """Mark an event in the recording of the run, at its newest frame."""
    from livecare.link.asking import ask
    from livecare.link.requests import ANSWERED_S, MarkRequest

    at = control_of(directory, endpoint, key, server_key)
    say(ask(at, MarkRequest(text), ANSWERED_S), "not marked")


def record(
    switch: Annotated[Switch, typer.Argument(help="on: begin a recording. off: end it.")],
    *,
    directory: Directory = None,
    endpoint: Endpoint = None,
    key: Key = None,
    server_key: ServerKey = None,
) -> None:
    """Let the run record from the next frame on, or only show its frames."""
    from livecare.link.asking import ask
    from livecare.link.requests import ANSWERED_S, RecordRequest

    at = control_of(directory, endpoint, key, server_key)
    say(ask(at, RecordRequest(on=switch is Switch.ON), ANSWERED_S), "not changed")


def relock(
    *,
    directory: Directory = None,
    endpoint: Endpoint = None,
    key: Key = None,
    server_key: ServerKey = None,
) -> None:
    """Measure the normalisation anew from the next frames, as after a change of the exposure.

    Until that is done, frames are restored as before. Exits with 1 if nothing could be measured,
    and then nothing has changed.
    """
    from livecare.link.asking import ask
    from livecare.link.requests import CHANGED_S, RelockRequest

    at = control_of(directory, endpoint, key, server_key)
    say(ask(at, RelockRequest(), CHANGED_S), "not changed")


def reload(
    *,
    directory: Directory = None,
    endpoint: Endpoint = None,
    key: Key = None,
    server_key: ServerKey = None,
) -> None:
    """Let the run read its configuration file again and go on with it.

    Model, engine, normalisation, latency budget, guards and most of [restorer], and [log], change
    at once; no frame is lost. What else has changed is said, and waits for the next start. Exits
    with 1 if anything in the file is wrong or cannot be, and then nothing has changed.
    """
    from livecare.link.asking import ask
    from livecare.link.requests import CHANGED_S, ReloadRequest

    at = control_of(directory, endpoint, key, server_key)
    say(ask(at, ReloadRequest(), CHANGED_S), "not reloaded")


def say(answer: object, refused: str) -> None:
    """Print what a run answered; exit with 1 and why if it refused."""
    from livecare.link.requests import Done, Refused

    if isinstance(answer, Done):
        typer.echo(answer.words)
        return
    reason = answer.reason if isinstance(answer, Refused) else "the run answered something else"
    typer.echo(f"livecare: {refused}: {reason}", err=True)
    raise typer.Exit(EXIT_FAILED)
