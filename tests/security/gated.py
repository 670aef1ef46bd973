"""A socket behind a gate, and sockets that come to it."""

import zmq

from livecare.keys import Role, Security
from livecare.link.curve import Handshakes, prove
from livecare.link.gate import Gate

Context = zmq.Context[zmq.Socket[bytes]]


class Clients:
    """Sockets that come from elsewhere; all are closed at the end."""

    def __init__(self) -> None:
        self._context: Context = zmq.Context()
        self._open: list[tuple[zmq.Socket[bytes], Handshakes]] = []

    def connect(self, kind: int, endpoint: str) -> tuple["zmq.Socket[bytes]", Handshakes]:
        client = self._context.socket(kind)
        client.setsockopt(zmq.LINGER, 0)
        prove(client, endpoint)
        handshakes = Handshakes(client, endpoint)
        client.connect(endpoint)
        self._open.append((client, handshakes))
        return client, handshakes

    def subscribe(self, endpoint: str) -> tuple["zmq.Socket[bytes]", Handshakes]:
        client, handshakes = self.connect(zmq.SUB, endpoint)
        client.setsockopt(zmq.SUBSCRIBE, b"")
        return client, handshakes

    def close(self) -> None:
        for client, handshakes in self._open:
            handshakes.close()
            client.close(0)
        self._context.term()


class Served:
    """A PUB socket behind a gate."""

    def __init__(self, security: Security | None, needs: Role, endpoint: str) -> None:
        self.context: Context = zmq.Context()
        self.gate = Gate(self.context, "test", needs, security)
        self.socket = self.make()
        self.endpoint = self.gate.bind(self.socket, endpoint)

    def make(self) -> "zmq.Socket[bytes]":
        made = self.context.socket(zmq.XPUB)
        made.setsockopt(zmq.XPUB_VERBOSE, 1)
        made.setsockopt(zmq.LINGER, 0)
        return made

    def close(self) -> None:
        self.socket.close()
        self.gate.close()
        self.context.term()
