"""`livecare status`: how the runs of this machine are, in a terminal, a pipe, or as JSON."""

import contextlib
import sys
from typing import Annotated, Final

import typer

from livecare.cli.run_options import Directory, Key, ServerKey
from livecare.errors import EXIT_FAILED

NOBODY: Final = (
    "no livecare run of yours goes on on this machine; where its configuration sets "
    "ring.directory, give that as --directory, and for another user's or machine's its "
    "publish.telemetry as --endpoint"
)


def status(
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print a JSON list, or with --follow a list a line.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the runs have ended, or Ctrl-C.")
    ] = False,
    directory: Directory = None,
    endpoint: Annotated[
        str | None, typer.Option(help="publish.telemetry of one run, as reached from here.")
    ] = None,
    key: Key = None,
    server_key: ServerKey = None,
) -> None:
    """Say how the runs of this machine are: frames, rates, ages, disk, restorer, recording.

    Exits with 1 where no run goes on, or one has said nothing for ten seconds.
    """
    from livecare.cli.status_sources import looks
    from livecare.cli.status_words import Shown

    with (
        Shown(as_json=json, follows=follow) as shown,
        looks(directory, endpoint, key, server_key) as look,
    ):
        found = look.now()
        shown.show(found)
        if not found:
            sys.stderr.write(f"livecare: {NOBODY}\n")
            raise typer.Exit(EXIT_FAILED)
        with contextlib.suppress(KeyboardInterrupt):
            while follow and found:
                look.wait()
                if found := look.now():
                    shown.show(found)
    if not follow and any(each.silent for each in found):
        raise typer.Exit(EXIT_FAILED)
