import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import zmq

import livecare.client
from livecare import wire
from livecare.client import Pusher
from livecare.client.outlet import DEFAULT_ENDPOINT
from livecare.errors import ProtocolError, UsageError
from livecare.frame import Frame, Ledger, Pixels, Position, StreamInfo
from livecare.sources.push import settings as source_settings
from livecare.wire import EndMessage, FrameMessage, Message, StartMessage

HEAVY = ("pydantic", "typer", "torch", "structlog", "livecare.sources", "livecare.config")
NOBODY = "tcp://127.0.0.1:1"
"""An endpoint where nobody listens."""


class Receiver:
    """A plain PULL socket that reads what a pusher says."""

    def __init__(self) -> None:
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PULL)
        self.socket.setsockopt(zmq.RCVTIMEO, 20_000)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind("tcp://127.0.0.1:*")
        self.endpoint = self.socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def message(self) -> tuple[Message, Frame | None]:
        return wire.decode_message(self.socket.recv_multipart())

    def messages(self) -> list[tuple[Message, Frame | None]]:
        """All messages up to an end."""
        found = [self.message()]
        while not isinstance(found[-1][0], EndMessage):
            found.append(self.message())
        return found

    def close(self) -> None:
        self.socket.close()
        self.context.term()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def image(number: int = 0, size_yx: tuple[int, int] = (4, 6), dtype: str = "uint16") -> Pixels:
    return np.full(size_yx, number, dtype)


def stream(**changes: object) -> StreamInfo:
    return StreamInfo(
        **{"run_id": "r", "source": "s", "shape_yx": (4, 6), "dtype": "uint16"} | changes
    )


def frames(messages: list[tuple[Message, Frame | None]]) -> list[Frame]:
    return [frame for _, frame in messages if frame is not None]


def test_a_start_the_frames_and_an_end_with_its_ledger(receiver: Receiver) -> None:
    with Pusher(stream(), endpoint=receiver.endpoint) as pusher:
        assert pusher.send(image(7), Position(3, z=2), camera_index=40, camera_time_ns=50)
        assert pusher.send(image(8))
    messages = receiver.messages()
    assert messages[0][0] == StartMessage(pusher.info)
    assert messages[-1][0] == EndMessage("r", Ledger(acquired=2))
    first, second = frames(messages)
    assert (first.header.position, first.header.sequence) == (Position(3, z=2), 0)
    assert (first.header.camera_index, first.header.camera_time_ns) == (40, 50)
    assert (second.header.position, second.header.sequence) == (Position(1), 1)
    assert (first.pixels[0, 0], second.pixels[-1, -1]) == (7, 8)
    assert (pusher.sent, pusher.dropped) == (2, 0)


def test_without_a_description_the_first_frame_decides(receiver: Receiver) -> None:
    with Pusher(endpoint=receiver.endpoint, channels=("GFP",), pixel_size_um=0.1) as pusher:
        assert pusher.info is None
        pusher.send(image(1, (3, 5), "float32"))
    start = receiver.messages()[0][0]
    assert isinstance(start, StartMessage)
    assert (start.info.shape_yx, start.info.dtype) == ((3, 5), "float32")
    assert (start.info.channels, start.info.pixel_size_um) == (("GFP",), 0.1)
    assert len(start.info.run_id) == 32


def test_a_pusher_that_sent_nothing_says_nothing(receiver: Receiver) -> None:
    with Pusher(endpoint=receiver.endpoint):
        pass
    assert not receiver.socket.poll(50)


def test_without_a_receiver_it_never_waits_and_counts_what_it_drops() -> None:
    pusher = Pusher(stream(), endpoint=NOBODY, queue_frames=4, linger_s=0.0)
    began = time.perf_counter()
    queued = [pusher.send(image(n)) for n in range(2000)]
    pusher.end()
    assert time.perf_counter() - began < 10  # 5 ms each would be waiting
    assert queued == [True] * 3 + [False] * 1997  # the start has the fourth place
    assert (pusher.sent, pusher.dropped) == (3, 1997)


def test_what_was_dropped_is_a_gap_in_the_numbers_and_stands_in_the_ledger() -> None:
    receiver = Receiver()
    endpoint = receiver.endpoint
    receiver.close()
    pusher = Pusher(stream(), endpoint=endpoint, queue_frames=4, linger_s=20.0)
    for number in range(10):
        pusher.send(image(number))
    receiver = Receiver.__new__(Receiver)
    receiver.context = zmq.Context()
    receiver.socket = receiver.context.socket(zmq.PULL)
    receiver.socket.setsockopt(zmq.RCVTIMEO, 20_000)
    receiver.socket.bind(endpoint)
    assert isinstance(receiver.message()[0], StartMessage)
    before = [receiver.message()[1].header.sequence for _ in range(3)]
    pusher.send(image(10))
    pusher.end()
    messages = receiver.messages()
    receiver.close()
    assert before == [0, 1, 2]
    assert [f.header.sequence for f in frames(messages)] == [10]
    assert messages[-1][0] == EndMessage("r", Ledger(acquired=11, failed=7))


def test_waiting_for_room_is_bounded_where_that_is_set() -> None:
    pusher = Pusher(
        stream(), endpoint=NOBODY, queue_frames=2, block=True, timeout_s=0.05, linger_s=0.0
    )
    assert pusher.send(image())
    began = time.perf_counter()
    assert not pusher.send(image())
    assert time.perf_counter() - began >= 0.04
    pusher.end()


def test_an_end_without_a_receiver_takes_no_longer_than_it_may() -> None:
    pusher = Pusher(stream(), endpoint=NOBODY, queue_frames=2, linger_s=0.1)
    pusher.send(image())
    began = time.perf_counter()
    pusher.end()
    assert 0.1 <= time.perf_counter() - began < 5
    pusher.end()
    with pytest.raises(UsageError, match="make a new Pusher"):
        pusher.send(image())


def test_the_start_is_said_again_in_the_same_bytes(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livecare.client.push.REPEAT_START_NS", 0)
    with Pusher(stream(), endpoint=receiver.endpoint) as pusher:
        pusher.send(image())
        pusher.send(image())
    kinds = [type(message) for message, _ in receiver.messages()]
    assert kinds == [StartMessage, *[StartMessage, FrameMessage] * 2, EndMessage]


def test_a_new_shape_is_a_new_start_and_carries_what_was_dropped_before() -> None:
    receiver = Receiver()
    endpoint = receiver.endpoint
    receiver.close()
    pusher = Pusher(stream(), endpoint=endpoint, queue_frames=4, linger_s=20.0)
    for number in range(6):
        pusher.send(image(number))  # 3, 4 and 5 are dropped
    pusher.send(image(0, (2, 2), "uint8"))  # and this one, with its start
    late = zmq.Context()
    socket = late.socket(zmq.PULL)
    socket.setsockopt(zmq.RCVTIMEO, 20_000)
    socket.bind(endpoint)
    for _ in range(4):
        socket.recv_multipart()
    pusher._outlet._socket.poll(20_000, zmq.POLLOUT)  # until the room is known on this side
    assert pusher.send(image(1, (2, 2), "uint8"))
    pusher.end()
    message, _ = wire.decode_message(socket.recv_multipart())
    assert isinstance(message, StartMessage)
    assert (message.info.shape_yx, message.info.dtype, message.info.run_id) == (
        (2, 2),
        "uint8",
        "r",
    )
    assert message.info.started_monotonic_ns > pusher.info.started_monotonic_ns - 1
    _, frame = wire.decode_message(socket.recv_multipart())
    assert (frame.header.sequence, frame.header.lost_before) == (1, 3)
    socket.close(0)
    late.term()


@pytest.mark.parametrize(
    "laid_out",
    [image(0, (8, 12))[::2, ::2], image(0, (6, 4)).T, image().astype(">u2"), image()],
    ids=["strided", "transposed", "big endian", "plain"],
)
def test_any_layout_arrives_and_may_be_overwritten_at_once(
    receiver: Receiver, laid_out: Pixels
) -> None:
    laid_out[:] = np.arange(24).reshape(4, 6) * 1000
    with Pusher(stream(), endpoint=receiver.endpoint) as pusher:
        pusher.send(laid_out)
        laid_out[:] = 0
    (frame,) = frames(receiver.messages())
    np.testing.assert_array_equal(frame.pixels, np.arange(24).reshape(4, 6) * 1000)


@pytest.mark.parametrize(
    "wrong", [image(0, dtype="int32"), np.zeros((2, 2, 2), "uint8"), np.zeros((0, 4), "uint8")]
)
def test_what_is_no_frame_is_refused(wrong: Pixels) -> None:
    with Pusher(endpoint=NOBODY, linger_s=0.0) as pusher, pytest.raises(UsageError, match="uint16"):
        pusher.send(wrong)


def test_impossible_descriptions_are_refused() -> None:
    with pytest.raises(ProtocolError):
        Pusher(stream(shape_yx=(0, 4)), endpoint=NOBODY)
    with pytest.raises(UsageError, match="not both"):
        Pusher(stream(), channels=("GFP",))
    with pytest.raises(UsageError, match="chanels"):
        Pusher(shape_yx=(4, 6), dtype="uint16", chanels=("GFP",))
    with pytest.raises(UsageError, match="no endpoint"):
        Pusher(stream(), endpoint="127.0.0.1:5764")


def test_more_channels_can_be_announced(receiver: Receiver) -> None:
    with Pusher(stream(grows=True), endpoint=receiver.endpoint) as pusher:
        pusher.announce(replace(pusher.info, channels=("a", "b")))
    first, second, _ = [message for message, _ in receiver.messages()]
    assert second.info.started_wall_ns == first.info.started_wall_ns
    assert second.info.channels == ("a", "b")


def test_both_sides_have_the_same_default() -> None:
    assert DEFAULT_ENDPOINT == source_settings.DEFAULT_ENDPOINT


def test_the_client_is_light() -> None:
    program = (
        "import sys, json; from livecare.client import Pusher; import livecare.client as c; "
        f"print(json.dumps([[m for m in {HEAVY} if m in sys.modules], callable(c.Pusher), "
        "c.push.__name__]))"
    )
    there = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert json.loads(there.stdout) == [[], True, "livecare.client.push"]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="no 'pusher'; it has Pusher, "):
        livecare.client.pusher  # noqa: B018


def test_acquisitions_over_one_connection_come_in_order(receiver: Receiver) -> None:
    first = StreamInfo("first", "a test", (3, 4), "uint16")
    with Pusher(first, endpoint=receiver.endpoint, queue_frames=64) as pusher:
        pusher.send(np.ones((3, 4), np.uint16))
        pusher.begin(replace(first, run_id="second", shape_yx=(5, 6)))
        pusher.send(np.ones((5, 6), np.uint16))
        pusher.finish()
        with pytest.raises(UsageError, match="begin"):
            pusher.send(np.ones((5, 6), np.uint16))
        pusher.begin(replace(first, run_id="third"))
    said = []
    for _ in range(8):
        message, frame = receiver.message()
        run_id = message.info.run_id if isinstance(message, StartMessage) else message.run_id
        number = None if frame is None else frame.header.sequence
        said.append((type(message), run_id, number))
        if isinstance(message, EndMessage):
            assert message.ledger.acquired == (run_id != "third")
    assert said == [
        (StartMessage, "first", None),
        (FrameMessage, "first", 0),
        (EndMessage, "first", None),
        (StartMessage, "second", None),
        (FrameMessage, "second", 0),
        (EndMessage, "second", None),
        (StartMessage, "third", None),
        (EndMessage, "third", None),
    ]
