"""How every command that looks at a run, or speaks with it, is told which and who asks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livecare.errors import UsageError

if TYPE_CHECKING:
    from livecare.link.curve import KeyedEndpoint

Directory = Annotated[
    Path | None, typer.Option(help="The run's ring.directory, where its configuration sets it.")
]
Endpoint = Annotated[
    str | None, typer.Option(help="publish.control of a run elsewhere, as reached from here.")
]
Key = Annotated[
    Path | None, typer.Option(help="Your own secret key, for a run elsewhere that wants one.")
]
ServerKey = Annotated[
    Path | None, typer.Option(help="That run's public key: nobody else can pretend to be it.")
]


def control_of(
    directory: Path | None, endpoint: str | None, key: Path | None, server_key: Path | None
) -> "KeyedEndpoint":
    """Find where the run is asked that is meant: one elsewhere, or this user's own here.

    Raises
    ------
    UsageError
        If the options do not go together, a file holds no key, or no run is found.
    """
    from livecare.client.endpoints import find_control
    from livecare.link.curve import with_keys

    refuse_contradictions(directory, endpoint, key, server_key)
    if endpoint is None:
        return find_control(directory)
    return with_keys(endpoint, key, server_key)


def refuse_contradictions(
    directory: Path | None, endpoint: str | None, key: Path | None, server_key: Path | None
) -> None:
    """Refuse options of which one would not be looked at. Raises UsageError."""
    if endpoint is None and (key is not None or server_key is not None):
        raise UsageError(
            "--key and --server-key go with --endpoint: your own run on this machine needs none"
        )
    if endpoint is not None and directory is not None:
        raise UsageError(
            "--directory is for a run on this machine, --endpoint for one elsewhere: give one"
        )
