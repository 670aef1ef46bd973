"""Gates: who has no key, the wrong one, or only a reader's, is not let in, counted and named."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import zmq
from gated import Clients, Served
from keyring import PATIENCE_MS, KeyRing, hears

from livecare.keys import Role, Security
from livecare.link import gate
from livecare.link import strangers as words
from livecare.link.curve import Handshakes, KeyedEndpoint
from livecare.link.gate import Gate
from livecare.link.sockets import LOOPBACK_ANY_PORT, place_of

TIMEOUT_S = PATIENCE_MS / 1e3
Context = zmq.Context[zmq.Socket[bytes]]


Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    served: list[Served] = []

    def start(
        security: Security | None, needs: Role = Role.READ, endpoint: str = LOOPBACK_ANY_PORT
    ) -> Served:
        served.append(Served(security, needs, endpoint))
        return served[-1]

    yield start
    for each in served:
        each.close()


def refusal_of(handshakes: Handshakes) -> str:
    while not handshakes.refusal:
        assert handshakes.ears.poll(PATIENCE_MS), "it was never told"
    return handshakes.refusal


def until_counted(served: Served, why: str, count: int = 1) -> None:
    while served.gate.strangers.counts.get(why, 0) < count:
        assert served.socket.poll(10) >= 0


@pytest.mark.parametrize("name", ["ann", "ben"])
def test_who_is_listed_comes_in(ring: KeyRing, serve: Serve, clients: Clients, name: str) -> None:
    served = serve(ring.security())
    client, handshakes = clients.subscribe(ring.at(served.endpoint, name))
    assert hears(served.socket) == [b"\x01"]
    served.socket.send(b"a frame")
    assert hears(client) == [b"a frame"]
    assert not handshakes.refusal
    assert handshakes.worked


def test_a_stranger_is_refused_counted_and_named(
    ring: KeyRing, serve: Serve, clients: Clients
) -> None:
    with structlog.testing.capture_logs() as logged:
        served = serve(ring.security())
        client, handshakes = clients.subscribe(ring.at(served.endpoint, "eve"))
        assert "refused this key" in refusal_of(handshakes)
        until_counted(served, words.UNKNOWN_KEY)
    line = next(each for each in logged if each.get("why") == words.UNKNOWN_KEY)
    assert line["address"] == "127.0.0.1"
    assert line["key"] == ring.public("eve")
    served.socket.send(b"secret")
    assert hears(client, 300) is None


def test_who_has_no_key_is_told_to_get_one(ring: KeyRing, serve: Serve, clients: Clients) -> None:
    served = serve(ring.security())
    client, handshakes = clients.subscribe(served.endpoint)
    assert "want" in refusal_of(handshakes)
    while not {words.NO_KEY, words.SILENT} & served.gate.strangers.counts.keys():
        assert served.socket.poll(10) >= 0
    served.socket.send(b"secret")
    assert hears(client, 300) is None


def test_who_expects_another_run_is_not_let_in(
    ring: KeyRing, serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """Nobody can pretend to be the run, either: its public key would be another."""
    other = KeyRing(tmp_path / "other")
    served = serve(ring.security())
    mistaken = KeyedEndpoint(served.endpoint, other.keys("ann"))
    client, handshakes = clients.subscribe(mistaken)
    assert "server key" in refusal_of(handshakes)
    until_counted(served, words.WRONG_SERVER_KEY)
    served.socket.send(b"secret")
    assert hears(client, 300) is None


def test_keys_where_none_are_wanted(ring: KeyRing, serve: Serve, clients: Clients) -> None:
    served = serve(None)
    _, handshakes = clients.subscribe(ring.at(served.endpoint, "ann"))
    refusal_of(handshakes)


def test_a_readers_key_does_not_control(ring: KeyRing, serve: Serve, clients: Clients) -> None:
    served = serve(ring.security(), Role.CONTROL)
    _, handshakes = clients.subscribe(ring.at(served.endpoint, "ann"))
    assert "may only read where control is asked for" in refusal_of(handshakes)
    until_counted(served, words.READ_KEY)


GREETING = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f"
OLD = {
    "ZMTP 1.0": b"\x01\x00\x03\x01\x00\x03raw",
    "ZMTP 2.0": GREETING + b"\x01\x02\x00\x00",
    "ZMTP 3.0 NULL": GREETING + b"\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31),
    "ZMTP 3.0 PLAIN": GREETING + b"\x03\x00PLAIN" + bytes(15) + b"\x00" + bytes(31),
    "ZMTP 3.1 CURVE, and then a message": GREETING + b"\x03\x01CURVE" + bytes(15) + b"\x00"
    + bytes(31) + b"\x00\x04\x01raw",
    "HTTP": b"GET / HTTP/1.1\r\nHost: microscope\r\n\r\n" * 4,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2,
}  # fmt: skip


@pytest.mark.parametrize("kind", OLD)
def test_no_older_protocol_is_a_way_round(ring: KeyRing, serve: Serve, kind: str) -> None:
    served = serve(ring.security())
    place = place_of(served.endpoint)
    with socket.create_connection((place.host, place.port or 0), TIMEOUT_S) as raw:
        raw.sendall(OLD[kind])
        received = b""
        with contextlib.suppress(ConnectionError):
            while piece := raw.recv(4096):
                received += piece
                served.socket.send_multipart([b"raw", b"secret"])
    assert b"secret" not in received
    assert not served.socket.poll(0)
    assert served.gate.strangers.let_in == 0
    while not served.gate.strangers.accepted:
        assert not served.socket.poll(10)
    assert served.gate.strangers.accepted == 1


def test_who_is_struck_off_has_to_leave(ring: KeyRing, serve: Serve, clients: Clients) -> None:
    served = serve(ring.security())
    ann, ann_hears = clients.subscribe(ring.at(served.endpoint, "ann"))
    ben, _ = clients.subscribe(ring.at(served.endpoint, "ben"))
    for _ in range(2):
        assert hears(served.socket) == [b"\x01"]
    ring.strike_off("ann")
    assert served.gate.revoked.wait(TIMEOUT_S)
    served.socket = served.gate.renew(served.socket, served.make)
    while not served.socket.poll(10):  # the operator comes again by itself
        assert not ben.poll(10)
    assert "refused this key" in refusal_of(ann_hears)
    served.socket.send(b"after")
    assert hears(ben) == [b"after"]
    assert hears(ann, 100) != [b"after"]
    assert not served.gate.revoked.is_set()


def test_a_port_that_another_took_meanwhile_is_had_again(
    ring: KeyRing, serve: Serve, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody comes in as long as another has it; the run goes on, and says so once."""
    monkeypatch.setattr(gate, "FREED_S", 0.1)
    served = serve(ring.security())
    ben, _ = clients.subscribe(ring.at(served.endpoint, "ben"))
    assert hears(served.socket) == [b"\x01"]
    place = place_of(served.endpoint)
    thieves: list[socket.socket] = []

    def make_late() -> "zmq.Socket[bytes]":
        while not thieves:
            with contextlib.suppress(OSError):
                thieves.append(socket.create_server((place.host, place.port or 0)))
        return served.make()

    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            served.socket = served.gate.renew(served.socket, make_late)
            assert served.gate.revoked.is_set()
    assert [line["event"] for line in logged] == ["nobody can connect any more"]
    thieves[0].close()
    while served.gate.revoked.is_set():
        served.socket = served.gate.renew(served.socket, make_late)
    while not served.socket.poll(10):
        assert not ben.poll(10)
    served.socket.send(b"after")
    assert hears(ben) == [b"after"]


def test_who_is_put_on_a_list_comes_in_at_once(
    ring: KeyRing, serve: Serve, clients: Clients
) -> None:
    served = serve(ring.security())
    _, handshakes = clients.subscribe(ring.at(served.endpoint, "eve"))
    refusal_of(handshakes)
    (ring.folder / "eve.key").rename(ring.readers / "eve.key")
    while not served.socket.poll(10):
        handshakes.hear()
    assert not handshakes.refusal


def test_a_flood_of_strangers_fills_no_log(ring: KeyRing, serve: Serve) -> None:
    served = serve(ring.security())
    with structlog.testing.capture_logs() as logged:
        for _ in range(500):
            served.gate.strangers.refuse(words.UNKNOWN_KEY, address="192.0.2.7", key="k")
    assert served.gate.strangers.counts[words.UNKNOWN_KEY] == 500
    assert 1 <= len(logged) <= words.BURST + 2


def say(strangers: words.Strangers, *kinds: int, descriptor: int = -1) -> int:
    """Tell what a monitor says of one connection; return how many spoke no ZeroMQ by then."""
    for kind in kinds:
        event: dict[str, Any] = {"event": kind, "value": descriptor, "endpoint": b"tcp://[::1]:1"}
        strangers.note(event)
    return strangers.counts.get(words.NO_ZEROMQ, 0)


COMES_IN = zmq.EVENT_ACCEPTED, zmq.EVENT_HANDSHAKE_SUCCEEDED
LEAVES = zmq.EVENT_DISCONNECTED
SCANS = zmq.EVENT_ACCEPTED, zmq.EVENT_DISCONNECTED


def test_a_count_does_not_fall_when_somebody_is_let_in() -> None:
    """Prometheus takes a counter that falls for one that began anew, and so does a run."""
    strangers = words.Strangers("test")
    assert say(strangers, *SCANS) == 1
    assert say(strangers, *COMES_IN, descriptor=-2) == 1
    assert say(strangers, LEAVES, descriptor=-2) == 1
    assert say(strangers, *SCANS) == 2
    for _ in range(3):  # commands: each is let in, and leaves
        assert say(strangers, *COMES_IN, LEAVES) == 2


def test_who_was_at_the_socket_before_hides_nobody_at_the_next() -> None:
    strangers = words.Strangers("test")
    assert say(strangers, *SCANS) == 1
    for descriptor in (-2, -3):
        say(strangers, *COMES_IN, descriptor=descriptor)
    strangers.begin_anew()
    assert say(strangers) == 1
    assert say(strangers, *COMES_IN, LEAVES) == 1
    assert say(strangers, *SCANS) == 2


def test_the_door_stays_shut_while_nobody_answers(
    ring: KeyRing, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a handler ZeroMQ would let in whoever knows the public key of the run."""
    monkeypatch.setattr(Gate, "_keep", lambda _: None)
    served = Served(ring.security(), Role.READ, LOOPBACK_ANY_PORT)
    client, _ = clients.subscribe(ring.at(served.endpoint, "eve"))
    served.socket.send(b"secret")
    assert hears(client, 500) is None
    assert not served.socket.poll(0)
    served.close()
