"""Latency histograms are right to a bin and never grow."""

import numpy as np
import pytest

from livecare.metrics import LatencyHistogram


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
