"""A push source that is read by the test itself, and senders that say what the test wants."""

from collections.abc import Callable
from typing import Any, Self

import msgspec
import numpy as np
import pytest
import zmq

from livecare.client import Pusher
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.push import PushSettings, PushSource

ANY_PORT = "tcp://127.0.0.1:*"
SIZE = (8, 12)
PATIENCE_S = 20.0
"""Longest wait for what must come; nothing waits so long unless it fails."""


def picture(number: int, size_yx: tuple[int, int] = SIZE, dtype: str = "uint16") -> Pixels:
    """A frame that says which one it is."""
    image = np.arange(size_yx[0] * size_yx[1], dtype=dtype).reshape(size_yx)
    image[0, 0] = number
    return image


def info(run_id: str = "cells", **changes: object) -> StreamInfo:
    return StreamInfo(
        **{"run_id": run_id, "source": "camera", "shape_yx": SIZE, "dtype": "uint16", **changes}
    )


class Listener:
    """An opened and started source; `first` is called with its endpoint and must send a start."""

    def __init__(self, first: Callable[[str], Any], **settings: object) -> None:
        self.endpoint = ""
        self.sender: Any = None

        def listening(endpoint: str) -> None:
            self.endpoint = endpoint
            self.sender = first(endpoint)

        self.source = PushSource(
            PushSettings(**{"endpoint": ANY_PORT, **settings}), on_listening=listening
        )
        self.stream = self.source.open("the run")
        self.source.start()
        self.changes: list[StreamInfo] = []

    def frame(self) -> tuple[Arrival, Pixels]:
        """The next frame; changes of the stream are noted in `changes`."""
        pixels = np.zeros(self.stream.shape_yx, self.stream.dtype)
        event = self.source.read_into(pixels, PATIENCE_S)
        if isinstance(event, StreamInfo):
            self.stream = event
            self.changes.append(event)
            return self.frame()
        assert isinstance(event, Arrival), event
        return event, pixels

    def frames(self, count: int) -> list[Arrival]:
        return [self.frame()[0] for _ in range(count)]

    def rest(self) -> list[Arrival]:
        """All frames until the end."""
        arrivals = []
        while True:
            pixels = np.zeros(self.stream.shape_yx, self.stream.dtype)
            event = self.source.read_into(pixels, PATIENCE_S)
            if event is NoFrame.ENDED:
                return arrivals
            if event is NoFrame.WAITING:
                pytest.fail(f"neither a frame nor the end after {len(arrivals)} frames")
            if isinstance(event, StreamInfo):
                self.stream = event
                self.changes.append(event)
            else:
                arrivals.append(event)

    def settle(self, refused: int) -> None:
        """Read until so many messages were refused; no frame may come."""
        pixels = np.zeros(self.stream.shape_yx, self.stream.dtype)
        for _ in range(200):
            if self.source.malformed >= refused:
                return
            assert self.source.read_into(pixels, 0.1) is NoFrame.WAITING
        pytest.fail(f"{self.source.malformed} messages refused: {self.source.reasons}")

    def await_nobody(self) -> None:
        """Read until the source has seen the last connection end; no frame may come."""
        pixels = np.zeros(self.stream.shape_yx, self.stream.dtype)
        inbox = self.source._inbox
        assert inbox is not None
        for _ in range(round(PATIENCE_S / 0.1)):
            if not inbox.connected:
                return
            assert self.source.read_into(pixels, 0.1) is NoFrame.WAITING
        pytest.fail(f"connected: {inbox.connected}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()
        if isinstance(self.sender, (Pusher, Raw)):
            self.sender.end()


class Raw:
    """A sender without livecare: it says any map, also a wrong one."""

    def __init__(self, endpoint: str, *, announce: bool = True, run_id: str = "plain") -> None:
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PUSH)
        self.socket.setsockopt(zmq.LINGER, 100)
        self.socket.connect(endpoint)
        self.run_id = run_id
        if announce:
            self.start()

    def start(self, **changes: object) -> None:
        stream = {"run_id": self.run_id, "source": "x", "shape_yx": SIZE, "dtype": "uint16"}
        self.say({"type": "start", "schema": 3, "info": stream | changes})

    def frame(self, sequence: int, pixels: bytes | None = None, **changes: object) -> None:
        header = {
            "sequence": sequence,
            "position": {"t": sequence},
            "shape_yx": SIZE,
            "dtype": "uint16",
            "received_ns": 0,
        }
        message = {"type": "frame", "schema": 3, "run_id": self.run_id, "header": header | changes}
        self.say(message, picture(sequence).tobytes() if pixels is None else pixels)

    def finish(self, **ledger: int) -> None:
        self.say({"type": "end", "schema": 3, "run_id": self.run_id, "ledger": ledger})

    def say(self, message: object, *parts: bytes) -> None:
        self.socket.send_multipart([msgspec.msgpack.encode(message), *parts])

    def end(self) -> None:
        self.socket.close()
        self.context.term()


def position(t: int = 0, c: int = 0, z: int = 0, p: int = 0) -> Position:
    return Position(t, c, z, p)
