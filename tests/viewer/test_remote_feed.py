"""The feed over a network: its frames, and all that can go wrong on the way."""

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from publisher_stage import Stage
from remote_server import MADE, SHAPE, Server, named, until

from livecare import light_frame, wire
from livecare.errors import MissingExtraError, UsageError
from livecare.frame import FrameHeader, Position
from livecare.light_frame import LightMessage
from livecare.viewer.feed import remote
from livecare.viewer.feed.delay import Delay
from livecare.viewer.feed.remote import RemoteFeed
from livecare.viewer.seen import SeenFrame
from livecare.wire import FrameMessage

Opener = Callable[..., RemoteFeed]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def open_feed() -> Iterator[Opener]:
    feeds = []

    def open_one(endpoint: str, **choice: object) -> RemoteFeed:
        feeds.append(RemoteFeed(endpoint, **choice))
        return feeds[-1]

    yield open_one
    for feed in feeds:
        feed.close()
        feed.close()  # twice is as well as once


@pytest.fixture
def feed(server: Server, open_feed: Opener) -> RemoteFeed:
    """Return a feed of plain frames that has heard of the run."""
    feed = open_feed(server.endpoint)
    assert server.await_subscriptions() == {"raw", "restored"}
    server.start()
    until(feed, lambda _: feed.info is not None)
    return feed


def test_nothing_is_waited_for(server: Server, open_feed: Opener) -> None:
    feed = open_feed(server.endpoint)
    assert feed.take() == []
    assert (feed.info, feed.ended, feed.trouble) == (None, False, None)


def test_frames_are_what_was_sent(server: Server, feed: RemoteFeed) -> None:
    server.frame("raw", 3)
    server.frame("restored", 3)
    raw, restored = until(feed, lambda frames: len(frames) == 2)
    assert named([raw, restored]) == [("raw", 3), ("restored", 3)]
    assert (raw.run_id, raw.reduction, raw.restoration) == ("run", 1, None)
    assert restored.restoration == MADE
    assert not raw.pixels.flags.writeable
    assert feed.trouble is None


def test_the_end_and_the_next_run(server: Server, feed: RemoteFeed) -> None:
    server.end("another")
    server.frame("raw", 1)
    until(feed, bool)
    assert not feed.ended
    server.end()
    until(feed, lambda _: feed.ended)
    server.start("run.1")
    server.frame("raw", 0, run_id="run.1")
    assert until(feed, bool)[0].run_id == "run.1"
    assert not feed.ended
    assert feed.info.run_id == "run.1"
    server.end()  # late, of the part before
    server.frame("raw", 1, run_id="run.1")
    until(feed, bool)
    assert not feed.ended


def test_a_frame_of_a_run_that_is_not_known_is_asked_about(
    server: Server, feed: RemoteFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(feed._previews, "ask_for_start", lambda: asked.append(True))
    server.frame("raw", 0, run_id="unheard of")
    server.frame("raw", 1)
    assert named(until(feed, bool)) == [("raw", 1)]
    assert len(asked) == 1
    server.frame("raw", 2, channel=4)
    until(feed, bool)
    assert len(asked) == 2, "the stream has grown, unheard"


def test_what_was_seen_is_not_seen_again(server: Server, feed: RemoteFeed) -> None:
    server.frame("raw", 5)
    until(feed, bool)
    server.frame("raw", 5)
    server.frame("raw", 6)
    assert named(until(feed, bool)) == [("raw", 6)]


BROKEN = [
    pytest.param([b"raw"], id="no part"),
    pytest.param([b"raw", b""], id="an empty part"),
    pytest.param([b"raw", b"\xc1" * 70_000], id="too long"),
    pytest.param([b"raw", b"\x93\x01\x02\x03", b"pixels"], id="no map"),
    pytest.param(
        [
            b"restored",
            wire.encode(FrameMessage("run", FrameHeader(1, Position(0), SHAPE, "uint16", 0))),
            b"short",
        ],
        id="too few pixels",
    ),
    pytest.param(
        [
            b"restored",
            wire.encode(
                LightMessage(
                    "run",
                    FrameHeader(1, Position(0), SHAPE, "uint16", 0),
                    encoding="blosc-lz4",
                )
            ),
            bytes(40),
        ],
        id="a spoilt chunk",
    ),
]


@pytest.mark.parametrize("parts", BROKEN)
def test_a_broken_message_is_counted_and_named(
    server: Server, feed: RemoteFeed, parts: list[bytes]
) -> None:
    server.say(*parts)
    server.frame("raw", 2)
    assert named(until(feed, bool)) == [("raw", 2)]
    assert feed.malformed == 1
    assert feed.trouble.startswith(server.endpoint)
    server.start("next")
    until(feed, lambda _: feed.info.run_id == "next")
    assert feed.trouble is None
    assert feed.malformed == 1


def test_a_message_of_another_topic_is_passed_over(server: Server, feed: RemoteFeed) -> None:
    server.say(b"raw-and-more", b"anything")
    server.frame("raw", 2)
    until(feed, bool)
    assert (feed.malformed, feed.trouble) == (0, None)


def first_pair(stage: Stage, feed: RemoteFeed) -> tuple[SeenFrame, SeenFrame]:
    """Publish frames until a pair has come: a queue that still holds the greetings is full."""
    frames: list[SeenFrame] = []
    for sequence in range(1000):
        stage.publish("raw", sequence)
        stage.publish("restored", sequence)
        feed._previews.wait(time.monotonic() + 0.05)
        frames += feed.take()
        named(frames)  # which checks the pixels
        for raw, restored in itertools.pairwise(frames):
            if restored.restored and raw.header.sequence == restored.header.sequence:
                return raw, restored
    raise TimeoutError


@pytest.mark.parametrize(("reduction", "lz4"), [(1, True), (2, False), (4, True), (8, False)])
def test_light_frames_of_a_real_publisher(
    tmp_path: Path,
    open_feed: Opener,
    reduction: int,
    lz4: bool,  # noqa: FBT001 - pytest gives it by its name
) -> None:
    stage = Stage(tmp_path, (64, 90))
    try:
        feed = open_feed(
            stage.preview_file.read_text(encoding="utf-8"), reduction=reduction, lz4=lz4
        )
        until(feed, lambda _: feed.info is not None)
        raw, restored = first_pair(stage, feed)
        for frame in (raw, restored):
            assert frame.reduction == reduction
            assert frame.header.shape_yx == (64, 90)
            assert frame.pixels.shape == (-(-64 // reduction), -(-90 // reduction))
        assert restored.restored
        stage.end()
        until(feed, lambda _: feed.ended)
    finally:
        stage.close()


def test_a_publisher_that_cannot_compress(
    tmp_path: Path, open_feed: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path)
    try:
        feed = open_feed(stage.preview_file.read_text(encoding="utf-8"), reduction=2, lz4=True)
        monkeypatch.setattr(light_frame, "_find_blosc", lambda: None)
        until(feed, lambda _: feed.info is not None)
        first_pair(stage, feed)
        assert feed.trouble is None
    finally:
        stage.close()


def test_one_who_wants_compressed_frames_and_cannot_read_them_is_told_at_once(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(light_frame, "_find_blosc", lambda: None)
    with pytest.raises(MissingExtraError, match="compressed preview"):
        RemoteFeed(server.endpoint, lz4=True)


@pytest.mark.parametrize(
    ("endpoint", "reduction", "words"),
    [("tcp://127.0.0.1:5765", 3, "reduction of 3"), ("nowhere", 1, "nowhere")],
)
def test_what_cannot_be(endpoint: str, reduction: int, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        RemoteFeed(endpoint, reduction=reduction)


def test_a_refusal_is_passed_on_until_frames_come(server: Server, open_feed: Opener) -> None:
    feed = open_feed(server.endpoint, reduction=2)
    topics = server.await_subscriptions()
    assert topics == {"light/raw/2/none", "light/restored/2/none"}
    server.start(topic="light/raw/2/none")
    server.say(b"light/raw/2/none", light_frame.encode_refusal("four kinds are the most"))
    until(feed, lambda _: feed.trouble is not None)
    assert "four kinds are the most" in feed.trouble
    server.light_frame(1)
    until(feed, bool)
    assert feed.trouble is None


def test_light_topics_are_asked_for_again_in_time(
    server: Server, open_feed: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    light = open_feed(server.endpoint, reduction=2)
    server.await_subscriptions()
    plain = open_feed(server.endpoint)
    server.await_subscriptions()
    monkeypatch.setattr(remote, "RENEW_S", -1.0)
    light._previews._asked = plain._previews._asked = 0.0
    light.take()
    assert server.await_subscriptions() == {"light/raw/2/none", "light/restored/2/none"}
    plain.take()
    light._previews._asked = 0.0
    light.take()
    assert server.await_subscriptions() == {"light/raw/2/none", "light/restored/2/none"}


def test_silence_and_delay_are_called_trouble(
    server: Server, open_feed: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = open_feed(server.endpoint, reduction=2)
    server.await_subscriptions()
    monkeypatch.setattr(remote, "SILENCE_S", -1.0)
    assert "nothing is heard" in feed.trouble
    assert "older version" in feed.trouble
    server.start(topic="light/raw/2/none")
    until(feed, lambda _: feed.info is not None)
    assert feed.trouble is None
    server.light_frame(1, sent_ns=5_000_000_000_000)
    server.light_frame(2, sent_ns=5_000_000_000_000 - 9_000_000_000)
    until(feed, lambda frames: any(each.header.sequence == 2 for each in frames))
    assert "too slow" in feed.trouble


def test_delay_is_of_the_network_and_not_of_the_clocks() -> None:
    delay = Delay()
    hour_ns = 3_600_000_000_000
    for hour in range(4):  # clocks that part by a tenth of a second an hour
        delay.note(7 + hour * hour_ns, 99 + hour * (hour_ns + 100_000_000))
        assert delay.behind_s == 0
    delay.note(4 * hour_ns, 4 * (hour_ns + 100_000_000) + 3_000_000_000)
    assert 2 < delay.behind_s <= 3


def test_a_closed_feed_is_still(server: Server, open_feed: Opener) -> None:
    feed = open_feed(server.endpoint)
    feed.close()
    assert feed.take() == []
