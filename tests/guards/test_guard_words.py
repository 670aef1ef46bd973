"""What guards are called, and what they say."""

import json

import pytest
from guard_stage import NOISE, UNITS, Scene

from livecare.frame import GuardReading
from livecare.guards import GUARDS, Expectation, Guards, TrustStatistics
from livecare.guards.thresholds import FILE, thresholds


@pytest.mark.parametrize("name", thresholds())
def test_each_guard_has_a_threshold_that_data_gave_and_words_for_both_cases(name: str) -> None:
    guard, limit = GUARDS[name], thresholds()[name]
    assert guard.name == name
    alarm = guard.sentence(GuardReading(1.5 * limit, limit))
    fine = guard.sentence(GuardReading(0.5 * limit, limit))
    assert alarm != fine
    assert "{" not in alarm + fine
    assert guard.title
    assert guard.unit
    assert guard.cure.endswith(".")


def test_the_value_is_in_the_sentence_with_three_digits() -> None:
    assert "0.123 of the pixels" in GUARDS["saturated"].sentence(GuardReading(0.12345, 0.01))


def test_the_stated_rate_of_false_alarms_is_half_a_per_cent_at_most() -> None:
    for name, entry in json.loads(FILE.read_text(encoding="utf-8"))["guards"].items():
        assert entry["alarms"] <= 0.005, name
        assert entry["clean_frames"] >= 400 or name == "mismatch"


def test_nothing_is_read_that_has_no_words() -> None:
    scene = Scene.draw()
    trust = TrustStatistics(pixel_size_um=(0.1, 0.1))
    guards = Guards(Expectation(camera=NOISE, trust=trust, pixel_size_um=0.1))
    seen = set()
    for seed in range(10):
        seen |= guards.examine(scene.raw(seed), scene.restored(), UNITS).keys()
    assert seen == thresholds().keys() - {"unfamiliar"}  # no statistics were given
