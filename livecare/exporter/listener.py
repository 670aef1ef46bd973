"""Knows which socket metrics are served at: of this machine only."""

import socket
from typing import Final

from livecare.errors import UsageError

WAITING: Final = 32
"""Connections that may wait to be taken; a scraper or two and a person never need more."""


def open_listener(host: str, port: int) -> socket.socket:
    """Take the port. Raises UsageError if it is taken."""
    address = "127.0.0.1" if host == "localhost" else host  # whatever a hosts file may say
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=WAITING)
    except OSError as error:
        raise UsageError(
            f"cannot serve metrics at {host}:{port}: {error.strerror}; set metrics.http to "
            "another port"
        ) from error


def check_listener(host: str, port: int) -> None:
    """Find out, before a run begins, whether the port is free. Raises UsageError."""
    open_listener(host, port).close()
