"""The daemon's side of a preview, message by message: an XPUB socket as the publisher has it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import zmq

from livecare import wire
from livecare.frame import FrameHeader, Ledger, Position, StreamInfo
from livecare.wire import EndMessage, FrameMessage, Message, StartMessage

SHAPE = (4, 6)
PATIENCE_MS = 60_000
BRIEFLY_S = 0.2
"""Time-out, seconds, for what must not come."""


class PreviewStage:
    """Serves what a test says, to whoever subscribed."""

    def __init__(self) -> None:
        self._port: int | None = None
        self.open()

    def open(self) -> None:
        """Serve; a second time at the same port, as a daemon that was started again."""
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self._socket.bind(f"tcp://127.0.0.1:{self._port or '*'}")
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._port = int(self.endpoint.rsplit(":", 1)[1])

    def await_subscriptions(self, count: int = 1) -> set[str]:
        """Return the topics of the next so many subscriptions."""
        topics = set()
        for _ in range(count):
            assert self._socket.poll(PATIENCE_MS)
            request = self._socket.recv()
            assert request[:1] == b"\x01"
            topics.add(request[1:].decode())
        return topics

    def start(self, run_id: str = "run", *topics: str, channels: tuple[str, ...] = ("c",)) -> None:
        info = StreamInfo(run_id, "test", SHAPE, "uint16", channels=channels)
        for topic in topics or ("restored",):
            self._send(topic, StartMessage(info))

    def frame(self, sequence: int, run_id: str = "run", topic: str = "restored") -> None:
        header = FrameHeader(sequence, Position(sequence), SHAPE, "uint16", received_ns=1)
        self._send(topic, FrameMessage(run_id, header), np.full(SHAPE, sequence, "uint16"))

    def end(self, run_id: str = "run", *topics: str, acquired: int = 3) -> None:
        for topic in topics or ("restored",):
            self._send(topic, EndMessage(run_id, Ledger(acquired=acquired)))

    def say(self, *parts: bytes) -> None:
        """Send anything."""
        self._socket.send_multipart(parts)

    def start_again(self, then: Callable[[], None]) -> "Future[None]":
        """Come back in a thread: a subscriber subscribes again only while it waits for frames."""
        self.drop()

        def serve() -> None:
            self.open()
            self.await_subscriptions()
            then()

        thread = ThreadPoolExecutor(1)
        future = thread.submit(serve)
        thread.shutdown(wait=False)
        return future

    def drop(self) -> None:
        """Go away, as a daemon that was killed."""
        self._context.destroy(linger=0)

    def close(self) -> None:
        self.drop()

    def _send(self, topic: str, message: Message, *pixels: "np.ndarray[tuple[int, int]]") -> None:
        parts = [topic.encode(), wire.encode(message), *(each.tobytes() for each in pixels)]
        self._socket.send_multipart(parts)


def preview_file(directory: Path, run_id: str, endpoint: str) -> Path:
    """Write an endpoint down where a run's folder has it."""
    folder = directory / f"livecare-{run_id}"
    folder.mkdir()
    file = folder / "preview.endpoint"
    file.write_text(endpoint, encoding="utf-8")
    return file
