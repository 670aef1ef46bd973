"""The keys of a facility: a microscope's, a reader's, an operator's, and a stranger's."""

import shutil
import socket
from pathlib import Path

import zmq

from livecare.keys import Security, create_keys, read_pair
from livecare.link.curve import ClientKeys, KeyedEndpoint

PATIENCE_MS = 60_000
"""Longest wait for anything: a test fails by it and never passes by it."""


class KeyRing:
    """Keys in files; `readers` and `operators` are the run's lists."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.readers, self.operators = folder / "readers", folder / "operators"
        self.server_public, self.server = create_keys("microscope", folder)
        self.secrets: dict[str, Path] = {}
        for name, role in (("ann", self.readers), ("ben", self.operators), ("eve", None)):
            public, self.secrets[name] = create_keys(name, folder)
            if role is not None:
                role.mkdir()
                shutil.copy(public, role)

    @property
    def table(self) -> dict[str, str]:
        """The section [security]."""
        return {
            "server_key": str(self.server),
            "readers": str(self.readers),
            "operators": str(self.operators),
        }

    def security(self) -> Security:
        return Security.prepare(self.server, self.readers, self.operators)[0]

    def keys(self, name: str) -> ClientKeys:
        return ClientKeys.read(self.secrets[name], self.server_public)

    def at(self, endpoint: str, name: str) -> KeyedEndpoint:
        """The endpoint, as somebody comes to it."""
        return KeyedEndpoint(endpoint, self.keys(name))

    def public(self, name: str) -> str:
        return read_pair(self.secrets[name]).public.decode()

    def strike_off(self, name: str) -> None:
        for folder in (self.readers, self.operators):
            (folder / f"{name}.key").unlink(missing_ok=True)


def address_elsewhere() -> str | None:
    """An address of this machine that is not loopback, if it has one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address: str = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


def hears(subscriber: "zmq.Socket[bytes]", timeout_ms: int = PATIENCE_MS) -> list[bytes] | None:
    return subscriber.recv_multipart() if subscriber.poll(timeout_ms) else None
