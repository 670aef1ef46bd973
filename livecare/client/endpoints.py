"""Knows how to find the run on this machine, when nobody says where it answers."""

import contextlib
import os
from pathlib import Path
from typing import Final

import zmq
from zmq.utils.monitor import recv_monitor_message

from livecare import run_place
from livecare.errors import UsageError
from livecare.link.connections import stop_watching
from livecare.link.curve import GONE, HEARD, ClientKeys, KeyedEndpoint, prove
from livecare.link.sockets import can_be_reached, is_loopback

CONNECT_MS: Final = 5000
"""Longest wait for this machine to say whether a port is open, milliseconds: it takes about one,
and longer only where the machine is very busy."""
HANDSHAKE_MS: Final = 500
"""Longest wait for the handshake then, milliseconds: it takes about one, or the run is stopped."""
KINDS: Final = {run_place.PREVIEW: zmq.SUB, run_place.CONTROL: zmq.DEALER}
"""What kind of socket comes to which endpoint."""


def find_endpoint(directory: Path | None = None) -> KeyedEndpoint:
    """Find the preview of the run on this machine that is running now.

    Parameters
    ----------
    directory : Path or None
        `ring.directory` of the run's configuration; None where that is left out.

    Returns
    -------
    KeyedEndpoint
        The endpoint, for `subscribe`; with the keys that this user needs, if any.

    Raises
    ------
    UsageError
        If no run of this user is there, or several are.
    """
    found = _found(directory, run_place.PREVIEW)
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


def find_control(directory: Path | None = None) -> KeyedEndpoint:
    """Find where the run on this machine can be asked for changes; see `find_endpoint`.

    Raises
    ------
    UsageError
        If no run of this user is there, or several are.
    """
    found = _found(directory, run_place.CONTROL)
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


def _found(directory: Path | None, name: str) -> list[KeyedEndpoint]:
    """Return the endpoints at which runs of this user answer."""
    parents = run_place.default_parents() if directory is None else (directory,)
    written = [file for parent in parents for file in run_place.find_files(parent, name)]
    kind = KINDS[name]
    return sorted({endpoint for file in written if (endpoint := _read(file, kind)) is not None})


def endpoint_in(file: Path) -> KeyedEndpoint | None:
    """Return the endpoint of this machine that a run has written into a file, with its keys.

    Nobody need answer there: a stopped run does not, and a killed one leaves its files behind.

    Returns
    -------
    KeyedEndpoint or None
        None if the file is missing, another user's, or holds something else.
    """
    try:
        if hasattr(os, "getuid") and file.stat().st_uid != os.getuid():
            return None  # another user's: what it says is not to be trusted
        endpoint = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None  # its run ended just now, or it is no text
    if not can_be_reached(endpoint):
        return None
    keys = _keys_beside(file)
    return KeyedEndpoint(endpoint, keys) if keys is not None or is_loopback(endpoint) else None


def _keys_beside(file: Path) -> ClientKeys | None:
    """Return the keys that a run has left for this user's commands; None where it wants none."""
    folder = file.parent
    try:
        return ClientKeys.read(run_place.local_key_file(folder), run_place.server_key_file(folder))
    except UsageError:
        return None


def _read(file: Path, kind: int) -> KeyedEndpoint | None:
    """Return the endpoint in a file; None unless it is ours and someone answers there."""
    endpoint = endpoint_in(file)
    return endpoint if endpoint is not None and _answers(endpoint, kind) else None


def _answers(endpoint: KeyedEndpoint, kind: int) -> bool:
    """Tell whether a port of this machine accepts connections: a killed run's does not.

    It is left after the handshake: the run would count who leaves before among those that it turned
    away. A stopped run accepts, and shakes no hands.
    """
    heard = 0
    with zmq.Context() as context, context.socket(kind) as knock:
        knock.setsockopt(zmq.LINGER, 0)
        prove(knock, endpoint)
        ears = knock.get_monitor_socket(zmq.EVENT_CONNECTED | HEARD | GONE)
        with contextlib.suppress(zmq.ZMQError):
            knock.connect(endpoint)
            while not heard & (HEARD | GONE) and ears.poll(HANDSHAKE_MS if heard else CONNECT_MS):
                heard |= int(recv_monitor_message(ears)["event"])
        stop_watching(knock, ears)
    return bool(heard & zmq.EVENT_CONNECTED)
