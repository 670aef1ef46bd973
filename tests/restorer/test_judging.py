"""Who is to blame for frames that fail, and what is said of it: with a clock of the test's own."""

from livecare.errors import EngineError, EngineMemoryError, FrameRefusedError
from livecare.link import Degraded, FrameFailed, Report
from livecare.restorer.degrading import EVERY, FALL_AFTER, RISE_AFTER, SPARSE_FALL_AFTER, Trust
from livecare.restorer.judging import LONGEST_WORDS, Judge, shortened

NO = EngineError("the engine does not want")


class Court:
    """A judge, what it says, and a clock that stands still until it is set."""

    def __init__(self) -> None:
        self.said: list[Report] = []
        self.now_s = 0.0
        self.judge = Judge(self.said.append, lambda: self.now_s)
        self.judge.begin_anew("a model")
        self._next = 0

    def fail(self, times: int = 1, error: EngineError = NO) -> None:
        for _ in range(times):
            self.judge.failed(self._next, error)
            self._next += 1

    def work(self, frames: int = 1) -> None:
        self._next += frames
        self.judge.worked(frames)

    @property
    def condemned(self) -> list[int]:
        return [each.sequence for each in self.said if isinstance(each, FrameFailed)]

    @property
    def told(self) -> list[Degraded]:
        return [each for each in self.said if isinstance(each, Degraded)]


def test_a_bad_frame_is_known_by_the_next_good_one() -> None:
    court = Court()
    court.work()
    court.fail(2)
    assert court.said == []
    court.work(3)
    assert court.said == [FrameFailed(1, str(NO)), FrameFailed(2, str(NO))]
    assert court.judge.skipped == 0
    assert court.judge.successes == 4


def test_too_many_in_a_row_acquit_the_frames_and_are_passed_over() -> None:
    court = Court()
    court.fail(FALL_AFTER)
    assert court.condemned == []
    [told] = court.told
    assert told.to == "sparse"
    assert f"only every {EVERY}th frame" in told.words
    assert "'a model'" in told.words
    assert str(NO) in told.words
    assert court.judge.skipped == FALL_AFTER
    court.fail(SPARSE_FALL_AFTER)
    assert [each.to for each in court.told] == ["sparse", "raw"]
    assert "marked as raw" in court.told[-1].words
    assert (court.condemned, court.judge.skipped) == ([], FALL_AFTER + SPARSE_FALL_AFTER)
    court.work()
    court.work(RISE_AFTER)
    assert [each.to for each in court.told] == ["sparse", "raw", "sparse", "full"]
    assert court.told[-1].words == ""
    court.fail()
    court.work()
    assert len(court.condemned) == 1, "all is as it was"


def test_what_is_not_tried_is_counted() -> None:
    court = Court()
    assert all(court.judge.tries() for _ in range(5))
    court.fail(FALL_AFTER)
    skipped = court.judge.skipped
    assert sum(court.judge.tries() for _ in range(EVERY)) == 1
    assert court.judge.skipped == skipped + EVERY - 1
    court.fail(SPARSE_FALL_AFTER)
    assert not court.judge.tries()
    court.now_s = 1.5
    assert court.judge.tries()


def test_a_frame_that_is_none_is_its_own_fault() -> None:
    court = Court()
    court.fail(100, FrameRefusedError("NaN"))
    assert court.condemned == list(range(100))
    assert court.told == []


def test_after_the_acquisition_each_frame_that_fails_has_failed() -> None:
    court = Court()
    court.fail(2)
    court.judge.begin_batch(live=False)
    assert court.condemned == [0, 1]
    court.fail(100)
    assert court.condemned == list(range(102))
    assert court.told == []
    assert court.judge.trust is Trust.FULL


def test_what_was_degraded_is_not_any_more_after_the_acquisition() -> None:
    court = Court()
    court.fail(FALL_AFTER + SPARSE_FALL_AFTER)
    court.judge.begin_batch(live=True)
    assert court.judge.trust is Trust.NONE
    court.judge.begin_batch(live=False)
    assert court.told[-1] == Degraded("full", "")
    assert court.judge.tries()


def test_suspects_at_the_very_end_have_failed() -> None:
    court = Court()
    court.fail(3)
    court.judge.settle()
    assert court.condemned == [0, 1, 2]


def test_something_else_that_serves_begins_without_a_past() -> None:
    court = Court()
    court.fail(FALL_AFTER)
    court.judge.too_large(8, EngineMemoryError("no"))
    court.judge.begin_anew("another")
    assert court.told[-1] == Degraded("full", "")
    assert court.judge.most_at_once is None
    court.fail(3)
    skipped = court.judge.skipped
    court.judge.begin_anew("a third")
    assert court.judge.skipped == skipped + 3, "what served before may have been to blame"
    assert court.condemned == []


def test_batches_that_find_no_memory_are_halved_for_good_and_it_is_said() -> None:
    court = Court()
    court.judge.too_large(8, EngineMemoryError("CUDA: out of memory"))
    assert court.judge.most_at_once == 4
    assert court.told == [Degraded("full", "4 frames at once at most, since 8 found no memory")]
    court.judge.too_large(2, EngineMemoryError("again"))
    assert court.told[-1].words.startswith("one frame at once at most, since 2")
    court.work(1000)
    assert court.judge.most_at_once == 1
    court.fail(FALL_AFTER, EngineMemoryError("a frame does not fit either"))
    assert court.told[-1].to == "sparse"
    assert "a frame does not fit either" in court.told[-1].words
    assert "one frame at once" in court.told[-1].words


def test_words_of_libraries_are_put_on_one_line_and_cut() -> None:
    assert shortened("a\n  b\tc") == "a b c"
    long = shortened("word " * 1000)
    assert len(long) == LONGEST_WORDS
    assert long.endswith("…")
