"""`livecare view`: the operator's window on a run, here or elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from livecare.cli.run_options import Directory, Key, ServerKey
from livecare.cli.window import no_screen
from livecare.errors import MissingExtraError, UsageError


def view(
    *,
    directory: Directory = None,
    pid: Annotated[
        int | None, typer.Option(help="Only the run of this process, where there are several.")
    ] = None,
    preview: Annotated[
        str | None, typer.Option(help="publish.preview of a run elsewhere, as reached from here.")
    ] = None,
    telemetry: Annotated[
        str | None, typer.Option(help="publish.telemetry of that run, as reached from here.")
    ] = None,
    control: Annotated[
        str | None,
        typer.Option(help="publish.control of that run, as reached from here; needs --telemetry."),
    ] = None,
    key: Key = None,
    server_key: ServerKey = None,
    reduce: Annotated[
        int, typer.Option(help="1, 2, 4 or 8: have k × k pixels averaged before they are sent.")
    ] = 1,
    lz4: Annotated[
        bool, typer.Option("--lz4", help="Have frames compressed before they are sent.")
    ] = False,
    snapshots: Annotated[
        Path | None, typer.Option(help="Where snapshots go; else Pictures/livecare.")
    ] = None,
    buffer_mb: Annotated[int, typer.Option(min=16, help="Memory for the last frames, MB.")] = 512,
) -> None:
    """Watch a run: raw beside restored, live; start it before or after the run, and often.

    Nothing that is done here can lose a frame; without options it shows the run of this machine.
    """
    if preview is None and (telemetry or control or reduce != 1 or lz4 or key or server_key):
        raise UsageError(
            "--telemetry, --control, --reduce, --lz4, --key and --server-key go with --preview"
        )
    if control is not None and telemetry is None:
        raise UsageError("--control needs --telemetry: it says what the run would do")
    if reason := no_screen():
        raise UsageError(f"livecare view: {reason}")
    with _missing_parts_named():
        from livecare.viewer.app import Options, show
        from livecare.viewer.feed.where import Where
    where = Where(directory, pid, preview, telemetry, control, reduce, lz4, key, server_key)
    raise typer.Exit(show(Options(where, snapshots, buffer_mb << 20)))


@contextmanager
def _missing_parts_named() -> Iterator[None]:
    """Have an import that fails inside say what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "PySide6", "viewer", "livecare view") from error
    except ImportError as error:
        raise UsageError(
            f"livecare view cannot load Qt: {error}; on Linux install the system's libegl1, "
            "libxkbcommon0, libfontconfig1 and libdbus-1-3"
        ) from error
