"""Control and push behind a gate: operators may, others are told why not."""

import contextlib
import shutil
from collections.abc import Iterator

import numpy as np
import pytest
import structlog
import zmq
from gated import Clients
from keyring import PATIENCE_MS, KeyRing, address_elsewhere, hears

from livecare.client import Pusher
from livecare.errors import UsageError
from livecare.keys import Security
from livecare.link import strangers as words
from livecare.link.asking import ask as ask_control
from livecare.link.control import ControlServer
from livecare.link.curve import KeyedEndpoint
from livecare.link.requests import Done, MarkRequest, Refused, Request, SwapRequest
from livecare.link.sockets import LOOPBACK_ANY_PORT, is_loopback
from livecare.sources.protocol import Arrival
from livecare.sources.push import PushSettings, PushSource
from livecare.sources.push.inbox import Inbox, Mail
from livecare.sources.push.reception import Reception

TIMEOUT_S = PATIENCE_MS / 1e3


def handle(request: Request) -> Done:
    return Done(type(request).__name__)


def refuse_models(request: Request) -> str:
    return "no files" if isinstance(request, SwapRequest) else ""


class TestControl:
    @pytest.fixture
    def server(self, ring: KeyRing) -> Iterator[ControlServer]:
        server = ControlServer(handle, LOOPBACK_ANY_PORT, ring.security(), refuse_models)
        yield server
        server.close()

    def test_an_operator_asks(self, ring: KeyRing, server: ControlServer) -> None:
        at = ring.at(server.endpoint, "ben")
        assert ask_control(at, MarkRequest("x"), TIMEOUT_S) == Done("MarkRequest")
        assert ask_control(at, SwapRequest("/etc"), TIMEOUT_S) == Refused("no files")

    @pytest.mark.parametrize(("name", "told"), [("ann", "may only read"), ("eve", "refused this")])
    def test_others_are_told_why_not(
        self, ring: KeyRing, server: ControlServer, name: str, told: str
    ) -> None:
        with pytest.raises(UsageError, match=told):
            ask_control(ring.at(server.endpoint, name), MarkRequest("x"), TIMEOUT_S)

    def test_one_without_a_key(self, server: ControlServer) -> None:
        with pytest.raises(UsageError, match="key"):
            ask_control(server.endpoint, MarkRequest("x"), TIMEOUT_S)

    def test_one_who_is_struck_off_asks_no_more(
        self, ring: KeyRing, server: ControlServer, clients: Clients
    ) -> None:
        """Though the connection stands."""
        client, _ = clients.connect(zmq.REQ, ring.at(server.endpoint, "ben"))
        question = b'{"type": "mark", "text": "x"}'
        client.send(question)
        assert hears(client) == [b'{"type":"done","words":"MarkRequest"}']
        ring.strike_off("ben")
        client.send(question)
        [answer] = hears(client) or [b""]
        assert b"not on the run's lists any more" in answer


def test_this_users_own_commands_may_name_files(ring: KeyRing) -> None:
    security, local = Security.prepare(ring.server, ring.readers, ring.operators)
    server = ControlServer(handle, LOOPBACK_ANY_PORT, security, refuse_models)
    keys = type(ring.keys("ben"))(local, ring.keys("ben").server)
    at = KeyedEndpoint(server.endpoint, keys)
    assert ask_control(at, SwapRequest("/home/me/model.zip"), TIMEOUT_S) == Done("SwapRequest")
    server.close()


@pytest.mark.skipif(address_elsewhere() is None, reason="this machine has no other address")
def test_from_another_address(ring: KeyRing) -> None:
    server = ControlServer(handle, f"tcp://{address_elsewhere()}:*", ring.security())
    assert not is_loopback(server.endpoint)
    at = ring.at(server.endpoint, "ben")
    assert ask_control(at, MarkRequest("x"), TIMEOUT_S) == Done("MarkRequest")
    with pytest.raises(UsageError, match="refused this key"):
        ask_control(ring.at(server.endpoint, "eve"), MarkRequest("x"), TIMEOUT_S)
    server.close()


def test_a_request_that_is_none_is_named_and_the_next_one_answered(clients: Clients) -> None:
    server = ControlServer(handle)
    client, _ = clients.connect(zmq.REQ, server.endpoint)
    with structlog.testing.capture_logs() as logged:
        client.send(b"no request")
        assert b"refused" in (hears(client) or [b""])[0]
        client.send(b'{"type": "mark", "text": "x"}')
        assert b"done" in (hears(client) or [b""])[0]
    assert "no request of livecare" in next(each["what"] for each in logged if "what" in each)
    assert server.strangers.counts[words.MALFORMED] == 1
    server.close()


def test_a_push_source_takes_frames_of_operators_only(ring: KeyRing) -> None:
    pushers: list[Pusher] = []

    def come(endpoint: str) -> None:
        for at in (ring.at(endpoint, "ann"), ring.at(endpoint, "eve"), endpoint):
            stranger = Pusher(endpoint=at, block=True, linger_s=0)
            with pytest.raises(UsageError, match="key"):
                all(stranger.send(pixels) for _ in iter(int, 1))
            stranger.end()
        pushers.append(Pusher(endpoint=ring.at(endpoint, "ben"), block=True))
        pushers[0].send(pixels)

    pixels = np.ones((4, 6), np.uint16)
    source = PushSource(PushSettings(endpoint=LOOPBACK_ANY_PORT), on_listening=come)
    source.guard(ring.security())
    assert source.open("run").shape_yx == (4, 6)
    source.start()
    assert isinstance(source.read_into(np.empty_like(pixels), TIMEOUT_S), Arrival)
    assert source.reasons[words.READ_KEY] == 1
    assert source.reasons[words.UNKNOWN_KEY] == 1
    pushers[0].end()
    source.close()


@pytest.mark.parametrize("becomes", ["a stranger", "a reader"])
def test_who_may_push_no_more_is_not_heard_though_the_connection_stands(
    ring: KeyRing, clients: Clients, becomes: str
) -> None:
    """That is no silence: a source that was stopped still takes what others sent before."""
    with contextlib.closing(Inbox(LOOPBACK_ANY_PORT, 4, ring.security())) as inbox:
        ben, _ = clients.connect(zmq.PUSH, ring.at(inbox.endpoint, "ben"))
        ben.send(b"may")
        assert _heard(inbox) == [b"may"]
        if becomes == "a reader":
            shutil.copy(ring.operators / "ben.key", ring.readers)
        else:
            ring.strike_off("ben")
        ben.send(b"may not")
        assert _heard(inbox) == []
        assert inbox.strangers.counts == {words.UNKNOWN_KEY: 1}
    reception = Reception(PushSettings(), "run", frozenset)
    assert reception.take(Mail([], None, waited_for=False), 0) is None
    assert reception.refusals.total == 0, "it was counted where it came in"


def _heard(inbox: Inbox) -> list[bytes]:
    mail = inbox.receive(TIMEOUT_S)
    assert mail is not None
    return [bytes(part) for part in mail.parts]
