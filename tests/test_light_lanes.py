"""Which light frames go out, and when: decided here with a clock that a test turns."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from publisher_stage import RESTORATION, SHAPE, START

from livecare import disk, light_frame, wire
from livecare.frame import FrameHeader, Position
from livecare.light_frame import KINDS, LEASE_S, Kind
from livecare.publisher import light, seats
from livecare.publisher.light import LightLanes
from livecare.publisher.seats import Seats
from livecare.publisher.start import Start
from livecare.ring import GatingReader, RingWriter
from livecare.wire import FrameMessage

INTERVAL_S = 0.1
RAW, RESTORED = (Kind(2, "none").topic(lane) for lane in ("raw", "restored"))


class Clock:
    """The time, as a module has it."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.worked_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def thread_time(self) -> float:
        return self.worked_s

    def perf_counter_ns(self) -> int:
        return round(1e9 * self.now_s)


class Desk:
    """Light lanes between two rings and a list of what was sent."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.messages: list[list[bytes]] = []
        self.rings, self.gates = {}, {}
        for lane in ("raw", "restored"):
            path = folder / f"{lane}.ring"
            self.rings[lane] = RingWriter.create(path, 8, 2 * SHAPE[0] * SHAPE[1])
            self.gates[lane] = GatingReader(path)
        disk.replace_file(folder / "start", wire.encode(START), durable=False)
        self.lanes = LightLanes(
            folder / "raw.ring", folder / "restored.ring", INTERVAL_S, Start(folder / "start")
        )

    def want(self, *topics: bytes) -> None:
        for topic in topics:
            self.lanes.note_subscription(topic, joined=True)

    def publish(self, lane: str, sequence: int, channel: int = 0) -> None:
        slot = self.rings[lane].claim()
        slot.pixels(SHAPE, "uint16")[:] = sequence
        header = FrameHeader(sequence, Position(sequence, channel), SHAPE, "uint16", received_ns=1)
        restoration = RESTORATION if lane == "restored" else None
        self.rings[lane].publish(slot, FrameMessage("run", header, restoration))
        self.gates[lane].release()

    def send_multipart(self, parts: list[bytes], *, copy: bool = True) -> None:
        del copy
        self.messages.append(parts)

    def sent(self) -> list[tuple[str, int]]:
        """Send what is due now; return lanes and sequence numbers."""
        self.lanes.publish_newest(self)
        while self.lanes.busy:
            self.lanes.publish_newest(self)
        frames = []
        for topic, *parts in self.messages:
            message = light_frame.decode_head(parts)
            if isinstance(message, FrameMessage):
                assert (light_frame.pixels_of(message, parts[1]) == message.header.sequence).all()
                frames.append((topic.decode().split("/")[1], message.header.sequence))
        self.messages = []
        return frames

    def close(self) -> None:
        for lane in self.rings:
            self.rings[lane].close()
            self.gates[lane].close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(light, "time", clock)
    monkeypatch.setattr(seats, "time", clock)
    return clock


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    desk = Desk(tmp_path, clock)
    yield desk
    desk.close()


def test_the_newest_frame_of_each_channel_in_turn(desk: Desk) -> None:
    for sequence, channel in enumerate((0, 1, 0, 2, 1, 1)):
        desk.publish("raw", sequence, channel)
    desk.want(RAW)
    shown = []
    for _ in range(4):
        shown += desk.sent()
        desk.clock.now_s += INTERVAL_S
    assert shown == [("raw", 2), ("raw", 5), ("raw", 3)]
    desk.publish("raw", 6, 1)
    desk.publish("raw", 7, 0)
    desk.publish("raw", 8, 1)
    assert desk.sent() == [("raw", 7)], "which has waited longer"


def test_a_restored_frame_brings_the_raw_one_that_it_was_made_from(desk: Desk) -> None:
    desk.want(RAW, RESTORED)
    for sequence in range(5):
        desk.publish("raw", sequence)
    desk.publish("restored", 2)
    assert desk.sent() == [("raw", 2), ("restored", 2)]
    desk.clock.now_s += INTERVAL_S
    assert desk.sent() == [], "restored frames come, and the next brings its own"
    desk.publish("restored", 3)
    assert desk.sent() == [("raw", 3), ("restored", 3)]
    desk.clock.now_s += 2.1 * INTERVAL_S
    assert desk.sent() == [("raw", 4)], "restored frames come no more"
    desk.clock.now_s += INTERVAL_S
    desk.publish("restored", 4)
    assert desk.sent() == [("restored", 4)], "its raw one was sent"


def test_a_raw_frame_that_was_overwritten_is_done_without(desk: Desk) -> None:
    desk.want(RAW, RESTORED)
    for sequence in range(9):  # the ring holds 8
        desk.publish("raw", sequence)
    desk.publish("restored", 0)
    assert desk.sent() == [("restored", 0)]


def test_a_channel_that_is_not_restored_is_shown_all_the_same(desk: Desk) -> None:
    desk.want(RAW, RESTORED)
    shown = set()
    for sequence in range(0, 8, 2):
        desk.publish("raw", sequence, 0)
        desk.publish("raw", sequence + 1, 1)
        desk.publish("restored", sequence, 0)
        shown.update(desk.sent())
        desk.clock.now_s += INTERVAL_S
        shown.update(desk.sent())
        desk.clock.now_s += INTERVAL_S
    assert {("raw", 1), ("raw", 3), ("raw", 5), ("raw", 7)} <= shown


def test_nothing_is_due_before_its_time(desk: Desk) -> None:
    desk.want(RAW)
    desk.publish("raw", 0)
    assert desk.sent() == [("raw", 0)]
    desk.publish("raw", 1)
    desk.clock.now_s += 0.9 * INTERVAL_S
    assert desk.sent() == []
    assert desk.lanes.pause_s() == pytest.approx(0.1 * INTERVAL_S)
    desk.clock.now_s += 0.2 * INTERVAL_S
    assert desk.sent() == [("raw", 1)]


def test_half_of_the_time_is_for_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*arguments: object) -> object:
        desk.clock.worked_s += 3 * INTERVAL_S
        return means(*arguments)

    means = light.block_means
    monkeypatch.setattr(light, "block_means", slow)
    desk.want(RAW)
    desk.publish("raw", 0)
    desk.sent()
    assert desk.lanes.pause_s() == pytest.approx(6 * INTERVAL_S)


def test_frames_are_made_light_one_at_a_time(desk: Desk) -> None:
    """Whoever asks, and the end, are noticed between them."""
    desk.want(RAW, RESTORED, Kind(4, "none").topic("raw"))
    desk.publish("raw", 0)
    desk.publish("restored", 0)
    for count in (1, 2, 3):
        desk.lanes.publish_newest(desk)
        assert len(desk.messages) == count
        assert desk.lanes.busy == (count < 3)


def test_who_does_not_ask_again_is_forgotten(desk: Desk) -> None:
    desk.want(RAW, RESTORED)
    desk.clock.now_s += 0.9 * LEASE_S
    desk.want(RAW)
    desk.clock.now_s += 0.2 * LEASE_S
    desk.publish("raw", 0)
    desk.publish("restored", 0)
    assert desk.sent() == [("raw", 0)]
    assert desk.lanes.topics == (RAW,)
    desk.clock.now_s += 1.1 * LEASE_S
    desk.publish("raw", 1)
    assert desk.sent() == []
    assert desk.lanes.topics == ()
    desk.want(RESTORED)
    assert desk.sent() == [("restored", 0)], "it is as one that comes anew"


@pytest.mark.usefixtures("clock")
def test_seats_are_for_those_who_came_first() -> None:
    chairs = Seats()
    topics = [kind.topic("raw") for kind in KINDS]
    served = [chairs.ask(topic) for topic in topics]
    assert served == [True] * seats.MOST_KINDS + [False] * (len(KINDS) - seats.MOST_KINDS)
    assert chairs.ask(KINDS[0].topic("restored")), "a kind's other lane needs no seat of its own"
    assert not chairs.ask(KINDS[-1].topic("restored"))
    chairs.leave(topics[0])
    assert not chairs.ask(topics[4]), "its other lane is still wanted"
    chairs.leave(KINDS[0].topic("restored"))
    assert chairs.ask(topics[4])
    assert not chairs.ask(topics[5])
    assert str(KINDS[5]) in chairs.refusal(topics[5])
