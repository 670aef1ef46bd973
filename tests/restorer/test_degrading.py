"""How far a failing engine is trusted: every sequence of outcomes, and where each leads."""

import itertools
import math
from collections.abc import Iterator

import pytest

from livecare.restorer import degrading
from livecare.restorer.degrading import Degrading, Trust

SMALL = {
    "FALL_AFTER": 3,
    "EVERY": 2,
    "SPARSE_FALL_AFTER": 2,
    "RISE_AFTER": 2,
    "MOST_TO_RISE": 8,
    "FIRST_WAIT_S": 1.0,
    "LONGEST_WAIT_S": 4.0,
    "FORGIVEN_AFTER": 5,
}
"""So small that sequences of a dozen frames go through every state."""
LENGTH = 12


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in SMALL.items():
        monkeypatch.setattr(degrading, name, number)


def fresh() -> Degrading:
    return Degrading(_needed=degrading.RISE_AFTER, _wait_s=degrading.FIRST_WAIT_S)


def outcome(machine: Degrading, now_s: float, *, works: bool) -> None:
    if works:
        machine.worked()
    else:
        machine.failed(now_s)


def sequences() -> Iterator[tuple[bool, ...]]:
    return itertools.product((True, False), repeat=LENGTH)


def expected(outcomes: tuple[bool, ...]) -> list[Trust]:
    """Say the same in other words: by the runs of outcomes since the last change."""
    trust, needed, forgiving, since = Trust.FULL, 2, 0, list[bool]()
    found = []
    for works in outcomes:
        since.append(works)
        before = trust
        run = len(list(itertools.takewhile(lambda each, w=works: each == w, reversed(since))))
        forgiving = run if works and trust is Trust.FULL else 0
        if forgiving >= 5:
            needed = 2
        if trust is Trust.FULL and not works and run >= 3:
            trust = Trust.SPARSE
        elif trust is Trust.SPARSE and not works and run >= 2:
            trust = Trust.NONE
        elif trust is Trust.SPARSE and works and run >= needed:
            trust, needed = Trust.FULL, min(8, 2 * needed)
        elif trust is Trust.NONE and works:
            trust = Trust.SPARSE
        if trust is not before:
            since.clear()
        found.append(trust)
    return found


@pytest.mark.usefixtures("small")
def test_every_sequence_of_outcomes_goes_where_it_should() -> None:
    seen = set()
    for outcomes in sequences():
        machine, found = fresh(), []
        for now_s, works in enumerate(outcomes):
            before = machine.trust
            outcome(machine, now_s, works=works)
            found.append(machine.trust)
            assert {before, machine.trust} != {Trust.FULL, Trust.NONE}, "no step is left out"
            assert works or machine.trust.value >= before.value, "a failure never raises"
            assert not works or machine.trust.value <= before.value, "a success never lowers"
        assert found == expected(outcomes), outcomes
        seen.update(itertools.pairwise(found))
    assert len(seen) == 7, "every state and every change between two of them was met"


@pytest.mark.usefixtures("small")
def test_from_wherever_it_is_it_gets_to_both_ends_and_back() -> None:
    for outcomes in sequences():
        machine = fresh()
        for now_s, works in enumerate(outcomes):
            outcome(machine, now_s, works=works)
        for _ in range(1 + SMALL["MOST_TO_RISE"]):  # type: ignore[operator]
            machine.worked()
        assert machine.trust is Trust.FULL
        for now_s in range(3 + 2):
            machine.failed(now_s)
        assert machine.trust is Trust.NONE


def test_single_bad_frames_change_nothing_however_many_there_are() -> None:
    machine = Degrading()
    for _ in range(1000):
        for _ in range(degrading.FALL_AFTER - 1):
            machine.failed(0.0)
        machine.worked()
        assert machine.trust is Trust.FULL
        assert machine.chooses(0.0)


def test_a_batch_counts_by_its_frames() -> None:
    machine = Degrading(trust=Trust.SPARSE)
    machine.worked(degrading.RISE_AFTER)
    assert machine.trust is Trust.FULL


def test_every_nth_frame_is_tried() -> None:
    machine = Degrading(trust=Trust.SPARSE)
    chosen = [machine.chooses(0.0) for _ in range(10 * degrading.EVERY)]
    assert sum(chosen) == 10
    places = [place for place, each in enumerate(chosen) if each]
    assert {late - early for early, late in itertools.pairwise(places)} == {degrading.EVERY}


def fall_to_none(machine: Degrading, now_s: float) -> None:
    while machine.trust is not Trust.NONE:
        machine.failed(now_s)


def test_where_none_is_tried_one_is_now_and_then_at_growing_waits() -> None:
    machine, now_s = Degrading(), 100.0
    fall_to_none(machine, now_s)
    waits = []
    for _ in range(10):
        begun = now_s
        while not machine.chooses(now_s):
            now_s += 0.25
        waits.append(now_s - begun)
        assert not machine.chooses(now_s), "one at a time"
        machine.failed(now_s)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_a_try_of_which_nothing_becomes_known_is_followed_by_another() -> None:
    """A frame may be held for a lock, or have been overwritten."""
    machine = Degrading()
    fall_to_none(machine, 0.0)
    assert [machine.chooses(s) for s in (0.9, 1.0, 1.1, 2.9, 3.0)] == [
        False,
        True,
        False,
        False,
        True,
    ]


def test_each_relapse_makes_it_slower_to_rise_until_it_is_forgiven() -> None:
    machine, needed = Degrading(), []
    for _ in range(8):
        while machine.trust is Trust.FULL:
            machine.failed(0.0)
        tries = 0
        while machine.trust is Trust.SPARSE:
            machine.worked()
            tries += 1
        needed.append(tries)
    assert needed == [8, 16, 32, 64, 128, 256, 256, 256]
    machine.worked(degrading.FORGIVEN_AFTER - 1)
    machine.failed(0.0)
    machine.worked(degrading.FORGIVEN_AFTER)
    while machine.trust is Trust.FULL:
        machine.failed(0.0)
    machine.worked(degrading.RISE_AFTER)
    assert machine.trust is Trust.FULL


def test_waits_grow_over_relapses_and_are_forgiven_too() -> None:
    machine = Degrading()
    for wait_s in (1.0, 2.0, 4.0):
        fall_to_none(machine, 0.0)
        assert not machine.chooses(math.nextafter(wait_s, 0.0))
        assert machine.chooses(wait_s)
        machine.worked()
        assert machine.trust is Trust.SPARSE
    machine.worked(degrading.MOST_TO_RISE)
    machine.worked(degrading.FORGIVEN_AFTER)
    fall_to_none(machine, 0.0)
    assert machine.chooses(1.0)
