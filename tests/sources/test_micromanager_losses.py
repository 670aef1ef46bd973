"""What a scripted core's numbers and times say of frames that are missing."""

import pytest
from fake_core import FakeCore, FakeMetadata, Stopped
from played import Mode, Played, losses, play

from livecare.frame import Pixels
from livecare.sources.micromanager.tags import FrameTags, read_tags
from livecare.sources.protocol import Arrival


def test_a_jump_of_the_number_is_an_exact_loss() -> None:
    played = play("own", [(0, 10), (1, 20), (5, 60)], frames=6)
    assert losses(played) == [(0, False), (0, False), (3, False)]
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)


def test_frames_lost_before_the_first_are_counted() -> None:
    assert losses(play("own", [(2, 30), (3, 40)], frames=4)) == [(2, False), (0, False)]


WRAP = [(0, 10), (1, 20), (2, 30), (0, 120), (1, 130)]
"""On an old core: its numbers begin again when the buffer was emptied, its time goes on."""


def test_the_wrap_of_an_old_core_is_an_estimated_loss() -> None:
    assert losses(play("own", WRAP, frames=13))[2:] == [(0, False), (8, True), (0, False)]


def test_an_overflow_that_goes_on_is_told_with_what_is_known_of_it() -> None:
    jump = [(0, 10), (1, 20), (5, 60)]
    exact = play("own", jump, frames=6, on_overflow="continue").sequence.why_lost
    assert "buffer of 3 frames overflowed" in exact
    assert ": 3 of its frames are lost" in exact
    guessed = play("own", WRAP, frames=13, on_overflow="continue").sequence.why_lost
    assert "an unknown number, estimated 8, of its frames" in guessed


def test_the_end_is_told_from_a_stop_though_the_loss_is_a_guess() -> None:
    played = play("own", WRAP, frames=15, on_overflow="continue")
    assert len(played.core.requests) == 1
    assert played.sequence.lost_at_end == 2
    assert len(play("own", WRAP, frames=23, on_overflow="continue").core.requests) > 1


def test_what_an_old_core_threw_away_before_the_first_frame_is_told_at_the_end() -> None:
    class Stamped(FakeCore):
        def popNextImageMD(self, metadata: FakeMetadata) -> Pixels:  # noqa: N802
            pixels = super().popNextImageMD(metadata)
            seconds = float(metadata.tags["ElapsedTime-ms"]) / 1000
            metadata.tags["TimeReceivedByCore"] = f"1970-01-02 00:00:{seconds:09.6f}"
            return pixels

    late = [(number, 810 + 10 * number) for number in range(20)]
    played = play("own", late, frames=100, on_overflow="continue", core_kind=Stamped)
    assert len(played.core.requests) == 1
    assert (len(played.arrivals), played.sequence.lost_at_end) == (20, 80)
    assert "an unknown number, estimated 80, of its frames" in played.sequence.why_lost


@pytest.mark.parametrize("mode", ["own", "tap"])
def test_a_sequence_that_began_anew_unseen_is_a_new_epoch(mode: Mode) -> None:
    played = play(mode, [(0, 10), (1, 20), (0, 5), (1, 15)], frames=4)
    assert [a.new_epoch for a in played.arrivals] == [False, False, True, False]
    assert [a.position.t for a in played.arrivals] == [0, 1, 2, 3]
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)


def test_a_camera_clock_that_is_set_back_invents_no_loss() -> None:
    played = play("own", [(0, 10), (1, 20), (2, 5), (5, 35)], frames=6)
    assert losses(played) == [(0, False), (0, False), (0, False), (2, False)]
    assert not any(arrival.new_epoch for arrival in played.arrivals)
    assert (played.sequence.lost_at_end, played.sequence.problem) == (0, None)


def test_frames_that_went_with_an_emptied_buffer_are_a_guess() -> None:
    script = [(0, 10), (1, 20), (2, 30), (3, 40), Stopped(), (0, 8)]
    played = Played("own", script, frames=2)

    def empty(arrival: Arrival) -> None:
        if arrival.position.t == 0:
            while not isinstance(played.core.script[0], Stopped):
                played.core.script.popleft()

    played.read(after=empty)
    assert losses(played) == [(0, False), (3, True)]
    assert played.arrivals[1].new_epoch


@pytest.mark.parametrize(
    ("number", "began_ns", "anew"),
    [
        pytest.param(0, 900, True, id="number falls, and it began after the last frame"),
        pytest.param(0, 3, False, id="number falls, the beginning stays: a wrap"),
        pytest.param(8, 900, False, id="number rises"),
        pytest.param(None, 900, False, id="no number"),
        pytest.param(0, None, False, id="no beginning"),
    ],
)
def test_a_new_sequence_is_told_from_a_wrap(
    number: int | None,
    began_ns: int | None,
    anew: bool,  # noqa: FBT001 a column of the table
) -> None:
    earlier = FrameTags(7, 800, None, 0)
    assert FrameTags(number, 1000, None, began_ns).began_anew_since(earlier) is anew


def test_a_camera_without_numbers_is_counted_by_its_intervals() -> None:
    assert losses(play("own", [(None, t) for t in (10, 20, 30, 70)], frames=7))[-1] == (3, True)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"ImageNumber": "12", "ElapsedTime-ms": "1.5"}, FrameTags(12, 1_500_000)),
        (
            {"ImageNumber": "12", "TimeReceivedByCore": "1970-01-02 00:00:01.000002"},
            FrameTags(12, 86_401_000_002_000),
        ),
        (
            {"ElapsedTime-ms": "1000", "TimeReceivedByCore": "1970-01-02 00:00:01"},
            FrameTags(None, 1_000_000_000, None, 86_400_000_000_000),
        ),
        ({}, FrameTags(None, None)),
        ({"Height": "3", "Width": "5"}, FrameTags(None, None, (3, 5))),
    ],
)
def test_tags_are_read(tags: dict[str, str], expected: FrameTags) -> None:
    assert read_tags(FakeMetadata(tags)) == expected
