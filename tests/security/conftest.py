"""Keys of a run and its users, and clients that prove themselves with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gated import Clients
from keyring import KeyRing


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys")


@pytest.fixture
def clients() -> Iterator[Clients]:
    clients = Clients()
    yield clients
    clients.close()
