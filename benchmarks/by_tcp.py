"""Frames to another process over ZeroMQ and TCP, sent without a copy: what one would do else."""

import struct
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Final

import zmq
from receiver import Receiver, paced

from livecare.frame import Pixels
from livecare.link import LOOPBACK_ANY_PORT

HIGH_WATER: Final = 4
"""Messages that may queue on either side: more buys delay, not rate."""

STAMP: Final = struct.Struct("<q")
"""The header: when the frame was there, performance counter, ns."""


class Sender:
    """A socket that another process drains."""

    def __init__(self, count: int) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.setsockopt(zmq.SNDHWM, HIGH_WATER)
        self._socket.bind(LOOPBACK_ANY_PORT)
        endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._receiver = Receiver(_drain, endpoint, count)
        self._receiver.hear()

    def send(self, frame: Pixels) -> None:
        """Send a frame; wait while the queue is full."""
        stamp = STAMP.pack(time.perf_counter_ns())
        self._socket.send_multipart([stamp, frame.data], copy=False)

    def end(self) -> tuple[float, list[int]]:
        """Wait for the last frame; return when it was there, s, and each one's latency, ns."""
        ended, latencies = self._receiver.hear()
        self._receiver.end()
        self._socket.close()
        self._context.term()
        return ended, latencies


def rate_hz(frames: Sequence[Pixels], count: int) -> float:
    """Send frames as fast as the other process takes them; return frames per second."""
    sender = Sender(count)
    begun = time.perf_counter()
    for i in range(count):
        sender.send(frames[i % len(frames)])
    ended, _ = sender.end()
    return count / (ended - begun)


def latencies_ns(frames: Sequence[Pixels], count: int) -> list[int]:
    """Send paced frames; return each one's time on the way."""
    sender = Sender(count)
    for i in paced(count):
        sender.send(frames[i % len(frames)])
    return sender.end()[1]


def _drain(connection: Connection, endpoint: str, count: int) -> None:
    """Receive every frame; say when the last was there and how long each took."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.PULL)
    socket.setsockopt(zmq.RCVHWM, HIGH_WATER)
    socket.connect(endpoint)
    connection.send("ready")
    latencies: list[int] = []
    for _ in range(count):
        stamp, _pixels = socket.recv_multipart(copy=False)
        latencies.append(time.perf_counter_ns() - STAMP.unpack(stamp.buffer)[0])
    connection.send((time.perf_counter(), latencies))
    socket.close()
    context.term()
