"""How a camera turns light into numbers."""

import numpy as np
import pytest

from livecare.errors import ConfigError
from livecare.frame import PixelType
from livecare.simulation import Camera
from livecare.simulation.canvas import Field

SIZE = (512, 512)
ROUNDING_VARIANCE = 1 / 12
"""Variance that rounding to whole camera units adds."""


def flat(photons: float) -> Field:
    return np.full(SIZE, photons, np.float32)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("photons", [0.0, 3.0, 40.0, 900.0])
def test_mean_and_variance_follow_the_camera_model(dtype: PixelType, photons: float) -> None:
    camera = Camera(gain_adu_per_e=2.2, offset_adu=100, read_noise_e=1.4, dtype=dtype)
    pixels = camera.expose(flat(photons), rng()).astype(np.float64)
    variance = 2.2**2 * (photons + 1.4**2) + (ROUNDING_VARIANCE if dtype == "uint16" else 0)
    # Five standard errors of 512 x 512 pixels' mean and variance.
    assert pixels.mean() == pytest.approx(100 + 2.2 * photons, abs=5 * np.sqrt(variance) / 512)
    assert pixels.var() == pytest.approx(variance, rel=0.016)


def test_the_photon_transfer_curve_has_the_gain_as_slope_and_the_read_noise_as_intercept() -> None:
    camera = Camera(gain_adu_per_e=1.7, offset_adu=50, read_noise_e=2.5)
    levels = np.array([0, 10, 30, 60, 100])
    frames = [camera.expose(flat(level), rng(level)).astype(np.float64) for level in levels]
    means = [frame.mean() - 50 for frame in frames]
    slope, intercept = np.polyfit(means, [frame.var() for frame in frames], 1)
    assert slope == pytest.approx(1.7, rel=0.02)
    assert intercept == pytest.approx((1.7 * 2.5) ** 2 + ROUNDING_VARIANCE, rel=0.05)


def test_noise_is_white() -> None:
    noise = Camera().expose(flat(20), rng()).astype(np.float64)
    noise -= noise.mean()
    for shift in ((0, 1), (1, 0), (1, 1)):
        correlation = np.mean(noise * np.roll(noise, shift, axis=(0, 1))) / noise.var()
        assert abs(correlation) < 5 / 512


def test_expected_adu_is_the_mean() -> None:
    camera = Camera(gain_adu_per_e=3, offset_adu=10)
    assert camera.expected_adu(flat(7)).dtype == np.float32
    assert camera.expected_adu(flat(7)).max() == 31


@pytest.mark.parametrize(
    ("dtype", "bit_depth", "full"), [("uint8", None, 255), ("uint16", 12, 4095)]
)
def test_integers_saturate_at_the_digitisers_full_scale(
    dtype: PixelType, bit_depth: int | None, full: int
) -> None:
    pixels = Camera(dtype=dtype, bit_depth=bit_depth).expose(flat(1e5), rng())
    assert pixels.dtype == dtype
    assert (pixels == full).all()


def test_float32_neither_rounds_nor_saturates() -> None:
    pixels = Camera(dtype="float32").expose(flat(1e5), rng())
    assert pixels.max() > 2**16
    assert (pixels != np.rint(pixels)).any()


def test_dark_pixels_do_not_wrap_below_zero() -> None:
    pixels = Camera(offset_adu=0, read_noise_e=5).expose(flat(0), rng())
    assert pixels.min() == 0
    assert pixels.max() < 100


def test_hot_pixels_are_few_bright_and_fixed_to_the_sensor() -> None:
    camera = Camera(hot_pixel_fraction=0.001, hot_pixel_e=300, sensor_seed=4)
    places = camera.hot_pixels(SIZE)
    assert places.size == round(0.001 * 512 * 512)
    first, second = (camera.expose(flat(1), rng(seed)).reshape(-1) for seed in (1, 2))
    healthy = np.setdiff1d(np.arange(first.size), places)
    assert first[places].mean() > 100 + 2 * 200
    assert first[healthy].max() < 150
    assert np.corrcoef(first[places], second[places])[0, 1] > 0.95
    other = Camera(hot_pixel_fraction=0.001, sensor_seed=5).hot_pixels(SIZE)
    assert np.intersect1d(places, other).size < 10


def test_a_hot_pixel_saturates_rather_than_wraps() -> None:
    camera = Camera(hot_pixel_fraction=0.001, hot_pixel_e=1e4, bit_depth=8, dtype="uint8")
    pixels = camera.expose(flat(1), rng()).reshape(-1)
    assert np.median(pixels[camera.hot_pixels(SIZE)]) == 255


@pytest.mark.parametrize(
    "wrong",
    [
        {"gain_adu_per_e": 0},
        {"offset_adu": -1},
        {"read_noise_e": -1},
        {"hot_pixel_fraction": 1.5},
        {"dtype": "int32"},
        {"bit_depth": 17},
        {"bit_depth": 12, "dtype": "uint8"},
    ],
)
def test_impossible_cameras_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Camera(**wrong)
