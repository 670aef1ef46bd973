"""Distances to the truth: known numbers, and the same as scikit-image's."""

import math

import numpy as np
import pytest
from evaluation_scenes import blobs, expose, truth_of

from livecare.errors import UsageError
from livecare.evaluation.metrics import (
    Similarity,
    fit_affine,
    intensity_ratio,
    mean_squared_error,
    nrmse,
    psnr_db,
    range_of,
)


def test_a_known_error_has_a_known_psnr() -> None:
    truth = np.linspace(0, 1000, 10_000).reshape(100, 100)
    noisy = truth + 10 * np.where(np.arange(10_000) % 2, 1, -1).reshape(100, 100)
    error = mean_squared_error(noisy, truth)
    assert error == pytest.approx(100)
    assert psnr_db(error, range_of(truth)) == pytest.approx(20 * math.log10(998 / 10), abs=1e-3)
    assert psnr_db(error, 255) == pytest.approx(20 * math.log10(25.5))
    assert nrmse(error, truth) == pytest.approx(10 / math.sqrt(np.mean(truth**2)))


def test_limits() -> None:
    assert psnr_db(0.0, 1.0) == math.inf
    assert psnr_db(-1e-9, 1.0) == math.inf, "a correction may subtract all of the error"
    assert psnr_db(1.0, 0.0) == -math.inf
    assert nrmse(1.0, np.zeros((4, 4))) == math.inf


def test_integers_do_not_wrap() -> None:
    truth = np.full((20, 20), 10, np.uint8)
    assert mean_squared_error(truth - np.uint8(9), truth + np.uint8(1)) == 100


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(UsageError, match="same field and size"):
        mean_squared_error(np.zeros((4, 4)), np.zeros((4, 5)))


@pytest.mark.parametrize("data_range", [255.0, 61.5])
def test_ssim_is_that_of_scikit_image(data_range: float) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    truth = truth_of(blobs())
    image = expose(blobs(), 1)[0].astype(np.float32)
    expected = metrics.structural_similarity(
        image.astype(np.float64),
        truth.astype(np.float64),
        data_range=data_range,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert Similarity(truth, data_range).of(image) == pytest.approx(expected, abs=2e-5)


def test_ssim_of_the_truth_is_1_and_falls_with_noise() -> None:
    truth = truth_of(blobs())
    similarity = Similarity(truth, range_of(truth))
    found = [
        similarity.of(truth + np.random.default_rng(0).normal(0, noise, truth.shape))
        for noise in (0, 1, 5, 25)
    ]
    assert found[0] == pytest.approx(1)
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.4


def test_ssim_needs_a_window() -> None:
    with pytest.raises(UsageError, match="11 × 11"):
        Similarity(np.zeros((10, 30)), 1.0)


def test_an_affine_map_is_found_and_undone() -> None:
    truth = truth_of(blobs())
    fit = fit_affine(0.25 * truth - 7, onto=truth)
    assert (fit.slope, fit.intercept) == (pytest.approx(4, rel=1e-4), pytest.approx(28, abs=0.02))
    assert np.allclose(fit.apply(0.25 * truth - 7), truth, atol=1e-2)
    flat = fit_affine(np.ones((5, 5)), onto=np.full((5, 5), 3.0))
    assert flat.apply(np.ones((5, 5))) == pytest.approx(3)


def test_regressing_raw_on_truth_is_unbiased() -> None:
    """The slope must not shrink: the noise is on the raw side."""
    photons = blobs(side=256)
    fit = fit_affine(photons, onto=expose(photons, 1)[0])
    assert fit.slope == pytest.approx(2.0, rel=0.01)


def test_intensity_ratio() -> None:
    truth = truth_of(blobs())
    assert intensity_ratio(truth, truth, 100) == pytest.approx(1)
    assert intensity_ratio(100 + 0.9 * (truth - 100), truth, 100) == pytest.approx(0.9, abs=1e-5)
    assert math.isnan(intensity_ratio(truth, np.full_like(truth, 100), 100))
