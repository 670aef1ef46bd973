"""Targets are read, and the lowest exposure that meets them is found."""

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from livecare.advisor.areas import BRIGHT, REGION, WHOLE, Region, make_areas
from livecare.advisor.estimate import AreaScores, Estimate, ExposureScores
from livecare.advisor.predicting import Prediction
from livecare.advisor.target import Target, advise
from livecare.errors import UsageError
from livecare.models.anscombe import CameraNoise

EXPOSURES = (1.0, 10.0, 100.0)


def row(exposure: float, psnr: float) -> ExposureScores:
    """PSNR with an interval of 2 dB; NRMSE is a tenth at 30 dB, SSIM 0.9."""
    ratio = 0.1 * 10 ** ((30 - psnr) / 20)
    scores = AreaScores(
        Estimate(psnr, psnr - 2, psnr + 2),
        Estimate(ratio, ratio * 0.8, ratio * 1.25),
        Estimate(psnr * 0.03, psnr * 0.03 - 0.05, psnr * 0.03 + 0.05),
        psnr - 10,
    )
    return ExposureScores(exposure, {WHOLE: scores})


@pytest.fixture
def prediction() -> Prediction:
    """20, 30 and 40 dB at 1, 10 and 100 ms; 50 electrons per pixel in 100 ms, no read noise."""
    reference = SimpleNamespace(
        exposure_ms=100.0,
        picture=np.full((20, 20), 50.0),
        camera=CameraNoise(1.0),
        data_range=50.0,
    )
    rows = tuple(row(each, 20 + 10 * np.log10(each)) for each in EXPOSURES)
    return cast(
        "Prediction",
        SimpleNamespace(rows=rows, reference=reference, areas={WHOLE: np.ones((20, 20), bool)}),
    )


@pytest.mark.parametrize(
    ("text", "likely_ms", "sure_ms"),
    [
        ("psnr=25", 10**0.5, 10**0.7),
        ("PSNR=25dB", 10**0.5, 10**0.7),
        ("nrmse=0.1", 10.0, 10**1.2),
        ("ssim=0.9", 10.0, 10 ** (1 + 0.05 / 0.3)),
        ("psnr=15", 1.0, 1.0),
        # a raw frame of 50 ms: 100 electrons² of error, 10 log10(2500 / 100) = 13.98 dB
        ("as-good-as=50ms", 1.0, 1.0),
        # of 2000 ms: 2.5 electrons², 30 dB
        ("as-good-as=2000ms", 10.0, 10**1.2),
    ],
)
def test_the_lowest_exposure(
    prediction: Prediction, text: str, likely_ms: float, sure_ms: float
) -> None:
    advice = advise(prediction, Target.parse(text), WHOLE)
    assert advice.likely_ms == pytest.approx(likely_ms)
    assert advice.exposure_ms == pytest.approx(sure_ms)
    assert f"{sure_ms:.3g} ms" in advice.sentence


def test_no_exposure_is_named_where_none_surely_meets_the_target(prediction: Prediction) -> None:
    advice = advise(prediction, Target("psnr", 39.0), WHOLE)
    assert advice.exposure_ms is None
    assert "no exposure up to 100 ms surely" in advice.sentence
    assert "79.4 ms may just do" in advice.sentence
    beyond = advise(prediction, Target("psnr", 60.0), WHOLE)
    assert beyond.likely_ms is None
    assert "may" not in beyond.sentence


@pytest.mark.parametrize(
    "text",
    ["", "psnr", "psnr=", "psnr=-3", "psnr=3ms", "nrmse=1.5", "ssim=1", "as-good-as=10", "mse=1",
     "psnr=1e400", "as-good-as=0ms"],
)  # fmt: skip
def test_a_target_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="psnr=32"):
        Target.parse(text)


def test_areas() -> None:
    picture = np.arange(10_000, dtype=np.float32).reshape(100, 100)
    areas = make_areas(picture, Region.parse("10,20,30,40"))
    assert areas[WHOLE].all()
    assert areas[BRIGHT].sum() == 1000
    assert areas[BRIGHT][90:].all()
    assert areas[REGION].sum() == 1200
    assert areas[REGION][10:40, 20:60].all()


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "0,0,8,50", "90,0,20,20", "-1,0,20,20"])
def test_a_region_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--region"):
        make_areas(np.zeros((100, 100), np.float32), Region.parse(text))


def test_estimates_are_frozen() -> None:
    estimate: Any = Estimate(1.0, 0.5, 1.5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        estimate.value = 2.0
