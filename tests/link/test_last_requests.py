"""Requests to a run that ends: what is under way is answered, and all others are told."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import zmq
from answering import PATIENCE_S, Held

from livecare.errors import UsageError
from livecare.link.asking import ask
from livecare.link.control import ControlServer
from livecare.link.requests import Done, SwapRequest
from livecare.link.sockets import HEARTBEAT_MS


def test_what_is_being_handled_is_answered_before_it_ends(threads: ThreadPoolExecutor) -> None:
    held = Held()
    server = ControlServer(held)
    answer = threads.submit(ask, server.endpoint, SwapRequest("a"), PATIENCE_S)
    assert held.inside.wait(PATIENCE_S)
    closed = threads.submit(server.close)
    assert not closed.done()
    held.may_go_on.set()
    closed.result(PATIENCE_S)
    assert answer.result(PATIENCE_S) == Done("a None None")


def test_who_waits_behind_is_told_that_the_run_has_ended(threads: ThreadPoolExecutor) -> None:
    held = Held()
    server = ControlServer(held)
    first = threads.submit(ask, server.endpoint, SwapRequest("first"), PATIENCE_S)
    assert held.inside.wait(PATIENCE_S)
    second = threads.submit(ask, server.endpoint, SwapRequest("second"), PATIENCE_S)
    server._over.set()
    held.may_go_on.set()
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
    held = Held()
    server = ControlServer(held)
    with zmq.Context() as context, context.socket(zmq.DEALER) as asker:
        asker.setsockopt(zmq.LINGER, 0)
        asker.connect(server.endpoint)
        asker.send_multipart([b"", b'{"type": "swap"}'])
        assert held.inside.wait(PATIENCE_S)
        closed = threads.submit(server.close)
        while not server._over.is_set():
            asker.send_multipart([b"", b'{"type": "offer"}'])
        for _ in range(10):
            asker.send_multipart([b"", b'{"type": "offer"}'])
        before = len(looks)
        while len(looks) < before + 6:
            assert not closed.done()
        held.may_go_on.set()
        closed.result(PATIENCE_S)
    assert looks[before + 5] - looks[before + 1] > 2 * HEARTBEAT_MS / 1e3
