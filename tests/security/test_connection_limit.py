"""More connections than a socket takes: the last to come is ended and counted, the others stay."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zmq
from gated import Clients, Served
from keyring import PATIENCE_MS, KeyRing, hears

from livecare.keys import Role
from livecare.link import connections
from livecare.link.sockets import LOOPBACK_ANY_PORT, place_of
from livecare.link.strangers import SILENT, TOO_MANY, Strangers
from livecare.sources.push.inbox import Inbox

MOST = 3
TIMEOUT_S = PATIENCE_MS / 1e3


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", MOST)


@pytest.fixture
def doors() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as doors:
        yield doors


def knock(doors: contextlib.ExitStack, endpoint: str) -> socket.socket:
    """Connect, say nothing, and hear the other side's greeting."""
    place = place_of(endpoint)
    raw = socket.create_connection((place.host, place.port or 0), TIMEOUT_S)
    return doors.enter_context(raw)


def is_ended(raw: socket.socket) -> bool:
    """Read until the end of a connection, or until it has nothing more to say."""
    try:
        while raw.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def until(look: Callable[[], object], condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline_s
        look()


def crowd(
    doors: contextlib.ExitStack, endpoint: str, strangers: Strangers, look: Callable[[], object]
) -> None:
    """Take all places, knock once more, and be sent away."""
    before = [knock(doors, endpoint) for _ in range(MOST)]
    until(look, lambda: strangers.accepted == MOST)
    late = knock(doors, endpoint)
    until(look, lambda: strangers.counts.get(TOO_MANY) == 1)
    assert is_ended(late)
    for each in before:
        each.settimeout(0.05)
        assert not is_ended(each), "they were there before"
        each.close()
    until(look, lambda: strangers.counts.get(SILENT) == MOST)
    assert strangers.counts == {TOO_MANY: 1, SILENT: MOST}, "each is counted once"


def test_a_place_that_is_free_again_is_given_to_the_next(
    doors: contextlib.ExitStack, tmp_path: Path
) -> None:
    ring = KeyRing(tmp_path)
    clients, served = Clients(), Served(ring.security(), Role.READ, LOOPBACK_ANY_PORT)
    with contextlib.closing(served), contextlib.closing(clients):
        crowd(doors, served.endpoint, served.gate.strangers, lambda: served.socket.poll(10))
        ann, _ = clients.subscribe(ring.at(served.endpoint, "ann"))
        assert hears(served.socket) == [b"\x01"]
        served.socket.send(b"a frame")
        assert hears(ann) == [b"a frame"]


def test_who_was_at_the_socket_before_takes_no_place_at_the_next(
    doors: contextlib.ExitStack,
) -> None:
    """ZeroMQ does not say that connections end when it closes their socket itself."""
    with contextlib.closing(Served(None, Role.READ, LOOPBACK_ANY_PORT)) as served:
        strangers = served.gate.strangers
        for accepted in (MOST, 2 * MOST):
            at_once = [knock(doors, served.endpoint) for _ in range(MOST)]
            until_accepted(served, accepted)
            assert strangers.counts == {}, "there is room for as many at each socket"
            served.socket = served.gate.renew(served.socket, served.make)
            assert all(map(is_ended, at_once))
            for _ in range(4 * MOST):  # the system gives the numbers of the old ones to others
                doors.callback(os.close, os.dup(at_once[0].fileno()))


def until_accepted(served: Served, count: int) -> None:
    until(lambda: served.socket.poll(10), lambda: served.gate.strangers.accepted == count)


def test_a_push_source_counts_them_while_it_waits_for_a_message(
    doors: contextlib.ExitStack,
) -> None:
    with contextlib.closing(Inbox(LOOPBACK_ANY_PORT, buffer_frames=4)) as inbox:
        crowd(doors, inbox.endpoint, inbox.strangers, lambda: inbox.receive(0.01))
        with zmq.Context() as context, context.socket(zmq.PUSH) as sender:
            sender.connect(inbox.endpoint)
            sender.send_multipart([b"start", np.ones(3).tobytes()])
            mail = inbox.receive(TIMEOUT_S)
        assert mail is not None
        assert bytes(mail.parts[0]) == b"start"


def test_a_descriptor_that_became_another_connection_is_left_alone() -> None:
    """The connection that was one too many is closed, and the system gave its number away."""
    few = connections.Connections()
    pairs = [socket.socketpair() for _ in range(2)]
    with socket.create_server(("127.0.0.1", 0)) as server:
        other = socket.create_connection(server.getsockname(), TIMEOUT_S)
        far, _ = server.accept()
        for number in range(MOST):
            few.begin(-1 - number, "tcp://127.0.0.1:1")
        assert not few.begin(pairs[0][0].fileno(), "tcp://127.0.0.1:1").stays
        assert not few.begin(other.fileno(), "tcp://127.0.0.1:1").stays
        other.sendall(b"it stands")
        assert far.recv(100) == b"it stands"
        pairs[0][0].sendall(b"so does this")
        assert pairs[0][1].recv(100) == b"so does this"
        for each in (other, far, *pairs[0], *pairs[1]):
            each.close()
    assert few.end(12345).address == connections.UNKNOWN
