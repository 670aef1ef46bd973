"""Previews: the newest frames, for whoever subscribed, until the end is said."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zmq

from livecare import disk, wire
from livecare.errors import UsageError
from livecare.frame import FrameHeader, Ledger, Position, StreamInfo
from livecare.link import PublisherSpec, Waker
from livecare.publisher import Publisher, check_endpoint
from livecare.ring import GatingReader, Phase, RingWriter
from livecare.wire import EndMessage, FrameMessage, StartMessage

Context = zmq.Context[zmq.Socket[bytes]]
SHAPE = (4, 6)
PATIENCE_MS = 20_000
FIRST = 1000
"""Number of the first frame of a test proper."""
START = StartMessage(StreamInfo("run", "test", SHAPE, "uint16"))
LEDGER = Ledger(acquired=3)


class Stage:
    """The recorder's side of a publisher: two rings and their wakers."""

    def __init__(self, folder: Path) -> None:
        self.context: Context = zmq.Context()
        self._subscribers: list[zmq.Socket[bytes]] = []
        self._first = 0
        self.rings, self.gates, self.wakers = {}, {}, {}
        for lane in ("raw", "restored"):
            path = folder / f"{lane}.ring"
            self.rings[lane] = RingWriter.create(path, 8, 2 * SHAPE[0] * SHAPE[1])
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

    def announce(self, start: StartMessage) -> None:
        disk.replace_file(self.start_file, wire.encode(start), durable=False)

    def publish(self, lane: str, sequence: int, channel: int = 0) -> None:
        ring = self.rings[lane]
        slot = ring.claim()
        assert slot is not None
        slot.pixels(SHAPE, "uint16")[:] = sequence
        header = FrameHeader(sequence, Position(sequence, channel), SHAPE, "uint16", received_ns=1)
        ring.publish(slot, FrameMessage("run", header))
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


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


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


def test_each_topic_has_its_frames_and_an_end(stage: Stage) -> None:
    raw_only, both = stage.subscribe("raw"), stage.subscribe("")
    stage.publish("raw", FIRST)
    assert only_first(passed_over(raw_only, "raw", FIRST))
    assert only_first(passed_over(both, "raw", FIRST))
    stage.publish("restored", FIRST)
    assert passed_over(both, "restored", FIRST) == []
    stage.end()
    assert receive(raw_only)[:2] == ("raw", EndMessage("run", LEDGER))
    assert {receive(both)[0], receive(both)[0]} == {"raw", "restored"}
    assert not raw_only.poll(0)


def test_frames_on_the_way_do_not_push_the_end_out(stage: Stage) -> None:
    """A queue has room for two messages, and two frames may be in it."""
    both = stage.subscribe("")
    stage.publish("raw", FIRST)
    stage.publish("restored", FIRST)
    stage.end()
    ends = {}
    while len(ends) < 2:
        topic, message, _ = receive(both)
        if isinstance(message, EndMessage):
            ends[topic] = message.ledger
    assert ends == {"raw": LEDGER, "restored": LEDGER}


def test_a_newcomer_is_greeted_with_what_is_there(stage: Stage) -> None:
    first = stage.subscribe("raw")
    stage.publish("raw", FIRST)
    assert passed_over(first, "raw", FIRST) == []
    with stage.context.socket(zmq.SUB) as second:
        second.connect(stage.preview_file.read_text(encoding="utf-8"))
        second.setsockopt(zmq.SUBSCRIBE, b"raw")
        assert receive(second)[:2] == ("raw", START)
        assert receive(first)[1] == START, "everyone hears it again: harmless"


def test_a_stream_that_grows_is_announced_again_before_the_frame(stage: Stage) -> None:
    socket = stage.subscribe("raw")
    grown = StartMessage(replace(START.info, channels=("a", "b")))
    stage.announce(grown)
    stage.publish("raw", FIRST, channel=1)
    heard = [receive(socket)[1] for _ in range(2)]
    assert heard[0] == grown
    assert isinstance(heard[1], FrameMessage)
    assert heard[1].header.position.c == 1


def test_one_that_leaves_takes_nobody_with_it(stage: Stage) -> None:
    everything, raw_only = stage.subscribe(""), stage.subscribe("raw")
    raw_only.setsockopt(zmq.UNSUBSCRIBE, b"raw")
    stage.subscribe("restored")  # its greeting comes after the leaving was noticed
    stage.publish("raw", FIRST)
    assert only_first(passed_over(everything, "raw", FIRST))


def test_nothing_older_than_what_was_shown(stage: Stage) -> None:
    subscriber = stage.subscribe("restored")
    stage.publish("restored", FIRST + 3)
    assert only_first(passed_over(subscriber, "restored", FIRST + 3))
    stage.publish("restored", FIRST + 1)
    stage.publish("restored", FIRST + 4)
    assert passed_over(subscriber, "restored", FIRST + 4) == []


def test_raw_frames_that_are_sent_again_are_not_shown(stage: Stage) -> None:
    subscriber = stage.subscribe("")
    stage.rings["raw"].set_phase(Phase.DRAIN)
    stage.publish("raw", FIRST)
    stage.publish("restored", FIRST)
    assert only_first(passed_over(subscriber, "restored", FIRST))
    stage.end()
    assert {receive(subscriber)[1], receive(subscriber)[1]} == {EndMessage("run", LEDGER)}


def test_messages_that_are_no_subscriptions_change_nothing(stage: Stage) -> None:
    subscriber = stage.subscribe("raw")
    with stage.context.socket(zmq.XSUB) as stranger:
        stranger.connect(stage.preview_file.read_text(encoding="utf-8"))
        for parts in ([b""], [b"raw"], [b"\xff"], [b"x", b"\x00raw"], [b"\x01raw"]):
            stranger.send_multipart(parts)
        assert receive(stranger)[1] == START
    stage.subscribe("raw")
    stage.publish("raw", FIRST)
    assert only_first(passed_over(subscriber, "raw", FIRST))


def test_nobody_looks(stage: Stage) -> None:
    for sequence in range(20):
        stage.publish("raw", sequence)
    stage.end()


def test_an_endpoint_that_is_taken(stage: Stage) -> None:
    taken = stage.preview_file.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match=r"publish\.preview"):
        check_endpoint(taken)
    stage.end()
    check_endpoint(taken)
    check_endpoint("tcp://127.0.0.1:*")


def test_frames_are_copied_before_they_are_sent(stage: Stage) -> None:
    """ZeroMQ sends without a copy; the next frame must not get into the one under way."""
    subscriber = stage.subscribe("raw")
    values = []
    for sequence in range(FIRST, FIRST + 50):
        stage.publish("raw", sequence)
        while subscriber.poll(0):
            values.append(receive(subscriber)[2])  # which checks that all pixels agree
    assert values == sorted(set(values))
