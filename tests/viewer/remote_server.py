"""A publisher that says what a test says, and a feed that hears it."""

import time
from collections.abc import Callable

import numpy as np
import zmq

from livecare import wire
from livecare.frame import FrameHeader, Ledger, Position, Restoration, StreamInfo
from livecare.light_frame import Kind, LightMessage
from livecare.viewer.feed.remote import RemoteFeed
from livecare.viewer.seen import SeenFrame
from livecare.wire import EndMessage, FrameMessage, StartMessage

SHAPE = (4, 6)
PATIENCE_S = 20.0
MADE = Restoration("identity", "fp32", "none", "", "fixed", {}, 1, 2, 3, 1)


class Server:
    """A publisher that says what a test says."""

    def __init__(self) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self._socket.bind("tcp://127.0.0.1:*")
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def await_subscriptions(self, count: int = 2) -> set[str]:
        topics = set()
        for _ in range(count):
            assert self._socket.poll(1e3 * PATIENCE_S)
            topics.add(self._socket.recv()[1:].decode())
        return topics

    def start(self, run_id: str = "run", channels: int = 1, topic: str = "raw") -> None:
        names = tuple(map(str, range(channels)))
        info = StreamInfo(run_id, "test", SHAPE, "uint16", channels=names)
        self.say(topic.encode(), wire.encode(StartMessage(info)))

    def frame(self, lane: str, sequence: int, channel: int = 0, run_id: str = "run") -> None:
        header = FrameHeader(sequence, Position(sequence, channel), SHAPE, "uint16", received_ns=1)
        message = FrameMessage(run_id, header, MADE if lane == "restored" else None)
        self.say(lane.encode(), wire.encode(message), np.full(SHAPE, sequence, "uint16").tobytes())

    def light_frame(self, sequence: int, sent_ns: int = 0) -> None:
        header = FrameHeader(sequence, Position(sequence), SHAPE, "uint16", received_ns=1)
        message = LightMessage("run", header, reduction=2, sent_ns=sent_ns)
        topic = Kind(2, "none").topic("raw")
        self.say(topic, wire.encode(message), np.full((2, 3), sequence, "uint16").tobytes())

    def end(self, run_id: str = "run", topic: str = "raw") -> None:
        self.say(topic.encode(), wire.encode(EndMessage(run_id, Ledger())))

    def say(self, *parts: bytes) -> None:
        self._socket.send_multipart(parts)

    def close(self) -> None:
        self._context.destroy(linger=0)


def until(feed: RemoteFeed, reached: Callable[[list[SeenFrame]], object]) -> list[SeenFrame]:
    """Take frames until something is the case; return them all."""
    frames: list[SeenFrame] = []
    deadline = time.monotonic() + PATIENCE_S
    while not reached(frames):
        assert time.monotonic() < deadline
        feed._previews.wait(deadline)
        frames += feed.take()
    return frames


def named(frames: list[SeenFrame]) -> list[tuple[str, int]]:
    assert all((each.pixels == each.header.sequence).all() for each in frames)
    return [
        ("raw" if each.restoration is None else "restored", each.header.sequence) for each in frames
    ]
