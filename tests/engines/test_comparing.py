"""Restored frames beside those of fp32: the limits of each figure, to the last digit."""

import math
from dataclasses import replace

import numpy as np
import pytest

from livecare.engines.checking import (
    GAIN_DB,
    ROUNDING,
    TOLERANCES,
    Check,
    compare,
)
from livecare.engines.protocol import PRECISIONS, Precision

SAME = Check(0.0, 0.0, 0.0, passed=True)


def as_counts(
    relative: float, change: float = 8.0, side: int = 100
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give what was found, wanted and raw: a difference that is everywhere as large."""
    wanted = np.linspace(100.0, 300.0, side * side).reshape(side, side)
    signs = np.where(np.indices(wanted.shape).sum(0) % 2, 1.0, -1.0)
    return wanted + signs * relative * change, wanted, wanted + signs * change


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_limit_of_the_difference_is_exact(precision: Precision) -> None:
    tolerance = replace(TOLERANCES[precision], psnr_loss_db=1.0)
    for factor, passes in ((0.0, True), (0.999, True), (1.001, False), (100.0, False)):
        relative = factor * tolerance.relative_rms
        found = compare(*as_counts(relative), tolerance, 0.0)
        assert found.relative_rms == pytest.approx(relative, abs=1e-12)
        assert found.passed == passes


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_limit_of_the_loss_is_exact(precision: Precision) -> None:
    tolerance = replace(TOLERANCES[precision], relative_rms=1.0)
    share = math.sqrt((10 ** (tolerance.psnr_loss_db / 10) - 1) / 10 ** (GAIN_DB / 10))
    for factor, passes in ((0.999, True), (1.001, False)):
        found = compare(*as_counts(factor * share), tolerance, 0.0)
        assert found.psnr_loss_db == pytest.approx(tolerance.psnr_loss_db, rel=0.01)
        assert found.passed == passes


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_limit_of_a_single_pixel_is_exact(precision: Precision) -> None:
    tolerance = replace(TOLERANCES[precision], relative_rms=1.0, psnr_loss_db=10.0)
    _, wanted, raw = as_counts(0.0)
    low, high = np.percentile(wanted, (0.1, 99.9))
    for factor, passes in ((0.999, True), (1.001, False)):
        found = wanted.copy()
        found[3, 4] -= factor * tolerance.largest * (high - low)
        compared = compare(found, wanted, raw, tolerance, 0.0)
        assert compared.largest == pytest.approx(factor * tolerance.largest)
        assert compared.passed == passes


def test_less_precision_has_more_room() -> None:
    assert set(TOLERANCES) == set(PRECISIONS)
    for less, more in (("fp32", "fp16"), ("fp16", "bf16"), ("fp16", "int8")):
        for figure in ("relative_rms", "psnr_loss_db", "largest"):
            assert getattr(TOLERANCES[less], figure) < getattr(TOLERANCES[more], figure)


def test_rounding_is_no_difference_and_what_goes_beyond_is() -> None:
    _, wanted, raw = as_counts(0.0)
    assert compare(np.rint(wanted), wanted, raw, TOLERANCES["fp32"], ROUNDING).relative_rms == 0.0
    beyond = compare(np.rint(wanted) + 1.0, wanted, raw, TOLERANCES["int8"], ROUNDING)
    assert beyond.relative_rms > 0.05
    assert not beyond.passed


def test_a_network_that_changes_nothing_must_change_nothing() -> None:
    raw = np.full((20, 20), 7.0)
    assert compare(raw, raw, raw, TOLERANCES["fp32"], 0.0) == SAME
    assert not compare(raw + 1e-6, raw, raw, TOLERANCES["int8"], 0.0).passed


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_a_pixel_of_nonsense_is_refused(value: float) -> None:
    found, wanted, raw = as_counts(0.0)
    found[5, 5] = value
    assert not compare(found, wanted, raw, TOLERANCES["int8"], 0.0).passed
    assert not compare(found, raw, raw, TOLERANCES["int8"], ROUNDING).passed


def test_the_figures_are_in_the_words() -> None:
    words = Check(0.01234, 0.0456, 0.078, passed=False).words
    assert "0.012 of what the network changes" in words
    assert "0.046 dB" in words
    assert "0.078 of the range" in words
