"""When a restorer counts as hung: on a clock of the test's own, in every state it can be in."""

from typing import Any

import pytest

from livecare.link import GettingReady, NormalisationLocked, Progress, Ready, Report
from livecare.recorder import Collection
from livecare.supervisor.stall import LIVE_S, SILENT_S, STALLED_S, StallWatch

QUICK = Ready("onnxruntime", "fp32", 4, 0.01)
LOCKED = NormalisationLocked("fixed", {"low": 1.0, "high": 2.0})
SLOW = Ready("onnxruntime", "fp32", 4, 5.0)


class Ward:
    """A restorer that says what it is told to, and who watches it."""

    def __init__(self) -> None:
        nobody: Any = None
        self.now_s = 1000.0
        self.published = 0
        self.collection = Collection(nobody, nobody, nobody, nobody, lambda: 0)
        self.collection.normalisation = (LOCKED,)
        self.watch = StallWatch(
            self.collection,
            lambda: max(0, self.published - self.collection.restorer.taken),
            lambda: self.now_s,
        )

    def say(self, *reports: Report) -> None:
        for report in reports:
            self.collection._note(report)

    def hangs_after(self, seconds: float, *, under_way: bool = False) -> bool:
        """Look five times a second for so long; tell whether it was found to hang."""
        return self.words_after(seconds, under_way=under_way) != ""

    def words_after(self, seconds: float, *, under_way: bool = False) -> str:
        for _ in range(round(5 * seconds)):
            self.now_s += 0.2
            if words := self.watch.look(under_way=under_way):
                return words
        return ""

    def hangs_at(self, seconds: float, *, under_way: bool = False) -> None:
        """Expect that it is found to hang after so long, and not much earlier."""
        self.watch.look(under_way=under_way)
        assert not self.hangs_after(seconds - 1, under_way=under_way)
        assert self.hangs_after(2, under_way=under_way)


@pytest.fixture
def ward() -> Ward:
    return Ward()


def test_a_quick_engine_has_ten_seconds_while_frames_wait(ward: Ward) -> None:
    ward.say(QUICK, Progress(0, 0))
    ward.published = 37
    ward.watch.look(under_way=False)
    words = ward.words_after(20)
    assert words == "hung: nothing came from it for 10 s while 37 frames waited"


def test_a_paused_camera_is_no_fault_of_the_restorers(ward: Ward) -> None:
    ward.say(QUICK, Progress(50, 3))
    ward.published = 50
    assert not ward.hangs_after(3600)
    ward.published = 51
    ward.hangs_at(LIVE_S)


def test_frames_that_are_held_for_a_lock_do_not_wait(ward: Ward) -> None:
    """A time-lapse takes minutes for the frames that a normalisation is measured from."""
    ward.say(QUICK, Progress(0, 0, held=3))
    ward.published = 3
    assert not ward.hangs_after(600)
    ward.published = 4
    ward.hangs_at(LIVE_S)


def test_until_something_is_locked_it_has_a_minute(ward: Ward) -> None:
    ward.collection.normalisation = ()
    ward.say(QUICK, Progress(0, 0))
    ward.published = 8
    ward.hangs_at(STALLED_S)


def test_a_slow_engine_has_time_for_twenty_batches(ward: Ward) -> None:
    ward.say(SLOW, Progress(0, 0))
    ward.published = 5
    ward.hangs_at(20 * 4 * 5.0)


def test_an_engine_that_was_slow_before_has_four_times_as_long(ward: Ward) -> None:
    """An overloaded machine takes a hundred times longer than was measured."""
    ward.say(QUICK, Progress(0, 0))
    ward.collection.slowest_s = 8.0
    ward.published = 5
    ward.hangs_at(32)


def test_each_sign_of_progress_begins_the_time_anew(ward: Ward) -> None:
    ward.say(QUICK, Progress(0, 0))
    ward.published = 10**6
    for cursor in range(20):
        assert not ward.hangs_after(LIVE_S - 1)
        ward.say(Progress(cursor, 0))
    for sequence in range(20):
        assert not ward.hangs_after(LIVE_S - 1)
        ward.collection.restored.add(sequence)
    ward.watch.look(under_way=False)
    ward.hangs_at(LIVE_S)


def test_one_that_starts_or_builds_is_to_say_that_it_lives(ward: Ward) -> None:
    ward.hangs_at(SILENT_S)
    ward.watch.reset()
    for _ in range(50):  # full TensorRT takes minutes
        ward.say(GettingReady())
        assert not ward.hangs_after(SILENT_S / 2)
    ward.watch.look(under_way=False)
    words = ward.words_after(2 * SILENT_S)
    assert words == "hung: nothing came from it for 120 s while it got ready"


def test_one_that_asks_for_patience_gets_it_until_it_goes_on(ward: Ward) -> None:
    ward.say(QUICK, Progress(0, 0), GettingReady(300.0))
    ward.published = 5
    ward.hangs_at(SILENT_S + 300)
    ward.watch.reset()
    ward.say(Progress(4, 0))
    ward.hangs_at(LIVE_S)


def test_no_patience_is_endless(ward: Ward) -> None:
    ward.say(GettingReady(float("inf")))
    ward.watch.look(under_way=False)
    assert ward.hangs_after(2 * 3600)


def test_work_under_way_is_waited_for_although_no_frame_waits(ward: Ward) -> None:
    ward.say(QUICK, Progress(8, 0))
    ward.published = 8
    ward.hangs_at(STALLED_S, under_way=True)
    ward.watch.reset()
    assert not ward.hangs_after(600)


def test_a_disk_that_holds_the_recorder_up_is_not_the_restorers_fault(ward: Ward) -> None:
    """Nobody hears the restorer meanwhile, and its ring is full."""
    ward.say(QUICK, Progress(0, 0))
    ward.published = 64
    ward.collection.keeping = True
    assert not ward.hangs_after(600)
    ward.collection.keeping = False
    ward.hangs_at(LIVE_S)


def test_where_nobody_collects_any_more_nobody_judges(ward: Ward) -> None:
    ward.say(QUICK, Progress(0, 0))
    ward.published = 64
    ward.collection.over = True
    assert not ward.hangs_after(600)


def test_time_in_which_nobody_looked_does_not_count(ward: Ward) -> None:
    """The machine slept, or all of its processes were stopped."""
    ward.say(QUICK, Progress(0, 0))
    ward.published = 5
    ward.watch.look(under_way=False)
    for _ in range(int(LIVE_S) - 2):
        ward.now_s += 3600
        assert ward.watch.look(under_way=False) == ""
    ward.watch.reset()
    ward.watch.look(under_way=False)
    ward.hangs_at(LIVE_S)


def test_another_restorer_begins_anew(ward: Ward) -> None:
    ward.say(QUICK, Progress(0, 0))
    ward.published = 5
    ward.watch.look(under_way=False)
    assert not ward.hangs_after(LIVE_S - 1)
    ward.watch.reset()
    ward.collection.restorer_gone()
    assert not ward.hangs_after(SILENT_S - 1)
