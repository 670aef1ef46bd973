"""The set of sequence numbers behaves like a set, and stays small."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from livecare.recorder.sequences import SequenceSet


@given(st.lists(st.integers(0, 5000)))
def test_it_agrees_with_a_set(numbers: list[int]) -> None:
    sequences, reference = SequenceSet(), set()
    for number in numbers:
        assert sequences.add(number) == (number not in reference)
        reference.add(number)
    assert len(sequences) == len(reference)
    assert all((number in sequences) == (number in reference) for number in range(5001))


def test_a_million_frames_take_an_eighth_of_a_megabyte() -> None:
    sequences = SequenceSet()
    for number in range(1_000_000):
        sequences.add(number)
    assert sys.getsizeof(sequences._bits) < 150_000
