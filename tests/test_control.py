"""Requests to a run: answered in turn or at once, whatever comes, and up to the end."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import zmq

from livecare.errors import ConfigError, ProtocolError, UsageError
from livecare.link.control import (
    MAX_REQUEST_BYTES,
    MOST_WAITING,
    Answer,
    ControlServer,
    Done,
    MarkRequest,
    Offer,
    OfferRequest,
    RecordRequest,
    Refused,
    RelockRequest,
    Request,
    SwapRequest,
    ask,
)
from livecare.link.sockets import HEARTBEAT_MS

PATIENCE_S = 60.0
Handle = Callable[[Request], Answer]
Serve = Callable[[Handle], ControlServer]


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


def told(request: Request) -> Answer:
    assert isinstance(request, SwapRequest)
    return Done(f"{request.model} {request.engine} {request.precision}")


@pytest.mark.parametrize(
    "request_",
    [
        SwapRequest(),
        SwapRequest("a model"),
        SwapRequest(engine="tensorrt", precision="fp16"),
        SwapRequest("/µ/模型.zip", "auto", "auto"),
    ],
)
def test_what_is_asked_arrives_and_the_answer_comes_back(
    serve: Serve, request_: SwapRequest
) -> None:
    server = serve(told)
    assert ask(server.endpoint, request_, PATIENCE_S) == told(request_)
    assert server.endpoint.startswith("tcp://127.0.0.1:")


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (RecordRequest(on=True), Done("recording into µ")),
        (RecordRequest(on=False), Refused("nothing is recorded")),
        (MarkRequest("drug added: 2 µM"), Done("marked")),
        (MarkRequest("", 0), Done("marked")),
        (RelockRequest(), Refused("no frames come")),
        (OfferRequest(), Offer(())),
        (OfferRequest(), Offer(("default", "模型"))),
    ],
)
def test_every_kind_of_request_is_handled_and_answered(
    serve: Serve, request_: Request, answer: Answer
) -> None:
    seen: list[Request] = []

    def handle(request: Request) -> Answer:
        seen.append(request)
        return answer

    assert ask(serve(handle).endpoint, request_, PATIENCE_S) == answer
    assert seen == [request_]


def test_a_refusal_comes_back(serve: Serve) -> None:
    server = serve(lambda _: Refused("no such model: µ"))
    assert ask(server.endpoint, SwapRequest("µ"), PATIENCE_S) == Refused("no such model: µ")


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


def test_quick_requests_are_answered_while_slow_ones_are_under_way(
    serve: Serve, threads: ThreadPoolExecutor
) -> None:
    inside, may_go_on = threading.Semaphore(0), threading.Event()

    def handle(request: Request) -> Answer:
        if isinstance(request, SwapRequest | RecordRequest):
            inside.release()
            assert may_go_on.wait(PATIENCE_S)
        return Done(type(request).__name__)

    server = serve(handle)
    slow = [SwapRequest(), RecordRequest(on=True)]
    asked = [threads.submit(ask, server.endpoint, each, PATIENCE_S) for each in slow]
    for _ in slow:
        assert inside.acquire(timeout=PATIENCE_S), "a recording begins while an engine is built"
    relock = threads.submit(ask, server.endpoint, RelockRequest(), PATIENCE_S)
    for quick in (MarkRequest("now"), OfferRequest()):
        assert ask(server.endpoint, quick, PATIENCE_S) == Done(type(quick).__name__)
    assert not any(each.done() for each in (*asked, relock))
    may_go_on.set()
    words = [each.result(PATIENCE_S) for each in (*asked, relock)]
    assert words == [Done("SwapRequest"), Done("RecordRequest"), Done("RelockRequest")]


def test_more_slow_requests_than_can_wait_are_refused(serve: Serve) -> None:
    inside, may_go_on = threading.Event(), threading.Event()

    def handle(request: Request) -> Answer:
        inside.set()
        assert may_go_on.wait(PATIENCE_S)
        return told(request)

    server = serve(handle)
    with zmq.Context() as context, context.socket(zmq.DEALER) as crowd:
        crowd.setsockopt(zmq.LINGER, 0)
        crowd.connect(server.endpoint)
        crowd.send_multipart([b"first", b"", b'{"type": "swap"}'])
        assert inside.wait(PATIENCE_S)
        for _ in range(MOST_WAITING + 1):
            crowd.send_multipart([b"", b'{"type": "swap"}'])
        assert crowd.poll(int(PATIENCE_S * 1e3))
        assert b"too many changes" in crowd.recv_multipart()[-1]
        may_go_on.set()
        for _ in range(MOST_WAITING + 1):
            assert crowd.poll(int(PATIENCE_S * 1e3))
            assert b"done" in crowd.recv_multipart()[-1]


def test_two_askers_are_answered_one_after_the_other(
    serve: Serve, threads: ThreadPoolExecutor
) -> None:
    inside, may_go_on = threading.Semaphore(0), threading.Semaphore(0)
    handled: list[str] = []
    at_once: list[int] = []
    running = 0

    def handle(request: Request) -> Answer:
        nonlocal running
        running += 1
        at_once.append(running)
        assert isinstance(request, SwapRequest)
        inside.release()
        assert may_go_on.acquire(timeout=PATIENCE_S)
        handled.append(str(request.model))
        running -= 1
        return told(request)

    server = serve(handle)
    models = ["a", "b", "c"]
    answers = [
        threads.submit(ask, server.endpoint, SwapRequest(each), PATIENCE_S) for each in models
    ]
    for _ in models:
        assert inside.acquire(timeout=PATIENCE_S)
        may_go_on.release()
    found = [answer.result(PATIENCE_S) for answer in answers]
    assert found == [told(SwapRequest(each)) for each in models], "each gets its own answer"
    assert sorted(handled) == models
    assert at_once == [1, 1, 1]


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("restorer.window: leave it out"),
        FileNotFoundError(2, "the orders are gone"),
        OSError(36, "File name too long"),
        zmq.ZMQError(zmq.ENOTSOCK, "the run has ended"),
    ],
)
def test_what_goes_wrong_while_handling_is_told_and_the_next_request_answered(
    serve: Serve, error: Exception
) -> None:
    troubles = [error]

    def handle(request: Request) -> Answer:
        if troubles:
            raise troubles.pop()
        return told(request)

    server = serve(handle)
    answer = ask(server.endpoint, SwapRequest("a"), PATIENCE_S)
    assert answer == Refused(str(error))
    assert ask(server.endpoint, SwapRequest("a"), PATIENCE_S) == Done("a None None")


def test_what_is_being_handled_is_answered_before_it_ends(threads: ThreadPoolExecutor) -> None:
    inside, may_go_on = threading.Event(), threading.Event()

    def handle(request: Request) -> Answer:
        inside.set()
        assert may_go_on.wait(PATIENCE_S)
        return told(request)

    server = ControlServer(handle)
    answer = threads.submit(ask, server.endpoint, SwapRequest("a"), PATIENCE_S)
    assert inside.wait(PATIENCE_S)
    closed = threads.submit(server.close)
    assert not closed.done()
    may_go_on.set()
    closed.result(PATIENCE_S)
    assert answer.result(PATIENCE_S) == Done("a None None")


def test_who_waits_behind_is_told_that_the_run_has_ended(threads: ThreadPoolExecutor) -> None:
    inside, may_go_on = threading.Event(), threading.Event()

    def handle(request: Request) -> Answer:
        assert request == SwapRequest("first")
        inside.set()
        assert may_go_on.wait(PATIENCE_S)
        return told(request)

    server = ControlServer(handle)
    first = threads.submit(ask, server.endpoint, SwapRequest("first"), PATIENCE_S)
    assert inside.wait(PATIENCE_S)
    second = threads.submit(ask, server.endpoint, SwapRequest("second"), PATIENCE_S)
    server._over.set()
    may_go_on.set()
    server.close()
    assert first.result(PATIENCE_S) == Done("first None None")
    with pytest.raises(UsageError, match="ended before it answered"):
        second.result(2 * PATIENCE_S)


def test_requests_that_wait_at_the_end_take_no_processor(
    monkeypatch: pytest.MonkeyPatch, threads: ThreadPoolExecutor
) -> None:
    """Nobody reads them any more, and what is under way may take minutes."""
    looks: list[float] = []

    class Watched(zmq.Poller):
        def poll(self, timeout: float | None = None) -> list[tuple[object, int]]:
            looks.append(time.monotonic())
            return super().poll(timeout)  # type: ignore[return-value]

    monkeypatch.setattr(zmq, "Poller", Watched)
    inside, may_go_on = threading.Event(), threading.Event()

    def handle(request: Request) -> Answer:
        inside.set()
        assert may_go_on.wait(PATIENCE_S)
        return told(request)

    server = ControlServer(handle)
    with zmq.Context() as context, context.socket(zmq.DEALER) as asker:
        asker.setsockopt(zmq.LINGER, 0)
        asker.connect(server.endpoint)
        asker.send_multipart([b"", b'{"type": "swap"}'])
        assert inside.wait(PATIENCE_S)
        closed = threads.submit(server.close)
        while not server._over.is_set():
            asker.send_multipart([b"", b'{"type": "offer"}'])
        for _ in range(10):
            asker.send_multipart([b"", b'{"type": "offer"}'])
        before = len(looks)
        while len(looks) < before + 6:
            assert not closed.done()
        may_go_on.set()
        closed.result(PATIENCE_S)
    assert looks[before + 5] - looks[before + 1] > 2 * HEARTBEAT_MS / 1e3


def test_a_run_that_has_ended_is_not_waited_for() -> None:
    server = ControlServer(told)
    server.close()
    with pytest.raises(UsageError, match=f"{server.endpoint} ended before it answered"):
        ask(server.endpoint, SwapRequest("a"), PATIENCE_S)


def test_a_run_that_answers_nothing_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        endpoint = f"tcp://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(UsageError, match=f"{endpoint} did not answer within 0 s"):
            ask(endpoint, SwapRequest("a"), 0.01)


@pytest.mark.parametrize("envelope", [(), (b"",), (b"0", b"", b""), (b"no number", b"")])
def test_an_answer_that_belongs_to_no_request_is_passed_over(
    threads: ThreadPoolExecutor, envelope: tuple[bytes, ...]
) -> None:
    """It wakes the asker, who must neither take it nor wait for ever."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as stranger:
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.bind("tcp://127.0.0.1:*")
        endpoint = stranger.getsockopt_string(zmq.LAST_ENDPOINT)
        asked = threads.submit(ask, endpoint, SwapRequest("a"), PATIENCE_S)
        assert stranger.poll(int(PATIENCE_S * 1e3))
        *address, _ = stranger.recv_multipart()
        stranger.send_multipart([address[0], *envelope, b'{"type": "done", "words": "wrong"}'])
        stranger.send_multipart([*address, b'{"type": "done", "words": "right"}'])
        assert asked.result(PATIENCE_S) == Done("right")


@pytest.mark.parametrize("answer", [b"", b"{", b'{"type": "maybe"}', b"\xff", b"[" * 10_000])
def test_an_answer_of_another_program_is_no_answer(
    threads: ThreadPoolExecutor, answer: bytes
) -> None:
    with zmq.Context() as context, context.socket(zmq.REP) as stranger:
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.bind("tcp://127.0.0.1:*")
        endpoint = stranger.getsockopt_string(zmq.LAST_ENDPOINT)
        asked = threads.submit(ask, endpoint, SwapRequest("a"), PATIENCE_S)
        assert stranger.poll(int(PATIENCE_S * 1e3))
        stranger.recv()
        stranger.send(answer)
        with pytest.raises(ProtocolError, match="no livecare"):
            asked.result(PATIENCE_S)
