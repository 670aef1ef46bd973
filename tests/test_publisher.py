"""Previews: the newest frames, for whoever subscribed, until the end is said."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zmq
from publisher_stage import (
    FIRST,
    LEDGER,
    PATIENCE_MS,
    START,
    Stage,
    only_first,
    passed_over,
    receive,
)

from livecare.errors import UsageError
from livecare.publisher import check_endpoint
from livecare.ring import Phase
from livecare.wire import EndMessage, FrameMessage, StartMessage

CUT_OFF_S = 5.0
"""Longest wait, seconds, until a publisher has set its socket up anew."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.close()


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


def test_frames_are_made_for_nobody_who_was_cut_off(stage: Stage) -> None:
    """A key was struck off; its owner's socket is gone, and nobody says that they have left."""
    publisher = stage._publisher
    with stage.context.socket(zmq.SUB) as reader:
        reader.setsockopt(zmq.RECONNECT_IVL, -1)
        reader.connect(stage.preview_file.read_text(encoding="utf-8"))
        for topic in (b"raw", b"light/raw/2/none"):
            reader.setsockopt(zmq.SUBSCRIBE, topic)
            assert reader.poll(PATIENCE_MS)
            reader.recv_multipart()
        assert publisher._workshop.topics
        publisher._gate.revoked.set()
        deadline_s = time.monotonic() + CUT_OFF_S
        while publisher._workshop.topics or not all(each.pause_s() for each in publisher._lanes):
            assert time.monotonic() < deadline_s
            time.sleep(0.01)
    served_again = stage.subscribe("raw")
    stage.publish("raw", FIRST)
    assert only_first(passed_over(served_again, "raw", FIRST))


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
