"""Knows how to find the run on this machine, when nobody says where it answers."""

import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from livecare import run_place
from livecare.errors import UsageError

LOOPBACK: Final = "127.0.0.1"

KNOCK_S: Final = 0.5
"""Longest wait, seconds, for a port of this machine to answer; it takes microseconds."""


def find_endpoint(directory: Path | None = None) -> str:
    """Find the preview of the run on this machine that is running now.

    Parameters
    ----------
    directory : Path or None
        `ring.directory` of the run's configuration; None where that is left out.

    Returns
    -------
    str
        The endpoint, for `subscribe`.

    Raises
    ------
    UsageError
        If no run of this user is there, or several are.
    """
    found = _found(directory, run_place.preview_files)
    if not found:
        raise UsageError(
            "no livecare run serves previews on this machine: start one, or set publish.preview "
            "in its configuration and give subscribe() the same endpoint; where ring.directory is "
            "set there, subscribe(directory=...) finds it"
        )
    if len(found) > 1:
        raise UsageError(
            f"several livecare runs serve previews: {', '.join(found)}; give subscribe() one"
        )
    return found[0]


def find_control(directory: Path | None = None) -> str:
    """Find where the run on this machine can be asked for changes; see `find_endpoint`.

    Raises
    ------
    UsageError
        If no run of this user is there, or several are.
    """
    found = _found(directory, run_place.control_files)
    if not found:
        raise UsageError(
            "no livecare run of yours goes on on this machine: start one; where its configuration "
            "sets ring.directory, give that folder"
        )
    if len(found) > 1:
        raise UsageError(
            "several livecare runs go on on this machine: give each a ring.directory of its own, "
            "and name the one that is meant"
        )
    return found[0]


def _found(directory: Path | None, files: Callable[[Path], Iterable[Path]]) -> list[str]:
    """Return the endpoints at which runs of this user answer."""
    parents = run_place.default_parents() if directory is None else (directory,)
    written = [file for parent in parents for file in files(parent)]
    return sorted({endpoint for file in written if (endpoint := _read(file)) is not None})


def _read(file: Path) -> str | None:
    """Return the endpoint in a file; None unless it is ours and someone answers there."""
    try:
        if hasattr(os, "getuid") and file.stat().st_uid != os.getuid():
            return None  # another user's: what it says is not to be trusted
        endpoint = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None  # its run ended just now
    return endpoint if _answers(endpoint) else None


def _answers(endpoint: str) -> bool:
    """Tell whether a port of this machine accepts connections: a killed run's does not."""
    try:
        parts = urlsplit(endpoint)
        if parts.hostname != LOOPBACK or parts.port is None:
            return False
        socket.create_connection((LOOPBACK, parts.port), KNOCK_S).close()
    except (OSError, ValueError):
        return False
    return True
