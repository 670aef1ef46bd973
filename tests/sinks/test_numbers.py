from hypothesis import given
from hypothesis import strategies as st

from livecare.sinks.numbers import NumberSet, compact


@given(st.lists(st.integers(0, 300)), st.integers(0, 320))
def test_agrees_with_a_set(numbers: list[int], end: int) -> None:
    found, expected = NumberSet(), set[int]()
    for number in numbers:
        assert found.add(number) == (number not in expected)
        expected.add(number)
    assert len(found) == len(expected)
    assert found.end == max(expected, default=-1) + 1
    assert {number for number in range(400) if number in found} == expected
    listed = {n for hole in found.missing_below(end) for n in range(hole.first, hole.last + 1)}
    assert listed == set(range(end)) - expected
    there = {n for run in found.there() for n in range(run.first, run.last + 1)}
    assert there == expected


def test_a_million_frames_take_little_memory() -> None:
    numbers = NumberSet()
    numbers.add(10**6 - 1)
    assert len(numbers._bits) < 130_000
    assert compact(numbers.missing_below(10**6)) == "0-999998"


def test_ranges_are_written_as_people_do() -> None:
    numbers = NumberSet()
    for number in (0, 1, 2, 4, 9):
        numbers.add(number)
    assert compact(numbers.missing_below(12)) == "3, 5-8, 10-11"
