"""Sets of numbers that take next to nothing where none is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.sinks.numbers import _FULL, _PAGE_BYTES, _PAGE_NUMBERS, NumberSet, compact


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


def test_very_many_frames_take_little_memory() -> None:
    numbers = NumberSet()
    for number in range(300_000):
        numbers.add(number)
    assert sum(len(page) for page in numbers._pages.values() if page is not _FULL) <= _PAGE_BYTES
    assert compact(numbers.there()) == "0-299999"
    assert numbers.first_missing() == 300_000


@pytest.mark.parametrize("start", [2**31 - 3, 2**32 - 3, 2**40])
def test_numbers_may_begin_high(start: int) -> None:
    numbers = NumberSet()
    for number in range(start, start + 6):
        assert numbers.add(number)
        assert not numbers.add(number)
    assert (len(numbers), numbers.end, numbers.first_missing()) == (6, start + 6, 0)
    assert start + 5 in numbers
    assert start - 1 not in numbers
    assert compact(numbers.missing_below(start + 8)) == f"0-{start - 1}, {start + 6}-{start + 7}"
    assert len(numbers._pages) <= 2


def test_pages_that_become_full_are_the_same_numbers() -> None:
    numbers = NumberSet()
    for number in reversed(range(3 * _PAGE_NUMBERS)):
        if number != _PAGE_NUMBERS + 5:
            numbers.add(number)
    assert not numbers.add(7)
    assert numbers.first_missing() == _PAGE_NUMBERS + 5
    assert _PAGE_NUMBERS + 5 not in numbers
    assert [len(run) for run in numbers.there()] == [_PAGE_NUMBERS + 5, 2 * _PAGE_NUMBERS - 6]
    assert numbers.add(_PAGE_NUMBERS + 5)
    assert compact(numbers.there()) == f"0-{3 * _PAGE_NUMBERS - 1}"
    assert set(map(id, numbers._pages.values())) == {id(_FULL)}


def test_very_many_ranges_are_not_all_written_out() -> None:
    numbers = NumberSet()
    for number in range(0, 10_000, 2):
        numbers.add(number)
    assert compact(numbers.there()).endswith("38 and 4980 more such ranges")


def test_ranges_are_written_as_people_do() -> None:
    numbers = NumberSet()
    for number in (0, 1, 2, 4, 9):
        numbers.add(number)
    assert compact(numbers.missing_below(12)) == "3, 5-8, 10-11"
