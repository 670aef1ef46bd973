"""Two threads that wait for each other."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from recorder_fakes import PATIENCE_S

from livecare.recorder import Turnstile

Start = Callable[[Callable[[], None]], Future[None]]


def test_a_move_wakes_whoever_waits(start: Start) -> None:
    turnstile, waiting, there = Turnstile(), threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        while not there.is_set():
            turnstile.wait_for(there.is_set)

    running = start(wait)
    assert waiting.wait(PATIENCE_S)
    there.set()
    turnstile.moved()
    running.result(PATIENCE_S)


def test_nobody_waits_at_a_closed_one(start: Start) -> None:
    turnstile = Turnstile()
    assert not turnstile.closed
    turnstile.close()
    assert turnstile.closed
    start(lambda: turnstile.wait_for(lambda: False)).result(PATIENCE_S)
