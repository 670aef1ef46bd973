"""Readings of the guards, counted over the frames of a part."""

import math

from livecare.frame import GuardReading
from livecare.link.tally import GuardTally
from livecare.recorder.guard_counts import GuardCounts, add_tallies


def test_each_guard_is_counted_on_its_own() -> None:
    counts = GuardCounts()
    counts.add({"empty": GuardReading(0.5, 1.0), "saturated": GuardReading(0.3, 0.1)})
    counts.add({"empty": GuardReading(4.0, 1.0)})
    counts.add({"empty": GuardReading(1.0, 1.0)})
    assert counts.tallies == {
        "empty": GuardTally(1.0, 1.0, frames=3, alarms=1, worst=4.0),
        "saturated": GuardTally(0.3, 0.1, frames=1, alarms=1, worst=0.3 / 0.1),
    }


def test_what_is_handed_out_does_not_change_any_more() -> None:
    counts = GuardCounts()
    counts.add({"empty": GuardReading(0.5, 1.0)})
    before = counts.tallies
    counts.add({})
    counts.add({"empty": GuardReading(2.0, 1.0)})
    assert before == {"empty": GuardTally(0.5, 1.0, worst=0.5)}


def test_a_value_that_is_no_number_is_no_measure_of_the_worst() -> None:
    counts = GuardCounts()
    counts.add({"empty": GuardReading(math.inf, 1.0)})
    counts.add({"empty": GuardReading(2.0, 0.0)})
    [tally] = counts.tallies.values()
    assert (tally.alarms, tally.worst) == (2, 0.0)


def test_parts_with_different_guards_add_up() -> None:
    one, other = {"a": GuardTally(1.0, 2.0)}, {"b": GuardTally(3.0, 2.0, alarms=1)}
    assert add_tallies(one, other) == one | other
    assert add_tallies(one, one) == {"a": GuardTally(1.0, 2.0, frames=2)}
