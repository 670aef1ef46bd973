"""Latency histograms are right to a bin and never grow."""

import numpy as np
import pytest

from livecare.metrics import BOUNDS_S, LatencyHistogram, RecentLatency


@pytest.mark.parametrize("percent", [1, 50, 99, 100])
def test_percentiles_are_right_within_two_percent(percent: float) -> None:
    durations_ns = np.random.default_rng(1).lognormal(14, 1.5, 20_000).astype(int)
    histogram = LatencyHistogram()
    for duration in durations_ns:
        histogram.add(int(duration))
    exact_ms = np.percentile(durations_ns, percent, method="inverted_cdf") / 1e6
    assert histogram.percentile_ms(percent) == pytest.approx(exact_ms, rel=0.025)


def test_the_maximum_is_exact() -> None:
    histogram = LatencyHistogram()
    for duration in (1_000_000, 7_654_321, 3_000_000):
        histogram.add(duration)
    assert histogram.summary_ms()["max"] == 7.654


def test_nothing_measured_is_none_not_zero() -> None:
    assert LatencyHistogram().summary_ms() == {"p50": None, "p99": None, "max": None}


def test_impossible_durations_are_kept_in_range() -> None:
    histogram = LatencyHistogram()
    for duration in (-5, 0, 10**15):
        histogram.add(duration)
    assert histogram.summary_ms()["max"] == 10**9


class Clock:
    """Time that passes when it is told to."""

    now_s = 1000.9

    def __call__(self) -> float:
        return self.now_s


def test_recent_durations_are_those_of_the_last_five_seconds() -> None:
    clock = Clock()
    recent = RecentLatency(clock)
    assert recent.percentiles_ms(50, 99) == (None, None)
    for milliseconds in (1, 2, 3, 4, 100, 200, 300):
        recent.add(milliseconds * 1_000_000)
        clock.now_s += 1.0
    p1, p50, p99 = recent.percentiles_ms(1, 50, 99)
    assert p1 == pytest.approx(3.0, rel=0.025), "the first two are forgotten"
    assert p50 == pytest.approx(100.0, rel=0.025)
    assert p99 == pytest.approx(300.0, rel=0.025)
    clock.now_s += 4.0
    assert recent.percentiles_ms(1) == (pytest.approx(300.0, rel=0.025),)
    clock.now_s += 1.0
    assert recent.percentiles_ms(1) == (None,)


def test_a_long_pause_forgets_everything_and_costs_nothing() -> None:
    clock = Clock()
    recent = RecentLatency(clock)
    recent.add(1_000_000)
    clock.now_s += 1e9
    assert recent.percentiles_ms(50) == (None,)
    recent.add(10**15)
    recent.add(-3)
    assert None not in recent.percentiles_ms(1, 100)


def test_durations_are_counted_below_bounds_exactly() -> None:
    durations_ns = np.random.default_rng(2).lognormal(15, 2.5, 5_000).astype(int)
    histogram = LatencyHistogram()
    assert histogram.below().counts == (0,) * (len(BOUNDS_S) + 1)
    for duration in durations_ns:
        histogram.add(int(duration))
    below = histogram.below()
    expected = [int((durations_ns < bound * 1e9).sum()) for bound in BOUNDS_S]
    assert list(below.counts) == [*expected, len(durations_ns)]
    assert below.sum_s == pytest.approx(durations_ns.sum() / 1e9)
    assert [round(bound * 1e6) for bound in BOUNDS_S[:3]] == [128, 256, 512]
