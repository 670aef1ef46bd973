"""Predicted intervals hold what they promise where the prediction is right, and not otherwise."""

import numpy as np
import pytest

from livecare.evaluation.metrics import coverage, coverage_curve
from livecare.evaluation.metrics.coverage import LEVELS

RNG = np.random.default_rng(2)
SPREAD = RNG.uniform(1, 20, (300, 300)).astype(np.float32)
RESTORED = RNG.uniform(0, 100, (300, 300)).astype(np.float32)
TRUTH = RESTORED + RNG.laplace(0, SPREAD)


def test_laplace_errors_of_the_predicted_scale_are_covered() -> None:
    assert coverage(RESTORED, SPREAD, TRUTH) == pytest.approx(0.9, abs=0.005)
    assert coverage_curve(RESTORED, SPREAD, TRUTH) == pytest.approx(LEVELS, abs=0.006)


def test_the_interval_is_ln_10_times_the_scale() -> None:
    spread = np.ones((2, 2))
    inside = np.full((2, 2), np.log(10) - 1e-6)
    assert coverage(np.zeros((2, 2)), spread, inside) == 1
    assert coverage(np.zeros((2, 2)), spread, inside + 2e-6) == 0


def test_a_model_that_is_too_sure_is_found_out() -> None:
    assert coverage(RESTORED, SPREAD / 3, TRUTH) < 0.6
    curve = coverage_curve(RESTORED, SPREAD / 3, TRUTH)
    assert all(found < level for found, level in zip(curve, LEVELS, strict=True))


def test_the_curve_and_the_single_value_agree() -> None:
    curve = coverage_curve(RESTORED, SPREAD * 1.7, TRUTH)
    assert curve[LEVELS.index(0.9)] == pytest.approx(coverage(RESTORED, SPREAD * 1.7, TRUTH))


def test_the_noise_of_the_truth_is_allowed_for() -> None:
    deviation = RNG.uniform(5, 40, TRUTH.shape)
    noisy = TRUTH + RNG.normal(0, deviation)
    assert coverage(RESTORED, SPREAD, noisy) < 0.7
    assert coverage(RESTORED, SPREAD, noisy, truth_noise=deviation) == pytest.approx(0.9, abs=0.03)
