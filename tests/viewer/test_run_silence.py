"""A run that is gone without a word: what becomes of whoever looked at it over a network."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zmq
from publisher_stage import PATIENCE_MS, Stage, only_first, passed_over

from livecare import wire
from livecare.frame import FrameHeader, Position, StreamInfo
from livecare.viewer.feed import silence
from livecare.viewer.feed.elsewhere import RunElsewhere
from livecare.viewer.feed.remote import RemoteFeed
from livecare.viewer.feed.silence import ANSWER_S, QUIET_S, Silence
from livecare.viewer.feed.talk import Talk
from livecare.viewer.feed.where import NEXT_PART_ELSEWHERE_S, Where
from livecare.wire import FrameMessage, StartMessage

SHAPE = (4, 6)


class Server:
    """A publisher that says what a test says, at a port of its own or at another's."""

    def __init__(self, endpoint: str = "tcp://127.0.0.1:*") -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self._socket.bind(endpoint)
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def await_question(self) -> None:
        for _ in ("raw", "restored"):
            assert self._socket.poll(PATIENCE_MS)
            self._socket.recv()

    def start(self, run_id: str) -> None:
        info = StreamInfo(run_id, "test", SHAPE, "uint16")
        self._socket.send_multipart([b"raw", wire.encode(StartMessage(info))])

    def frame(self, run_id: str, sequence: int) -> None:
        header = FrameHeader(sequence, Position(sequence), SHAPE, "uint16", received_ns=1)
        pixels = np.full(SHAPE, sequence, "uint16").tobytes()
        self._socket.send_multipart([b"raw", wire.encode(FrameMessage(run_id, header)), pixels])

    def close(self) -> None:
        self._context.destroy(linger=0)


@pytest.fixture
def server() -> Iterator[Server]:
    with contextlib.closing(Server()) as server:
        yield server


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let seconds be tenths."""
    monkeypatch.setattr(silence, "QUIET_S", QUIET_S / 50)
    monkeypatch.setattr(silence, "ANSWER_S", ANSWER_S / 10)


def until(feed: RemoteFeed, reached: Callable[[], bool]) -> list[int]:
    """Look until something is the case; return the sequence numbers of the frames."""
    numbers = []
    deadline = time.monotonic() + PATIENCE_MS / 1e3
    while not reached():
        assert time.monotonic() < deadline
        feed._previews.wait(time.monotonic() + 0.02)
        numbers += [frame.header.sequence for frame in feed.take()]
    return numbers


def attached(feed: RemoteFeed, server: Server, run_id: str = "run") -> RemoteFeed:
    server.await_question()
    server.start(run_id)
    until(feed, lambda: feed.info is not None and feed.info.run_id == run_id)
    return feed


def test_who_is_asked_and_does_not_answer_is_gone() -> None:
    quiet = Silence(now_s=100.0)
    assert not quiet.is_question_due(100 + QUIET_S)
    assert quiet.is_question_due(101 + QUIET_S)
    assert not quiet.is_question_due(101 + QUIET_S + 0.9 * ANSWER_S)
    assert not quiet.lasting
    assert quiet.is_question_due(102 + 2 * QUIET_S + ANSWER_S)
    assert quiet.lasting
    assert quiet.lasts_s(130.0) == 30
    quiet.is_broken(130.0)
    assert not quiet.lasting
    assert not quiet.is_question_due(130 + QUIET_S)


def test_who_looks_again_after_an_hour_asks_first() -> None:
    quiet = Silence(now_s=100.0)
    assert quiet.is_question_due(3700.0)
    assert not quiet.lasting
    assert not quiet.is_question_due(3700.1)
    assert not quiet.lasting


@pytest.mark.usefixtures("brief")
def test_a_run_that_rests_is_asked_and_goes_on(server: Server) -> None:
    with contextlib.closing(RemoteFeed(server.endpoint)) as feed:
        attached(feed, server)
        feed._previews._asked = 0.0
        until(feed, lambda: feed._silence._first_asked_s is not None)
        server.await_question()
        server.start("run")
        until(feed, lambda: feed._silence._first_asked_s is None)
        assert not feed.ended
        assert feed.trouble is None


@pytest.mark.usefixtures("brief")
def test_a_run_that_was_killed_has_ended_and_the_next_is_followed(server: Server) -> None:
    with contextlib.closing(RemoteFeed(server.endpoint)) as feed:
        attached(feed, server)
        server.close()
        until(feed, lambda: feed.ended)
        assert "has not answered for" in feed.trouble
        with contextlib.closing(Server(server.endpoint)) as successor:
            attached(feed, successor, "next")
            assert not feed.ended
            assert feed.trouble is None
            successor.frame("next", 7)
            numbers: list[int] = []
            while not numbers:
                numbers = [frame.header.sequence for frame in feed.take()]
            assert numbers == [7]


@pytest.mark.usefixtures("brief")
def test_a_run_that_was_out_of_reach_goes_on(server: Server) -> None:
    with contextlib.closing(RemoteFeed(server.endpoint)) as feed:
        attached(feed, server)
        until(feed, lambda: feed.ended)
        server.frame("run", 3)
        assert until(feed, lambda: not feed.ended) == [3]
        assert feed.trouble is None


@pytest.mark.usefixtures("brief")
def test_a_session_without_telemetry_sees_the_end(server: Server) -> None:
    talk = Talk()
    run = RunElsewhere(Where(preview=server.endpoint), talk)
    try:
        attached(run._feed, server)
        run.take(100.0)
        assert run.state == "attached"
        server.close()
        until(run._feed, lambda: run._feed.ended)
        run.take(101.0 + NEXT_PART_ELSEWHERE_S)
        assert run.state == "ended"
        assert "ended without a word" in run.words
    finally:
        run.close()
        talk.close()


@pytest.mark.usefixtures("brief")
def test_the_end_that_nobody_could_say(tmp_path: Path) -> None:
    """The publisher gives up on one whose queue is full."""
    stage = Stage(tmp_path, (512, 512))
    try:
        endpoint = stage.preview_file.read_text(encoding="utf-8")
        with contextlib.closing(RemoteFeed(endpoint)) as feed:
            until(feed, lambda: feed.info is not None)
            quick = stage.subscribe("raw")
            # 150 MB: queues of the system hold a tenth; frames that find them busy go by
            for sequence in range(1000, 1300):
                stage.publish("raw", sequence)
                assert only_first(passed_over(quick, "raw", sequence))
            stage.end()
            until(feed, lambda: feed.ended)
            assert not feed._ended, "it heard the end: nothing was shown"
    finally:
        stage.close()
