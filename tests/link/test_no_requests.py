"""What comes where requests are expected and is none, or too long: it harms nobody."""

import contextlib
import socket

import msgspec
import pytest
import zmq
from answering import PATIENCE_S, Serve, told

from livecare.errors import UsageError
from livecare.link.asking import ask
from livecare.link.requests import (
    MAX_REQUEST_BYTES,
    Answer,
    Done,
    Offer,
    Refused,
    Request,
    SwapRequest,
)


class RawAsker:
    """Sends whatever it is given, as a request."""

    def __init__(self, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.REQ)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.connect(endpoint)

    def ask(self, *parts: bytes) -> Answer:
        self._socket.send_multipart(parts)
        assert self._socket.poll(int(PATIENCE_S * 1e3))
        answer: Answer = msgspec.json.decode(self._socket.recv(), type=Answer)  # type: ignore[arg-type]
        return answer

    def close(self) -> None:
        self._context.destroy()


GARBAGE: dict[str, tuple[bytes, ...]] = {
    "nothing": (b"",),
    "text": (b"swap it",),
    "no utf-8": (b'{"type": "swap", "model": "\xff\xfe"}',),
    "no object": (b"[1, 2]",),
    "another tag": (b'{"type": "stop"}',),
    "unknown field": (b'{"type": "swap", "model": "default", "force": true}',),
    "wrong type": (b'{"type": "swap", "model": 3}',),
    "unknown precision": (b'{"type": "swap", "precision": "fp8"}',),
    "deep": (b"[" * 10_000,),
    "deep inside": (b'{"type": "swap", "model": ' + b"[" * 10_000,),
    "parts": (b'{"type": "swap"}', b'{"type": "swap"}'),
    "null byte": (b'{"type": "swap"}\0',),
    "record nothing": (b'{"type": "record"}',),
    "record perhaps": (b'{"type": "record", "on": 1}',),
    "mark nothing": (b'{"type": "mark"}',),
    "mark before": (b'{"type": "mark", "text": "a", "sequence": -1}',),
    "relock much": (b'{"type": "relock", "channel": 1}',),
    "offer much": (b'{"type": "offer", "all": true}',),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_refused_and_the_next_request_answered(serve: Serve, kind: str) -> None:
    seen: list[Request] = []

    def note(request: Request) -> Answer:
        seen.append(request)
        return told(request)

    server = serve(note)
    with contextlib.closing(RawAsker(server.endpoint)) as asker:
        answer = asker.ask(*GARBAGE[kind])
        assert isinstance(answer, Refused)
        assert "no request of livecare" in answer.reason
        assert seen == []
        assert asker.ask(b'{"type": "swap", "model": "a"}') == Done("a None None")


def test_the_longest_request_is_answered_and_a_longer_one_harms_nobody(serve: Serve) -> None:
    def length(request: Request) -> Answer:
        assert isinstance(request, SwapRequest)
        return Done(str(len(request.model or "")))

    server = serve(length)
    room = MAX_REQUEST_BYTES - len(msgspec.json.encode(SwapRequest("")))
    assert ask(server.endpoint, SwapRequest("m" * room), PATIENCE_S) == Done(str(room))
    with pytest.raises(UsageError, match="before it answered"):
        ask(server.endpoint, SwapRequest("m" * (room + 1)), PATIENCE_S)
    assert ask(server.endpoint, SwapRequest("m"), PATIENCE_S) == Done("1")


def test_what_speaks_another_protocol_harms_nobody(serve: Serve) -> None:
    server = serve(told)
    port = int(server.endpoint.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 10)
        assert ask(server.endpoint, SwapRequest("a"), PATIENCE_S) == Done("a None None")


@pytest.mark.parametrize(
    "parts",
    [
        (b'{"type": "offer"}',),
        (b"1", b"2", b'{"type": "offer"}'),
        (b"\0" * 2000,),
    ],
)
def test_a_message_that_is_no_request_is_dropped_and_keeps_nobody(
    serve: Serve, parts: tuple[bytes, ...]
) -> None:
    """Such a message wakes the server's socket and may not be there when it is looked for."""
    server = serve(lambda _: Offer(()))
    with zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.connect(server.endpoint)
        stranger.send_multipart(parts)
        stranger.send_multipart([b"7", b"", b'{"type": "offer"}'])
        assert stranger.poll(int(PATIENCE_S * 1e3))
        assert stranger.recv_multipart() == [b"7", b"", b'{"type":"offer","models":[],"titles":[]}']
        stranger.send_multipart(parts)
        server.close()
        assert not stranger.poll(0)
