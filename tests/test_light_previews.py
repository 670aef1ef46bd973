"""Light previews: smaller frames for thin networks, and nobody else notices."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import zmq
from publisher_stage import (
    FIRST,
    LEDGER,
    PATIENCE_MS,
    SHAPE,
    START,
    Stage,
    only_first,
    passed_over,
    receive,
    receive_light,
)

from livecare import light_frame
from livecare.frame import Pixels
from livecare.light_frame import KINDS, LightMessage, Refused
from livecare.publisher import light, seats
from livecare.ring import Phase
from livecare.wire import EndMessage, FrameMessage, StartMessage

MakeStage = Callable[..., Stage]


@pytest.fixture
def make_stage(tmp_path: Path) -> Iterator[MakeStage]:
    stages = []

    def make(*arguments: object) -> Stage:
        stages.append(Stage(tmp_path, *arguments))
        return stages[-1]

    yield make
    for each in stages:
        each.close()


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage()


def next_frame(socket: "zmq.Socket[bytes]") -> tuple[str, LightMessage, Pixels]:
    """Return the next frame of a light topic."""
    while True:
        topic, message, pixels = receive_light(socket)
        if pixels is not None:
            assert isinstance(message, LightMessage)
            return topic, message, pixels


def sequences(socket: "zmq.Socket[bytes]", count: int) -> list[tuple[str, int]]:
    """Return lane and sequence number of the next frames."""
    frames = [next_frame(socket) for _ in range(count)]
    return [(topic.split("/")[1], message.header.sequence) for topic, message, _ in frames]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_kind_has_its_topic(stage: Stage, kind: light_frame.Kind) -> None:
    topic = kind.topic("raw").decode()
    socket = stage.subscribe_light(topic)
    stage.publish("raw", FIRST)
    found, message, pixels = next_frame(socket)
    assert (found, message.reduction, message.header.shape_yx) == (topic, kind.reduction, SHAPE)
    assert pixels.shape == light_frame.reduced_shape(SHAPE, kind.reduction)
    assert (pixels == FIRST).all()
    stage.end()
    assert receive_light(socket)[:2] == (topic, EndMessage("run", LEDGER))


@pytest.mark.parametrize("encoding", ["none", "blosc-lz4"])
def test_pixels_of_a_whole_frame_come_as_they_should(make_stage: MakeStage, encoding: str) -> None:
    stage = make_stage((61, 130))
    socket = stage.subscribe_light(f"light/restored/4/{encoding}")
    stage.publish("restored", FIRST)
    _, message, pixels = next_frame(socket)
    assert message.encoding == encoding
    assert message.restoration is not None
    assert pixels.shape == (16, 33)
    assert (pixels == FIRST).all()


@pytest.mark.parametrize("prefix", ["", "l", "light", "light/raw/2/non", "light/raw/1/none"])
def test_only_a_whole_name_starts_a_light_topic(stage: Stage, prefix: str) -> None:
    with stage.context.socket(zmq.SUB) as some:
        some.connect(stage.preview_file.read_text(encoding="utf-8"))
        some.setsockopt(zmq.SUBSCRIBE, prefix.encode())
        plain = stage.subscribe("raw")
        stage.publish("raw", FIRST)
        passed_over(plain, "raw", FIRST)
        stage.publish("raw", FIRST + 1)
        passed_over(plain, "raw", FIRST + 1)
        stage.end()
        passed_over(plain, "raw", None)
        heard = set()
        while some.poll(100):
            heard.add(some.recv_multipart()[0])
        assert heard == ({b"raw", b"restored"} if prefix == "" else set())


def test_who_wants_everything_sees_that_a_light_frame_is_no_plain_one(stage: Stage) -> None:
    """An older client looks at `type`; and of what it does not know, livecare's says so."""
    everything = stage.subscribe("")
    stage.subscribe_light("light/raw/2/none")
    stage.publish("raw", FIRST)
    types = {}
    while "light" not in types.values():
        assert everything.poll(PATIENCE_MS)
        topic, head, *_ = everything.recv_multipart()
        types[topic] = msgspec.msgpack.decode(head)["type"]
    assert types[b"light/raw/2/none"] == "light"


def test_a_frame_is_reduced_once_however_many_want_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    reduced = []

    def counted(pixels: Pixels, reduction: int) -> Pixels:
        reduced.append((int(pixels[0, 0]), reduction))
        return means(pixels, reduction)

    means = light.block_means
    monkeypatch.setattr(light, "block_means", counted)
    sockets = [
        stage.subscribe_light("light/raw/2/none"),
        stage.subscribe_light("light/raw/2/none"),
        stage.subscribe_light("light/raw/2/blosc-lz4"),
        stage.subscribe_light("light/raw/4/none"),
    ]
    stage.publish("raw", FIRST)
    for socket in sockets:
        assert next_frame(socket)[1].header.sequence == FIRST
    assert sorted(reduced) == [(FIRST, 2), (FIRST, 4)]


def test_nothing_is_made_for_those_who_left(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    left, stays = stage.subscribe_light("light/raw/8/none"), stage.subscribe("raw")
    stage.publish("raw", FIRST)
    next_frame(left)
    left.close(linger=0)
    stage.subscribe("restored")  # its greeting comes after the leaving was noticed
    monkeypatch.setattr(light, "block_means", None)  # whoever calls it ends the publisher
    stage.publish("raw", FIRST + 1)
    passed_over(stays, "raw", FIRST + 1)
    stage.publish("raw", FIRST + 2)
    passed_over(stays, "raw", FIRST + 2)


def test_channels_take_turns(stage: Stage) -> None:
    stage.announce(StartMessage(replace(START.info, channels=("a", "b"))))
    socket = stage.subscribe_light("light/raw/2/none")
    seen: dict[int, list[int]] = {0: [], 1: []}
    sequence = FIRST
    while min(map(len, seen.values())) < 3:
        for channel in (0, 1):
            stage.publish("raw", sequence, channel)
            sequence += 1
        while socket.poll(20):
            _, message, pixels = receive_light(socket)
            if isinstance(message, FrameMessage):
                assert pixels is not None
                seen[message.header.position.c].append(int(pixels[0, 0]))
    assert all(each == sorted(set(each)) for each in seen.values())
    assert abs(len(seen[0]) - len(seen[1])) <= 1


def test_what_is_restored_late_is_not_shown(stage: Stage) -> None:
    socket = stage.subscribe_light("light/restored/2/none")
    stage.publish("restored", FIRST + 3)
    assert sequences(socket, 1) == [("restored", FIRST + 3)]
    stage.publish("restored", FIRST + 1)
    stage.subscribe("raw")  # by when it would have been sent
    stage.publish("restored", FIRST + 4)
    assert sequences(socket, 1) == [("restored", FIRST + 4)]
    for lane in ("raw", "restored"):
        stage.rings[lane].set_phase(Phase.DRAIN)
    stage.publish("restored", FIRST + 5)
    stage.end()
    assert receive_light(socket)[1] == EndMessage("run", LEDGER)


def test_a_stream_that_grows_is_announced_before_the_frame(stage: Stage) -> None:
    socket = stage.subscribe_light("light/raw/2/none")
    grown = StartMessage(replace(START.info, channels=("a", "b")))
    stage.announce(grown)
    stage.publish("raw", FIRST, channel=1)
    assert receive_light(socket)[1] == grown
    assert sequences(socket, 1) == [("raw", FIRST)]


def test_whoever_comes_too_late_is_told_and_served_when_there_is_room(stage: Stage) -> None:
    topics = [kind.topic("raw").decode() for kind in KINDS[: seats.MOST_KINDS]]
    early = stage.subscribe_light(*topics)
    late = stage.subscribe_light("light/raw/8/none")
    refusal = receive_light(late)[1]
    assert isinstance(refusal, Refused)
    assert all(str(kind) in refusal.reason for kind in KINDS[: seats.MOST_KINDS])
    lane_too = stage.subscribe_light(topics[0].replace("raw", "restored"))
    stage.publish("restored", FIRST)
    assert sequences(lane_too, 1) == [("restored", FIRST)], "the other lane of a kind has room"
    early.setsockopt(zmq.UNSUBSCRIBE, topics[1].encode())
    stage.subscribe("raw")  # its greeting comes after the leaving was noticed
    stage.publish("raw", FIRST)
    while receive_light(late)[1].header.sequence != FIRST:
        pass


def test_without_the_compressor_frames_come_all_the_same_and_say_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(light_frame, "_find_blosc", lambda: None)
    socket = stage.subscribe_light("light/raw/2/blosc-lz4")
    stage.publish("raw", FIRST)
    _, message, pixels = next_frame(socket)
    assert message.encoding == "none"
    assert (pixels == FIRST).all()


def test_one_who_never_reads_changes_nothing_for_others(make_stage: MakeStage) -> None:
    stage = make_stage((512, 512))
    topic = "light/raw/2/none"
    stopped = stage.subscribe_light(topic, queued=1)
    plain, quick = stage.subscribe("raw"), stage.subscribe_light(topic)
    count = 60  # 8 MB, which is more than the queues of the system hold
    for sequence in range(FIRST, FIRST + count):
        stage.publish("raw", sequence)
        assert only_first(passed_over(plain, "raw", sequence))
        while next_frame(quick)[1].header.sequence < sequence:
            pass
    stage.end()
    assert receive(plain)[1] == EndMessage("run", LEDGER)
    assert receive_light(quick)[1] == EndMessage("run", LEDGER)
    got = 0
    while stopped.poll(100):
        got += isinstance(receive_light(stopped)[1], FrameMessage)
    assert got < count, "its queues were never full: nothing was shown"
