"""Subscribers: the newest frame or every one, with what is missing counted, run after run."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from preview_stage import BRIEFLY_S, PreviewStage

from livecare.client.previews import QUEUED_FRAMES
from livecare.client.subscribe import subscribe
from livecare.client.subscription import PAIRING_FRAMES, Subscription
from livecare.errors import ProtocolError, UsageError

PATIENCE_S = 20.0


@pytest.fixture
def stage() -> Iterator[PreviewStage]:
    stage = PreviewStage()
    yield stage
    stage.close()


@pytest.fixture
def every(stage: PreviewStage) -> Iterator[Subscription]:
    """A greeted subscription to each restored frame."""
    with subscribe(stage.endpoint, newest=False, timeout_s=PATIENCE_S) as subscription:
        stage.await_subscriptions()
        stage.start()
        yield subscription


def numbers(frames: Iterator[object], count: int) -> list[int]:
    return [frame.header.sequence for frame in itertools.islice(frames, count)]


def test_each_frame_comes_with_its_run_and_its_gap(
    stage: PreviewStage, every: Subscription
) -> None:
    for sequence in (5, 6, 9):
        stage.frame(sequence)
    frames = list(itertools.islice(every, 3))
    assert [(f.header.sequence, f.missed) for f in frames] == [(5, 0), (6, 0), (9, 2)]
    assert [int(f.pixels[0, 0]) for f in frames] == [5, 6, 9]
    assert {f.topic for f in frames} == {"restored"}
    assert frames[0].info == every.info
    assert every.missed == 2


def test_pixels_are_read_only(stage: PreviewStage, every: Subscription) -> None:
    stage.frame(1)
    pixels = next(every).pixels
    assert (pixels.shape, pixels.dtype) == ((4, 6), np.uint16)
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 0
    copy = pixels.copy()
    copy[0, 0] = 0


def test_the_newest_is_handed_out_and_the_older_are_counted(stage: PreviewStage) -> None:
    with subscribe(stage.endpoint, timeout_s=PATIENCE_S) as newest:
        stage.await_subscriptions()
        stage.start()
        stage.frame(0)
        assert next(newest).header.sequence == 0
        last = QUEUED_FRAMES // 2
        with subscribe(stage.endpoint, newest=False, timeout_s=PATIENCE_S) as witness:
            stage.await_subscriptions()
            stage.start()
            for sequence in range(1, last + 1):
                stage.frame(sequence)
            assert numbers(witness, last) == list(range(1, last + 1))
        frame = next(newest)
        while frame.header.sequence < last:  # the witness had them; these may be on the way yet
            frame = next(newest)
        assert newest.missed >= last - 3
        newest._timeout_s = BRIEFLY_S
        with pytest.raises(TimeoutError):
            next(newest)


def test_one_that_joins_late_begins_where_it_joined(stage: PreviewStage) -> None:
    with subscribe(stage.endpoint, newest=False, timeout_s=PATIENCE_S) as late:
        stage.await_subscriptions()
        stage.start()
        stage.frame(1_000)
        frame = next(late)
    assert (frame.header.sequence, frame.missed, late.missed) == (1_000, 0, 0)


def test_a_frame_before_the_start_is_not_shown_and_the_start_is_asked_for(
    stage: PreviewStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start can be pushed out of a full queue: it is asked for again."""
    monkeypatch.setattr("livecare.client.previews.ASK_AGAIN_S", 0.0)
    with subscribe(stage.endpoint, newest=False, timeout_s=BRIEFLY_S) as subscription:
        stage.await_subscriptions()
        stage.frame(1)
        with pytest.raises(TimeoutError, match="no run is seen there"):
            next(subscription)
        assert stage.await_subscriptions() == {"restored"}, "asked again"
        stage.start()
        stage.frame(2)
        frame = next(subscription)
    assert (frame.header.sequence, frame.missed) == (2, 0)


def test_a_timeout_says_what_is_there_and_can_be_asked_again(
    stage: PreviewStage, every: Subscription
) -> None:
    stage.frame(1)
    next(every)
    every._timeout_s = BRIEFLY_S
    with pytest.raises(TimeoutError, match="run run has not ended"):
        next(every)
    stage.end()
    with pytest.raises(TimeoutError, match="run run has ended"):
        next(every)
    assert every.ended
    stage.start("another")
    stage.frame(3, "another")
    every._timeout_s = PATIENCE_S
    assert next(every).info.run_id == "another"


def test_it_ends_with_the_run_if_asked_to(stage: PreviewStage) -> None:
    with subscribe(
        stage.endpoint, newest=False, timeout_s=PATIENCE_S, until_end=True
    ) as subscription:
        stage.await_subscriptions()
        stage.start()
        for sequence in range(3):
            stage.frame(sequence)
        stage.end(acquired=3)
        assert [frame.header.sequence for frame in subscription] == [0, 1, 2]
        assert subscription.ended
        assert subscription.ledger is not None
        assert subscription.ledger.acquired == 3


def test_the_newest_frame_is_not_lost_to_the_end_behind_it(stage: PreviewStage) -> None:
    with subscribe(stage.endpoint, timeout_s=PATIENCE_S, until_end=True) as subscription:
        stage.await_subscriptions()
        stage.start()
        stage.frame(7)
        stage.end()
        assert [frame.header.sequence for frame in subscription] == [7]


def test_another_run_ends_one_whose_end_was_lost(stage: PreviewStage) -> None:
    with subscribe(
        stage.endpoint, newest=False, timeout_s=PATIENCE_S, until_end=True
    ) as subscription:
        stage.await_subscriptions()
        stage.start("first")
        stage.frame(0, "first")
        stage.start("second")
        stage.frame(0, "second")
        assert [frame.info.run_id for frame in subscription] == ["first"]
        assert not subscription.ended


def test_a_daemon_that_is_started_again_is_followed(
    stage: PreviewStage, every: Subscription
) -> None:
    stage.frame(5)
    assert next(every).info.run_id == "run"

    def serve_another() -> None:
        stage.start("another")
        stage.frame(2, "another")

    serving = stage.start_again(serve_another)
    frame = next(every)
    serving.result()
    assert (frame.info.run_id, frame.header.sequence, frame.missed) == ("another", 2, 0)
    assert every.info == frame.info


def test_a_publisher_that_is_restarted_repeats_nothing(
    stage: PreviewStage, every: Subscription
) -> None:
    stage.frame(5)
    next(every)

    def serve_the_same() -> None:
        stage.start()
        stage.frame(5)
        stage.frame(6)

    serving = stage.start_again(serve_the_same)
    frame = next(every)
    serving.result()
    assert (frame.header.sequence, frame.missed) == (6, 0)


def test_a_run_that_grows_is_described_anew(stage: PreviewStage, every: Subscription) -> None:
    stage.frame(1)
    assert next(every).info.channels == ("c",)
    stage.start(channels=("c", "d"))
    stage.frame(2)
    frame = next(every)
    assert (frame.info.channels, frame.missed) == (("c", "d"), 0)


def test_what_is_none_of_ours_is_an_error_and_not_the_end(
    stage: PreviewStage, every: Subscription
) -> None:
    stage.say(b"restored", b"\x81\xa1a\x01")
    stage.frame(4)
    with pytest.raises(ProtocolError):
        next(every)
    assert next(every).header.sequence == 4


def test_raw_and_restored_meet_by_sequence(stage: PreviewStage) -> None:
    both = "raw", "restored"
    with subscribe(
        stage.endpoint, "both", newest=False, timeout_s=PATIENCE_S, until_end=True
    ) as subscription:
        assert stage.await_subscriptions(2) == set(both)
        stage.start("run", *both)
        for sequence in (0, 1, 2):
            stage.frame(sequence, topic="raw")
        stage.frame(2, topic="restored")
        stage.frame(3, topic="restored")
        stage.frame(3, topic="raw")
        stage.end("run", *both)
        pairs = list(subscription.pairs())
    assert [(p.raw.header.sequence, p.raw.topic, p.restored.topic) for p in pairs] == [
        (2, *both),
        (3, *both),
    ]
    assert all(p.raw.header.sequence == p.restored.header.sequence for p in pairs)


def test_the_newest_pair_passes_older_ones_over(stage: PreviewStage) -> None:
    both = "raw", "restored"
    with subscribe(stage.endpoint, "both", timeout_s=PATIENCE_S, until_end=True) as subscription:
        stage.await_subscriptions(2)
        stage.start("run", *both)
        for sequence in range(4):
            for topic in both:
                stage.frame(sequence, topic=topic)
        stage.end("run", *both)
        pairs = list(subscription.pairs())
        assert pairs[-1].raw.header.sequence == 3
        assert len(pairs) + subscription.missed // 2 + pairs[0].raw.header.sequence == 4


def test_frames_without_a_partner_are_given_up_in_the_end(stage: PreviewStage) -> None:
    both = "raw", "restored"
    with subscribe(
        stage.endpoint, "both", newest=False, timeout_s=PATIENCE_S, until_end=True
    ) as subscription:
        stage.await_subscriptions(2)
        stage.start("run", *both)
        pairs = subscription.pairs()
        for first in range(0, 2 * PAIRING_FRAMES, QUEUED_FRAMES // 2):
            last = first + QUEUED_FRAMES // 2 - 1
            for sequence in range(first, last + 1):
                stage.frame(sequence, topic="raw")
            stage.frame(last, topic="restored")
            assert next(pairs).raw.header.sequence == last  # and so the queue never overflows
        waiting = PAIRING_FRAMES - 1  # the last that met left its place
        assert subscription.unpaired == 2 * PAIRING_FRAMES - 4 - waiting


def test_pairs_need_both_topics(every: Subscription) -> None:
    with pytest.raises(UsageError, match="both topics"):
        next(every.pairs())


def test_wrong_words_are_explained() -> None:
    with pytest.raises(UsageError, match="choose one of raw, restored, both"):
        subscribe("tcp://127.0.0.1:5", "rwa")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="cannot subscribe"):
        subscribe("not an endpoint")


def test_it_may_be_closed_twice(stage: PreviewStage) -> None:
    subscription = subscribe(stage.endpoint)
    subscription.close()
    subscription.close()
