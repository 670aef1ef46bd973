"""Classical baselines: each one helps, keeps the light, and says so if it cannot run."""

import importlib
import importlib.util
from collections.abc import Callable

import numpy as np
import pytest
from evaluation_scenes import CAMERA, blobs, expose, truth_of

from livecare.errors import ConfigError, MissingExtraError, UsageError
from livecare.evaluation.baselines import (
    BASELINES,
    Subject,
    find_baselines,
    make_baseline,
)
from livecare.evaluation.baselines.transformed import stabilise, unstabilise
from livecare.evaluation.baselines.widths import smooth_median
from livecare.evaluation.contestants import Classical
from livecare.evaluation.metrics import intensity_ratio, mean_squared_error
from livecare.evaluation.metrics.smoothing import gaussian, gaussian_weights

PHOTONS = blobs(side=64)
TRUTH = truth_of(PHOTONS)
RAW = expose(PHOTONS, 1)
NEEDS = {"nlm": "skimage", "bm3d": "bm3d"}


def psf(sigma_px: float = 1.3) -> np.ndarray:
    return np.outer(gaussian_weights(sigma_px, 6), gaussian_weights(sigma_px, 6)) * 50


@pytest.mark.parametrize("name", ["gaussian", "median", "nlm", "bm3d"])
def test_denoisers_lower_the_error_and_keep_the_light(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    fitted = make_baseline(name).candidates(Subject(RAW, CAMERA, CAMERA))
    before = mean_squared_error(RAW[0], TRUTH)
    best = min(
        (each.restore(RAW[0]) for each in fitted),
        key=lambda image: mean_squared_error(image, TRUTH),
    )
    assert best.dtype == np.float32
    assert mean_squared_error(best, TRUTH) < before / 4
    assert intensity_ratio(best, TRUTH, CAMERA.offset_adu) == pytest.approx(1, abs=0.06)
    assert all(each.setting for each in fitted)


@pytest.mark.parametrize("name", ["richardson-lucy", "wiener"])
def test_deconvolution_sharpens(name: str) -> None:
    sharp = blobs(side=72, peak=3000, seed=8) * 4
    blurred = gaussian(sharp.astype(np.float32), 1.3)
    raw = expose(blurred, 1)
    target = truth_of(sharp)
    fitted = make_baseline(name).candidates(Subject(raw, CAMERA, CAMERA, psf()))
    inner = (slice(8, -8), slice(8, -8))
    errors = [mean_squared_error(each.restore(raw[0])[inner], target[inner]) for each in fitted]
    assert min(errors) < mean_squared_error(raw[0][inner], target[inner]) / 2
    kept = fitted[int(np.argmin(errors))].restore(raw[0])
    assert intensity_ratio(kept, target, CAMERA.offset_adu) == pytest.approx(1, abs=0.02)


def test_deconvolution_needs_a_psf() -> None:
    for wrong in (None, np.zeros((5, 5), np.float32), np.ones((3, 3, 3), np.float32)):
        with pytest.raises(UsageError, match="point spread function"):
            make_baseline("wiener").candidates(Subject(RAW, CAMERA, CAMERA, wrong))


def test_the_median_is_the_median() -> None:
    frame = np.random.default_rng(0).integers(0, 99, (20, 30)).astype(np.uint16)
    assert smooth_median(frame, 3)[5, 7] == np.median(frame[4:7, 6:9])
    assert smooth_median(frame, 5).shape == frame.shape


def test_the_gaussian_is_scipys() -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    frame = RAW[0].astype(np.float32)
    for sigma in (0.5, 1.3, 4.5):
        expected = ndimage.gaussian_filter(frame, sigma, mode="reflect", truncate=4.0)
        assert np.allclose(gaussian(frame, sigma), expected, rtol=1e-4)


def test_the_transform_there_and_back() -> None:
    values = stabilise(expose(np.full((200, 200), 9.0), 1)[0], CAMERA)
    assert values.std() == pytest.approx(1, abs=0.02)
    mean = unstabilise(np.full((1, 1), values.mean(), np.float32), CAMERA)
    assert float(mean[0, 0]) == pytest.approx(118, abs=0.3), "unbiased: 9 photons"


def test_nonlocal_means_is_calibrated_without_the_truth() -> None:
    pytest.importorskip("skimage")
    module = importlib.import_module("livecare.evaluation.baselines.nonlocal_means")
    calibrate, hidden_error = module.calibrate, module.hidden_error
    rng = np.random.default_rng(0)
    flat = rng.normal(20, 1, (64, 64)).astype(np.float32)
    assert calibrate(flat)[0] > module.STRENGTHS[0], "nothing to keep: smooth more"
    blind = hidden_error(flat, lambda seen: np.full_like(seen, 20))
    assert blind == pytest.approx(1, abs=0.15), "what is left is the noise"
    assert hidden_error(flat, lambda seen: seen) > blind, "looking does not help"


def test_names() -> None:
    assert tuple(find_baselines(("all",))) == tuple(BASELINES)
    assert find_baselines(("none",)) == {}
    assert list(find_baselines(("median", "bm3d"))) == ["median", "bm3d"]
    with pytest.raises(ConfigError, match=r"no 'bilateral'.*gaussian"):
        find_baselines(("bilateral",))


def absent(name: str) -> Callable[[str], object]:
    real = importlib.util.find_spec
    return lambda asked: None if asked == name else real(asked)


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livecare.evaluation.baselines.find_spec", absent("bm3d"))
    assert Classical("bm3d").obstacle(psf=False, truth=True) == (
        "not installed",
        "pip install 'livecare[evaluate]'",
    )
    with pytest.raises(MissingExtraError, match=r"livecare\[evaluate\]"):
        make_baseline("bm3d")


def test_what_else_hinders() -> None:
    assert Classical("wiener").obstacle(psf=False, truth=True) is not None
    assert Classical("wiener").obstacle(psf=True, truth=True) is None
    assert Classical("gaussian").obstacle(psf=False, truth=False) is not None
    assert Classical("gaussian").obstacle(psf=False, truth=True) is None
