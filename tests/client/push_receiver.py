"""livecare's side of a push: everything that came, message by message."""

import socket
import threading
from dataclasses import dataclass, field

import numpy as np
import zmq

from livecare import wire
from livecare.frame import FrameHeader, Ledger, Pixels, StreamInfo
from livecare.wire import EndMessage, FrameMessage, StartMessage

PATIENCE_S = 60.0


def free_endpoint() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


@dataclass
class Taken:
    """One acquisition as it came."""

    infos: list[StreamInfo] = field(default_factory=list)
    headers: list[FrameHeader] = field(default_factory=list)
    frames: list[Pixels] = field(default_factory=list)
    ledger: Ledger | None = None

    @property
    def info(self) -> StreamInfo:
        return self.infos[-1]

    @property
    def places(self) -> list[tuple[int, int, int, int]]:
        return [(h.position.t, h.position.c, h.position.z, h.position.p) for h in self.headers]


class PushReceiver:
    """Takes what senders push, in a thread."""

    def __init__(self) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.PULL)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind("tcp://127.0.0.1:*")
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self._runs: dict[str, Taken] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._take_all, daemon=True)
        self._thread.start()

    @property
    def runs(self) -> list[Taken]:
        """The acquisitions so far, in the order they began."""
        with self._changed:
            return list(self._runs.values())

    def await_ends(self, count: int = 1) -> list[Taken]:
        """Wait for the end of so many acquisitions; return all, in the order they began."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._ended() >= count, PATIENCE_S), self._runs
            return list(self._runs.values())

    def await_frames(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: sum(len(run.frames) for run in self._runs.values()) >= count, PATIENCE_S
            )

    def close(self) -> None:
        self._closing = True
        self._thread.join()
        self._context.destroy(linger=0)

    def _ended(self) -> int:
        return sum(run.ledger is not None for run in self._runs.values())

    def _take_all(self) -> None:
        while not self._closing:
            if self._socket.poll(20):
                message, frame = wire.decode_message(self._socket.recv_multipart())
                with self._changed:
                    self._take(message, None if frame is None else frame.pixels)
                    self._changed.notify_all()

    def _take(self, message: wire.Message, pixels: Pixels | None) -> None:
        if isinstance(message, StartMessage):
            run = self._runs.setdefault(message.info.run_id, Taken())
            if message.info not in run.infos:
                run.infos.append(message.info)
        elif isinstance(message, FrameMessage):
            self._runs[message.run_id].headers.append(message.header)
            self._runs[message.run_id].frames.append(np.array(pixels))
        elif isinstance(message, EndMessage):
            self._runs[message.run_id].ledger = message.ledger
