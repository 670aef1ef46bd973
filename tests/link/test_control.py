"""Requests to a run: each kind is handled and answered, in turn or at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import zmq
from answering import PATIENCE_S, Held, Serve, told

from livecare.errors import ConfigError
from livecare.link.asking import ask
from livecare.link.control import MOST_WAITING
from livecare.link.requests import (
    Answer,
    Done,
    MarkRequest,
    Offer,
    OfferRequest,
    RecordRequest,
    Refused,
    RelockRequest,
    Request,
    SwapRequest,
)


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
    held = Held()
    server = serve(held)
    with zmq.Context() as context, context.socket(zmq.DEALER) as crowd:
        crowd.setsockopt(zmq.LINGER, 0)
        crowd.connect(server.endpoint)
        crowd.send_multipart([b"first", b"", b'{"type": "swap"}'])
        assert held.inside.wait(PATIENCE_S)
        for _ in range(MOST_WAITING + 1):
            crowd.send_multipart([b"", b'{"type": "swap"}'])
        assert crowd.poll(int(PATIENCE_S * 1e3))
        assert b"too many changes" in crowd.recv_multipart()[-1]
        held.may_go_on.set()
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
