"""Wake-ups that nobody waits for: they are taken now and then, or ZeroMQ remembers every one."""

import time

import psutil
import zmq

from livecare.link import WakeListener, Waker

PATIENCE_MS = 60_000
WAKES = 12_000
APART_S = 0.0001
"""Time between two wake-ups, seconds: at once, they would be remembered as one."""
KIB = 1 << 10


def own_kib() -> float:
    return float(psutil.Process().memory_full_info().uss) / KIB


def wake(waker: Waker, listener: WakeListener, count: int, *, every: int) -> float:
    """Announce many times, and drain every so often; return the memory that this took, KiB."""
    before = own_kib()
    for number in range(count):
        waker.wake()
        if number % every == every - 1:
            listener.drain()
        time.sleep(APART_S)
    return own_kib() - before


def test_what_nobody_waits_for_is_not_remembered() -> None:
    with zmq.Context() as context:
        waker = Waker(context)
        listener = WakeListener(context, (waker.endpoint,))
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not listener.socket.poll(1):  # until it is connected
            waker.wake()
            assert time.monotonic() < deadline
        wake(waker, listener, WAKES // 4, every=100)  # whatever is allocated once
        kept = min(wake(waker, listener, WAKES, every=100) for _ in range(3))  # a leak leaks always
        assert kept < WAKES * 10 / KIB, f"{kept * KIB / WAKES:.1f} bytes per wake-up"

        listener.drain()
        waker.wake()
        assert listener.socket.poll(PATIENCE_MS), "the next one is heard"
        listener.close()
        waker.close()
