"""The recorder's side of a publisher, and what subscribers hear of it."""

import threading
from pathlib import Path

import zmq

from livecare import disk, light_frame, wire
from livecare.frame import FrameHeader, Ledger, Pixels, Position, Restoration, StreamInfo
from livecare.light_frame import LightTopicMessage
from livecare.link import PublisherSpec, Waker
from livecare.publisher import Publisher
from livecare.ring import GatingReader, Phase, RingWriter
from livecare.wire import EndMessage, FrameMessage, StartMessage

Context = zmq.Context[zmq.Socket[bytes]]
SHAPE = (4, 6)
PATIENCE_MS = 20_000
FIRST = 1000
"""Number of the first frame of a test proper."""
START = StartMessage(StreamInfo("run", "test", SHAPE, "uint16"))
LEDGER = Ledger(acquired=3)
RESTORATION = Restoration("identity", "fp32", "none", "", "fixed", {}, 1, 2, 3, 1)


class Stage:
    """The recorder's side of a publisher: two rings and their wakers."""

    def __init__(self, folder: Path, shape_yx: tuple[int, int] = SHAPE) -> None:
        self._shape_yx = shape_yx
        self.context: Context = zmq.Context()
        self._subscribers: list[zmq.Socket[bytes]] = []
        self._first = 0
        self.rings, self.gates, self.wakers = {}, {}, {}
        for lane in ("raw", "restored"):
            path = folder / f"{lane}.ring"
            self.rings[lane] = RingWriter.create(path, 8, 2 * shape_yx[0] * shape_yx[1])
            self.gates[lane] = GatingReader(path)
            self.wakers[lane] = Waker(self.context)
        self.end_file = folder / "end"
        self.preview_file = folder / "preview"
        self.start_file = folder / "start"
        self.announce(START)
        self.spec = PublisherSpec(
            raw_ring=str(folder / "raw.ring"),
            restored_ring=str(folder / "restored.ring"),
            wake_endpoints=tuple(waker.endpoint for waker in self.wakers.values()),
            preview_endpoint="tcp://127.0.0.1:*",
            preview_file=str(self.preview_file),
            end_file=str(self.end_file),
            max_hz=1000.0,
            start_file=str(self.start_file),
        )
        self._publisher = Publisher(self.spec)
        self._publisher.bind()
        self._thread = threading.Thread(target=self._publisher.run)
        self._thread.start()

    def subscribe(self, *prefixes: str) -> "zmq.Socket[bytes]":
        """Subscribe, and wait until a first frame has come on each lane.

        A queue has room for two messages: a frame that is published in the moment of the greetings
        finds it full, and is dropped.
        """
        socket = self.context.socket(zmq.SUB)
        self._subscribers.append(socket)
        socket.connect(self.preview_file.read_text(encoding="utf-8"))
        lanes: set[str] = set()
        for prefix in prefixes:
            socket.setsockopt(zmq.SUBSCRIBE, prefix.encode())
            greeted = {lane for lane in self.rings if lane.startswith(prefix)}
            assert {receive(socket)[0] for _ in greeted} == greeted
            lanes |= greeted
        while lanes:
            self._first += 1
            for lane in lanes:
                self.publish(lane, self._first)
            while socket.poll(20):
                lanes.discard(receive(socket)[0])
        return socket

    def subscribe_light(self, *topics: str, queued: int = 1000) -> "zmq.Socket[bytes]":
        """Subscribe to light topics, and wait for the greetings."""
        socket = self.context.socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, queued)
        self._subscribers.append(socket)
        socket.connect(self.preview_file.read_text(encoding="utf-8"))
        for topic in topics:
            socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
            assert receive_light(socket)[0] == topic
        return socket

    def announce(self, start: StartMessage) -> None:
        disk.replace_file(self.start_file, wire.encode(start), durable=False)

    def publish(self, lane: str, sequence: int, channel: int = 0) -> None:
        ring = self.rings[lane]
        slot = ring.claim()
        assert slot is not None
        shape_yx = self._shape_yx
        slot.pixels(shape_yx, "uint16")[:] = sequence
        at = Position(sequence, channel)
        header = FrameHeader(sequence, at, shape_yx, "uint16", received_ns=1)
        restoration = RESTORATION if lane == "restored" else None
        ring.publish(slot, FrameMessage("run", header, restoration))
        self.gates[lane].release()
        self.wakers[lane].wake()

    def end(self) -> None:
        if self._thread.is_alive():
            disk.replace_file(self.end_file, wire.encode(EndMessage("run", LEDGER)), durable=False)
            self.rings["raw"].set_phase(Phase.CLOSED)
            self.wakers["raw"].wake()
            self._thread.join(PATIENCE_MS / 1e3)
        assert not self._thread.is_alive()

    def close(self) -> None:
        self.end()
        for subscriber in self._subscribers:
            subscriber.close(linger=0)
        for lane in self.rings:
            self.rings[lane].close()
            self.gates[lane].close()
            self.wakers[lane].close()
        self.context.destroy(linger=0)


def receive(socket: "zmq.Socket[bytes]") -> tuple[str, wire.Message, int | None]:
    """Return the next message: its topic, itself, and the value of its pixels."""
    assert socket.poll(PATIENCE_MS)
    topic, *parts = socket.recv_multipart()
    message, frame = wire.decode_message(parts)
    if frame is None:
        return topic.decode(), message, None
    assert (frame.pixels == frame.pixels[0, 0]).all()
    return topic.decode(), message, int(frame.pixels[0, 0])


def passed_over(
    socket: "zmq.Socket[bytes]", topic: str, value: int | None
) -> list[tuple[str, int | None]]:
    """Wait for a frame, or for the end if `value` is None; return the frames before it."""
    before = []
    while True:
        found, message, sequence = receive(socket)
        if (found, sequence) == (topic, value) and not isinstance(message, StartMessage):
            return before
        if sequence is not None:
            before.append((found, sequence))


def only_first(frames: list[tuple[str, int | None]]) -> bool:
    """Tell whether there are only frames that `Stage.subscribe` publishes."""
    return all(sequence is not None and sequence < FIRST for _, sequence in frames)


def receive_light(socket: "zmq.Socket[bytes]") -> tuple[str, LightTopicMessage, Pixels | None]:
    """Return the next message of a light topic, or any other: its topic, itself, and its pixels."""
    assert socket.poll(PATIENCE_MS)
    topic, *parts = socket.recv_multipart()
    message = light_frame.decode_head(parts)
    if not isinstance(message, FrameMessage):
        return topic.decode(), message, None
    return topic.decode(), message, light_frame.pixels_of(message, parts[1])
