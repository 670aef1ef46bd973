"""What is missing between two frames, by their numbers and their times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.sources.gaps import Gap, GapRule

STEP_NS = 10_000_000
Stamp = tuple[int | None, float | None]
"""A frame's number, and its time in frame intervals."""


def watch(frames: list[Stamp], first_index: int | None = None) -> list[Gap]:
    """Give the gap before each frame of (index, time in frame intervals)."""
    rule = GapRule(first_index)
    return [
        rule.observe(index, None if time is None else round(time * STEP_NS))
        for index, time in frames
    ]


@pytest.mark.parametrize(
    ("frames", "last"),
    [
        pytest.param([(0, 0), (1, 1), (2, 2)], Gap(), id="nothing missing"),
        pytest.param([(0, 0), (1, 1), (5, 5)], Gap(3), id="a jump is exact"),
        pytest.param([(0, 0), (1, 1), (5, 2)], Gap(3), id="the number outweighs the interval"),
        pytest.param([(0, 0), (4, None)], Gap(3), id="numbers without times"),
        pytest.param(
            [(0, 0), (1, 1), (2, 2), (0, 12)], Gap(9, estimated=True), id="wrap of an old core"
        ),
        pytest.param(
            [(0, 0), (1, 1), (2, 2), (0, 3)], Gap(0, estimated=True), id="wrap without a gap"
        ),
        pytest.param([(7, 70), (8, 71), (0, 1)], Gap(new_epoch=True), id="both fall"),
        pytest.param([(7, 70), (9, 1)], Gap(new_epoch=True), id="the time alone falls"),
        pytest.param([(7, None), (0, None)], Gap(new_epoch=True), id="a fall without times"),
        pytest.param(
            [(None, 0), (None, 1), (None, 2), (None, 6)], Gap(3, estimated=True), id="no numbers"
        ),
        pytest.param([(None, 0), (None, 1), (None, 2.3)], Gap(), id="jitter is no gap"),
        pytest.param([(None, None), (None, None)], Gap(), id="neither numbers nor times"),
        pytest.param([(5, 0)], Gap(), id="any first frame"),
    ],
)
def test_the_gap_before_the_last_frame(frames: list[Stamp], last: Gap) -> None:
    assert watch(frames)[-1] == last


def test_a_sequence_of_ones_own_begins_at_its_first_number() -> None:
    assert watch([(3, 3)], first_index=0) == [Gap(3)]


def test_intervals_are_learnt_across_jumps_and_forgotten_with_an_epoch() -> None:
    rule = GapRule()
    for index in (0, 2, 4, 6):
        rule.observe(index, index * STEP_NS)
    assert rule.interval_ns == STEP_NS
    rule.observe(0, 0)
    assert rule.interval_ns is None


@given(st.sets(st.integers(0, 300), min_size=1))
def test_numbered_frames_and_their_gaps_add_up(indices: set[int]) -> None:
    gaps = watch([(index, index) for index in sorted(indices)], first_index=0)
    assert len(gaps) + sum(gap.missing for gap in gaps) == max(indices) + 1
    assert not any(gap.estimated for gap in gaps)
