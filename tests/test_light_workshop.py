"""Light frames are made beside the plain ones: whatever they take, a plain one waits for none."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from publisher_stage import FIRST, LEDGER, PATIENCE_MS, Stage, passed_over, receive, receive_light

from livecare.light_frame import TOPICS
from livecare.publisher import light
from livecare.publisher.workshop import Workshop
from livecare.wire import EndMessage, FrameMessage

TOPIC = "light/raw/2/none"


class Bench:
    """Stands for `LightLanes`: makes what a test says, or breaks."""

    topics = ()
    busy = True

    def __init__(self) -> None:
        self.made = 0
        self.noted: list[tuple[bytes, bool]] = []
        self.error: Exception | None = None

    def note_subscription(self, topic: bytes, *, joined: bool) -> list[list[bytes]]:
        self.noted.append((topic, joined))
        return [[topic, b"told"]]

    def publish_newest(self, socket: "zmq.Socket[bytes]") -> None:
        if self.error is not None:
            raise self.error
        self.made += 1
        socket.send_multipart([b"topic", b"%d" % self.made])


class Out:
    """Stands for the subscribers' socket; may take its time."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def send_multipart(self, parts: list[zmq.Frame], *, copy: bool) -> None:
        assert not copy
        self.numbers.append(int(parts[1].bytes))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


@pytest.fixture
def context() -> Iterator["zmq.Context[zmq.Socket[bytes]]"]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield context
    context.destroy(linger=0)


def test_plain_frames_go_out_while_a_light_one_is_made(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    means = light.block_means

    def slow(*arguments: object) -> object:
        begun.set()
        assert go_on.wait(PATIENCE_MS / 1e3)
        return means(*arguments)

    monkeypatch.setattr(light, "block_means", slow)
    thin, plain = stage.subscribe_light(TOPIC), stage.subscribe("raw")
    try:
        assert begun.wait(PATIENCE_MS / 1e3)
        for sequence in range(FIRST, FIRST + 5):
            stage.publish("raw", sequence)
            passed_over(plain, "raw", sequence)
        assert not thin.poll(0)
    finally:
        go_on.set()
    stage.publish("raw", FIRST + 9)
    sequence = -1
    while sequence < FIRST + 9:
        _, message, _ = receive_light(thin)
        sequence = message.header.sequence if isinstance(message, FrameMessage) else sequence
    stage.end()
    passed_over(plain, "raw", None)
    assert receive_light(thin)[:2] == (TOPIC, EndMessage("run", LEDGER))


def test_the_end_waits_for_no_more_than_the_frame_that_is_made(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()
    made = []

    def slow(*_: object) -> object:
        made.append(1)
        begun.set()
        assert ended.wait(PATIENCE_MS / 1e3)
        return means(*_)

    means = light.block_means
    monkeypatch.setattr(light, "block_means", slow)
    stage.subscribe_light("light/raw/2/none", "light/raw/4/none", "light/raw/8/none")
    plain = stage.subscribe("restored")
    stage.publish("raw", FIRST)
    assert begun.wait(PATIENCE_MS / 1e3)
    threading.Timer(0.2, ended.set).start()
    stage.end()
    assert receive(plain)[1] == EndMessage("run", LEDGER)
    assert len(made) == 1


def test_what_is_made_waits_for_whoever_takes_it(
    context: "zmq.Context[zmq.Socket[bytes]]",
) -> None:
    bench, out = Bench(), Out()
    with Workshop(context, (), bench) as workshop:
        while len(out.numbers) < 20:
            assert bench.made <= len(out.numbers) + 4, "it ran ahead"
            assert workshop.socket.poll(PATIENCE_MS)
            workshop.pass_on(out)
    assert out.numbers == list(range(1, len(out.numbers) + 1))


def test_only_what_is_a_light_topic_is_asked_for(
    context: "zmq.Context[zmq.Socket[bytes]]",
) -> None:
    bench, topic = Bench(), next(iter(TOPICS))
    bench.busy, bench.pause_s = False, lambda: 10.0
    bench.publish_newest = lambda _: None
    with Workshop(context, (), bench) as workshop:
        for request in (b"\x01", b"\x01raw", b"\x01light", b"\x01" + topic, b"\x00" + topic):
            workshop.note_subscription(request)
        assert [workshop.socket.recv_multipart() for _ in range(2)] == 2 * [[topic, b"told"]]
    assert [each for each in bench.noted if each[0]] == [(topic, True), (topic, False)]


def test_a_flood_of_questions_waits_for_nobody(
    context: "zmq.Context[zmq.Socket[bytes]]",
) -> None:
    """Nobody takes the answers, so nobody reads the questions: they are lost, and the end comes."""
    bench, topic = Bench(), next(iter(TOPICS))
    with Workshop(context, (), bench) as workshop:
        for _ in range(5000):
            workshop.note_subscription(b"\x01" + topic)
    assert len(bench.noted) < 5000


@pytest.mark.parametrize("error", [OSError("the ring is gone"), ValueError("a mistake")])
def test_a_failure_is_passed_on(
    context: "zmq.Context[zmq.Socket[bytes]]", error: Exception
) -> None:
    bench = Bench()
    bench.error = error
    with Workshop(context, (), bench) as workshop:
        assert workshop.socket.poll(PATIENCE_MS)
        with pytest.raises(type(error), match=str(error)):
            workshop.pass_on(workshop.socket)


def test_a_failure_is_not_forgotten_at_the_end(context: "zmq.Context[zmq.Socket[bytes]]") -> None:
    bench = Bench()
    bench.error = OSError("the ring is gone")
    with pytest.raises(OSError, match="the ring is gone"), contextlib.ExitStack() as stack:
        stack.enter_context(Workshop(context, (), bench))
