"""Knows which ZeroMQ endpoints may be set, and which of them are open to other machines."""

from typing import Annotated

from pydantic import AfterValidator

from livecare.link.gate import OPEN_WITHOUT_KEYS
from livecare.link.sockets import is_loopback, place_of


def _an_endpoint(endpoint: str) -> str:
    try:
        place_of(endpoint)
    except ValueError as error:
        raise ValueError(f"{error}; tcp://127.0.0.1:PORT is for this machine alone") from error
    return endpoint


def open_words(endpoint: str) -> str:
    """Say what is wrong with an endpoint where there are no keys; "" if nothing is."""
    return "" if is_loopback(endpoint) else OPEN_WITHOUT_KEYS


Endpoint = Annotated[str, AfterValidator(_an_endpoint)]
