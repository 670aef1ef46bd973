"""Knows which ZeroMQ endpoints may be set: those that only this machine can connect to."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

LOOPBACK_HOSTS = ("127.0.0.1", "localhost")


def _loopback_only(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme != "tcp" or parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError(
            "only this machine may connect: give tcp://127.0.0.1:PORT, or * as PORT for any; "
            "other hosts need encryption, which this version does not have"
        )
    return endpoint


Endpoint = Annotated[str, AfterValidator(_loopback_only)]
