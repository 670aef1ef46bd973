"""Servers that are asked, closed again afterwards, and threads to ask them from."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from answering import Handle, Serve

from livecare.link.control import ControlServer


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[ControlServer] = []

    def start(handle: Handle) -> ControlServer:
        servers.append(ControlServer(handle))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool
