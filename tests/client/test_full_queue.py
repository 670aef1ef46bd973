"""A subscriber whose queue is full when its publisher goes: its process must live on.

libzmq 4.3.5 aborts the process there where ZeroMQ's own heartbeats are on.
"""

import subprocess
import sys
import time
from pathlib import Path

import zmq

SUBSCRIBER = Path(__file__).with_name("full_subscriber.py")
STALLED_S = 4.5
"""Longer than the subscriber's keepalive takes to give a connection up, seconds: 1 + 3 × 1."""
PATIENCE_MS = 20_000
FRAME = bytes(100_000)


class Case:
    """A publisher that goes, and comes again, and a subscriber that does not read meanwhile."""

    def __init__(self, frames: int) -> None:
        self._serve("tcp://127.0.0.1:*")
        self.subscriber = subprocess.Popen(
            [sys.executable, SUBSCRIBER, self._endpoint, str(STALLED_S)],
            stderr=subprocess.PIPE,
            text=True,
        )
        self._await_subscription()
        for _ in range(frames):
            self._socket.send_multipart([b"raw", FRAME])
            time.sleep(0.001)  # or the publisher's own queue is all that is filled
        self._context.destroy(linger=0)
        self._serve(self._endpoint)

    def say_after(self) -> None:
        """Say it until the subscriber has ended."""
        while self.subscriber.poll() is None:
            if self._socket.poll(50):
                self._socket.recv()
                self._socket.send_multipart([b"raw", b"after"])

    def close(self) -> None:
        self.subscriber.kill()
        self.subscriber.wait()
        self.subscriber.stderr.close()
        self._context.destroy(linger=0)

    def _serve(self, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SNDHWM, 1)
        self._socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self._socket.bind(endpoint)
        self._endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def _await_subscription(self) -> None:
        assert self._socket.poll(PATIENCE_MS)
        self._socket.recv()


def test_a_full_queue_outlives_its_publisher() -> None:
    """The end is seen at once, or it lies behind more than the system's queues hold."""
    cases = [Case(frames=6), Case(frames=400)]
    try:
        for case in cases:
            case.say_after()
            assert (case.subscriber.wait(), case.subscriber.stderr.read()) == (0, "")
    finally:
        for case in cases:
            case.close()
