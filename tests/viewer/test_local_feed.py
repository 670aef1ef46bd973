"""Frames out of a run's rings: which are taken; nothing is raised, whatever becomes of the run."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from ring_stage import INTERVAL_NS, RingStage, raw_of, restored_of

from livecare.ring import Phase, readers
from livecare.viewer.buffer import SAME_INSTANT_NS
from livecare.viewer.feed import lane
from livecare.viewer.feed.local import LocalFeed

Stage = Callable[..., RingStage]


def test_frames_come_once_whole_in_order_and_in_memory_of_their_own(stage: Stage) -> None:
    run = stage()
    feed = LocalFeed(run.folder)
    assert feed.take() == []
    assert feed.info == run.info
    run.raw(0, 1)
    run.restored(0)
    frames = feed.take()
    assert [(each.header.sequence, each.restored) for each in frames] == [
        (0, False),
        (0, True),
        (1, False),
    ]
    run.raw(*range(2, 40))  # the ring comes round; what was taken stays
    for frame in frames:
        assert frame.run_id == "run"
        assert (frame.pixels == frame.header.sequence).all()
        assert not frame.pixels.flags.writeable
    assert 0 not in raw_of(feed.take())
    assert feed.take() == []
    feed.close()
    feed.close()
    assert feed.take() == []


def test_a_viewer_that_comes_late_shows_what_is_there(stage: Stage) -> None:
    run = stage()
    run.raw(*range(10))
    run.restored(*range(8))
    frames = LocalFeed(run.folder).take()
    assert raw_of(frames)[-1] == 9
    assert restored_of(frames)[-1] == 7
    assert 7 in raw_of(frames)


def test_every_frame_is_taken_while_few_wait(stage: Stage) -> None:
    run = stage()
    feed = LocalFeed(run.folder)
    taken = []
    for first in range(0, 40, lane.FEW):
        run.raw(*range(first, first + lane.FEW))
        taken += raw_of(feed.take())
    assert taken == list(range(40))
    assert feed.passed_over == 0


def test_the_newest_is_taken_where_many_wait_and_the_others_are_counted(stage: Stage) -> None:
    run = stage()
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(*range(lane.FEW + 5))
    assert raw_of(feed.take()) == [lane.FEW + 4]
    assert feed.passed_over == lane.FEW + 4
    run.raw(*range(lane.FEW + 5, 60))
    assert raw_of(feed.take()) == [59]
    assert feed.passed_over == 58
    feed.close()
    assert feed.passed_over == 58


def test_large_frames_are_passed_over_rather_than_copied_without_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three frames a look of a page each, where a look may copy one page."""
    monkeypatch.setattr(lane, "COPIED_BYTES", 4096)
    run = stage()
    feed = LocalFeed(run.folder)
    taken = []
    for first in range(0, 60, 3):
        run.raw(first, first + 1, first + 2)
        taken.append(raw_of(feed.take()))
    assert taken[0] == [2]
    assert all(frames[-1] == 3 * look + 2 for look, frames in enumerate(taken)), "the newest always"
    assert sum(map(len, taken)) == 20
    slow = []
    for number in range(60, 80):  # a frame every second look, and now and then a look is late
        slow += raw_of(feed.take())
        run.raw(number)
        slow += raw_of(feed.take()) if number % 4 else []
    assert slow == list(range(60, 80))


def test_of_every_channel_the_newest_is_taken(stage: Stage) -> None:
    """A stack of five planes, two channels in each."""
    run = stage(channels=("a", "b"), size_z=5)
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(*range(10))
    assert raw_of(feed.take()) == list(range(10)), "one time point is few"
    run.raw(*range(10, 41))
    frames = feed.take()
    assert [(each.header.sequence, each.header.position.c) for each in frames] == [(39, 1), (40, 0)]


def test_the_raw_frame_of_a_restored_one_comes_along_unless_it_came(stage: Stage) -> None:
    run = stage()
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(*range(10))
    assert raw_of(feed.take()) == [9]
    run.restored(4)
    frames = feed.take()
    assert (raw_of(frames), restored_of(frames)) == ([4], [4])
    assert (frames[0].pixels == 4).all()
    run.restored(9)
    frames = feed.take()
    assert (raw_of(frames), restored_of(frames)) == ([], [9])


def test_a_pair_is_worth_more_than_a_frame_hardly_newer(stage: Stage) -> None:
    run = stage(slots=64)
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(*range(30))
    run.restored(28)
    frames = feed.take()
    assert (raw_of(frames), restored_of(frames)) == ([28], [28])
    late = 28 + SAME_INSTANT_NS // INTERVAL_NS
    run.raw(*range(30, late + 10))
    run.restored(29)
    frames = feed.take()
    assert (raw_of(frames), restored_of(frames)) == ([29, late + 9], [29])


def test_a_source_that_the_ring_no_longer_holds_is_not_made_up(stage: Stage) -> None:
    run = stage(slots=8)
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(*range(30))
    run.restored(2)
    frames = feed.take()
    assert (raw_of(frames), restored_of(frames)) == ([29], [2])


def test_a_frame_that_is_being_written_is_not_shown(stage: Stage) -> None:
    run = stage(slots=4)
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(0, 1, 2, 3)
    run.write_half()  # over frame 0
    assert raw_of(feed.take()) == [1, 2, 3]
    run.restored(0)
    assert raw_of(feed.take()) == []


def test_what_is_restored_after_the_end_is_not_shown_as_new(stage: Stage) -> None:
    run = stage()
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(*range(12))
    run.restored(10)
    feed.take()
    run.phase(Phase.DRAIN)
    run.restored(11)  # that was waiting still
    assert restored_of(feed.take()) == [11]
    for number in range(5):
        run.raw(number)
        run.restored(number)
        assert feed.take() == []
    assert not feed.ended


def test_the_last_live_frame_is_shown_though_others_are_sent_again(stage: Stage) -> None:
    run = stage()
    feed = LocalFeed(run.folder)
    feed.take()
    run.raw(0, 1, 2)
    run.phase(Phase.DRAIN)
    run.raw(0)
    assert raw_of(feed.take()) == [0, 1, 2]


def test_a_viewer_that_comes_after_the_end_shows_no_old_frame_as_new(stage: Stage) -> None:
    run = stage(slots=8)
    run.raw(*range(30))
    run.phase(Phase.DRAIN)
    feed = LocalFeed(run.folder)
    assert raw_of(feed.take()) == [26, 27, 28, 29]
    run.raw(3, 4)
    run.restored(3, 4)
    assert feed.take() == []


def test_a_stream_that_grows_is_described_anew(stage: Stage) -> None:
    run = stage()
    feed = LocalFeed(run.folder)
    run.raw(0)
    feed.take()
    run.describe(replace(run.info, channels=("c", "d")))
    run.raw(1)
    frames = feed.take()
    assert frames[0].header.position.c == 1
    assert feed.info is not None
    assert feed.info.channels == ("c", "d")


def test_a_frame_is_copied_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame of 2048 × 2048 has 8 MB: a second copy would be felt."""
    run = stage()
    feed = LocalFeed(run.folder)
    feed.take()
    made: list[int] = []
    make = np.empty

    def counted(*arguments: object, **more: object) -> object:
        made.append(1)
        return make(*arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(readers.np, "empty", counted)
    run.raw(*range(20))
    run.restored(*range(15, 20))
    frames = feed.take()
    assert len(made) == len(frames) == 2
