"""Asking a run from a window that must not wait: answers come, or the run's end, or nothing yet."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import zmq

from livecare.errors import UsageError
from livecare.link.asking import Asker, ask
from livecare.link.control import ControlServer
from livecare.link.requests import (
    Answer,
    Done,
    MarkRequest,
    RecordRequest,
    Refused,
    Request,
    SwapRequest,
)

PATIENCE_S = 60.0
LOOK_S = 0.002
SERVER = """
from livecare.link.control import ControlServer
from livecare.link.requests import Done
server = ControlServer(lambda request: Done(request.text))
print(server.endpoint, flush=True)
input()
"""


def told(request: Request) -> Answer:
    return Done(type(request).__name__)


def answers(asker: Asker, count: int) -> list[tuple[Request, Answer]]:
    """Look like a window does until so many answers have come."""
    found: list[tuple[Request, Answer]] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(found) < count:
        assert time.monotonic() < deadline, f"{found} came, and no more"
        found += asker.poll()
        time.sleep(LOOK_S)
    return found


@pytest.fixture
def asker(server: ControlServer) -> Iterator[Asker]:
    with Asker(server.endpoint) as asker:
        yield asker


@pytest.fixture
def server() -> Iterator[ControlServer]:
    server = ControlServer(told)
    yield server
    server.close()


def test_nothing_was_asked(asker: Asker) -> None:
    assert asker.poll() == []


@pytest.mark.parametrize("endpoint", ["nowhere", "tcp://127.0.0.1", "tcp://*:5", "tcp://a:*", ""])
def test_what_is_no_endpoint_is_refused_at_once(endpoint: str) -> None:
    for come in (Asker, lambda at: ask(at, MarkRequest("a"), PATIENCE_S)):
        with pytest.raises(UsageError, match=r"is no endpoint: give the run.s publish\.control"):
            come(endpoint)


def test_several_requests_are_answered_each(asker: Asker) -> None:
    requests = [MarkRequest("a"), SwapRequest("b"), MarkRequest("c"), RecordRequest(on=True)]
    for request in requests:
        asker.send(request)
    found = answers(asker, 4)
    assert sorted(found, key=lambda each: requests.index(each[0])) == [
        (request, told(request)) for request in requests
    ]
    assert asker.poll() == [], "each comes once"


def test_a_quick_answer_overtakes_a_slow_one() -> None:
    may_go_on = threading.Event()

    def handle(request: Request) -> Answer:
        if isinstance(request, SwapRequest):
            assert may_go_on.wait(PATIENCE_S)
        return told(request)

    with closing(ControlServer(handle)) as server, Asker(server.endpoint) as asker:
        asker.send(SwapRequest("a"))
        asker.send(MarkRequest("b"))
        assert answers(asker, 1) == [(MarkRequest("b"), Done("MarkRequest"))]
        may_go_on.set()
        assert answers(asker, 1) == [(SwapRequest("a"), Done("SwapRequest"))]


def test_a_run_that_ends_refuses_what_it_has_not_answered_and_the_next_is_asked_anew() -> None:
    with zmq.Context() as context:
        with context.socket(zmq.ROUTER) as run:
            run.bind("tcp://127.0.0.1:*")
            endpoint = run.getsockopt_string(zmq.LAST_ENDPOINT)
            asker = Asker(endpoint)
            asker.send(MarkRequest("a"))
            asker.send(MarkRequest("b"))
            assert run.poll(int(PATIENCE_S * 1e3))
            *address, _ = run.recv_multipart()
            run.send_multipart([*address, b'{"type": "done", "words": "marked"}'])
        first, second = answers(asker, 2)
        assert first == (MarkRequest("a"), Done("marked"))
        assert second == (
            MarkRequest("b"),
            Refused(f"the run at {endpoint} ended before it answered: look at its log"),
        )
        asker.send(MarkRequest("c"))
        assert isinstance(answers(asker, 1)[0][1], Refused), "nobody is there"
        asker.send(MarkRequest("d"))
        assert isinstance(answers(asker, 1)[0][1], Refused)
        with context.socket(zmq.ROUTER) as other:
            other.bind(endpoint)
            asker.send(MarkRequest("e"))
            assert other.poll(int(PATIENCE_S * 1e3))
            assert b'"text":"e"' in other.recv_multipart()[-1]
            assert not other.poll(0), "what was refused is not delivered later"
            asker.close()


def test_what_answers_is_no_livecare() -> None:
    with zmq.Context() as context, context.socket(zmq.REP) as stranger:
        stranger.bind("tcp://127.0.0.1:*")
        with Asker(stranger.getsockopt_string(zmq.LAST_ENDPOINT)) as asker:
            asker.send(MarkRequest("a"))
            assert stranger.poll(int(PATIENCE_S * 1e3))
            stranger.recv()
            stranger.send(b"hello")
            [(_, answer)] = answers(asker, 1)
    assert isinstance(answer, Refused)
    assert "is no livecare" in answer.reason


def test_closing_forgets_what_is_under_way_and_may_be_done_twice(asker: Asker) -> None:
    asker.send(MarkRequest("a"))
    asker.close()
    asker.close()
    assert asker.poll() == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process and go on")
def test_a_stopped_run_has_not_answered_yet_and_does_so_when_it_goes_on() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        endpoint = process.stdout.readline().strip()
        with Asker(endpoint) as asker, Asker(endpoint) as late:
            asker.send(MarkRequest("before"))
            assert answers(asker, 1) == [(MarkRequest("before"), Done("before"))]
            os.kill(process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            asker.send(MarkRequest("after"))
            late.send(MarkRequest("late"))
            with zmq.Context() as context, context.socket(zmq.PAIR) as nobody:
                nobody.bind("inproc://nobody")
                assert not nobody.poll(200), "time in which an answer could have come"
            assert asker.poll() == late.poll() == []
            os.kill(process.pid, signal.SIGCONT)
            assert answers(asker, 1) == [(MarkRequest("after"), Done("after"))]
            assert answers(late, 1) == [(MarkRequest("late"), Done("late"))]
            process.kill()
            asker.send(MarkRequest("too late"))
            [(_, answer)] = answers(asker, 1)
            assert isinstance(answer, Refused)
