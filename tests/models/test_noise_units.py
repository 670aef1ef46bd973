"""Camera counts to noise units and back: unit variance, unbiased, finite, fast, and the same."""

import itertools
import time

import numpy as np
import pytest

from livecare.models.anscombe import CameraNoise, expected_photons, expected_transform
from livecare.models.noise_units import NINETY_PERCENT, NoiseUnits

CAMERAS = [
    CameraNoise(gain, offset, read)
    for gain, (offset, read) in itertools.product(
        (0.24, 1.0, 5.3), ((0.0, 0.0), (100.0, 1.6), (487.5, 8.0))
    )
]


def units_of(pixels: np.ndarray, noise: CameraNoise) -> np.ndarray:
    values = np.full(pixels.shape, np.nan, np.float32)
    NoiseUnits(noise).normalise(pixels, values)
    return values


def counts_of(values: np.ndarray, noise: CameraNoise, dtype: str = "float32") -> np.ndarray:
    pixels = np.zeros(values.shape, dtype)
    NoiseUnits(noise).denormalise(values.copy(), pixels)
    return pixels


@pytest.mark.parametrize("noise", CAMERAS)
@pytest.mark.parametrize("photons", [8.0, 60.0, 900.0])
def test_noise_becomes_unit_variance_and_its_mean_comes_back(
    noise: CameraNoise, photons: float
) -> None:
    rng = np.random.default_rng(3)
    electrons = rng.poisson(photons, (400, 500)) + noise.read_noise_e * rng.standard_normal(
        (400, 500)
    )
    raw = (noise.offset_adu + noise.gain_adu_per_e * electrons).astype(np.float32)
    values = units_of(raw, noise)
    assert values.std() == pytest.approx(1.0, abs=0.03)
    mean = np.full((1, 1), values.mean(), np.float32)
    restored = (counts_of(mean, noise) - noise.offset_adu) / noise.gain_adu_per_e
    sampling = float(np.sqrt((photons + noise.read_noise_e**2) / raw.size))
    assert float(restored[0, 0]) == pytest.approx(photons, abs=4 * sampling)


@pytest.mark.parametrize("noise", CAMERAS)
def test_the_way_back_is_the_exact_unbiased_inverse(noise: CameraNoise) -> None:
    values = np.linspace(-3.0, 60.0, 200_001, dtype=np.float32)[np.newaxis]
    photons = (counts_of(values, noise) - noise.offset_adu) / noise.gain_adu_per_e
    exact = expected_photons(values, noise.read_noise_e)
    rounding = 1e-6 * (np.abs(exact) + noise.offset_adu / noise.gain_adu_per_e)
    assert np.max(np.abs(photons - exact) - rounding) < 1e-3


@pytest.mark.parametrize("noise", CAMERAS)
def test_expected_values_come_back_as_the_counts(noise: CameraNoise) -> None:
    photons = np.geomspace(0.01, 2e4, 5000, dtype=np.float32)[np.newaxis]
    values = expected_transform(photons, noise.read_noise_e)
    counts = noise.offset_adu + noise.gain_adu_per_e * photons
    np.testing.assert_allclose(
        counts_of(values, noise), counts, rtol=1e-5, atol=2e-3 * noise.gain_adu_per_e
    )


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (3, 4, 5), (300, 400), (2, 300, 400)])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_pixel_types_and_shapes_agree(shape: tuple[int, ...], dtype: str) -> None:
    noise = CAMERAS[4]
    pixels = np.random.default_rng(1).integers(60, 256, shape).astype(dtype)
    values = units_of(pixels, noise)
    flat = units_of(pixels.reshape(1, -1).astype(np.float32), noise)
    np.testing.assert_array_equal(values.ravel(), flat.ravel())
    again = counts_of(values, noise, dtype)
    assert again.dtype == dtype
    loose = counts_of(values.reshape(1, -1), noise).reshape(shape)
    if dtype != "float32":
        loose = np.clip(np.rint(loose), 0, np.iinfo(dtype).max)
    np.testing.assert_array_equal(again, loose)


def test_integers_are_rounded_and_clipped() -> None:
    noise = CameraNoise(2.0, 100.0, 1.0)
    values = np.array([[-200.0, 0.0, 1e3]], np.float32)
    assert counts_of(values, noise, "uint8").tolist()[0][::2] == [0, 255]
    assert counts_of(values, noise, "uint16")[0, 2] == 65535


@pytest.mark.parametrize("noise", [CameraNoise(0.01), CameraNoise(300.0, -50.0, 5.0)])
def test_hot_and_saturated_pixels_stay_finite(noise: CameraNoise) -> None:
    hot = np.array([[3e38, -3e38, 65535.0, 0.0]], np.float32)
    values = units_of(hot, noise)
    assert np.isfinite(values).all()
    assert (values >= 0).all()
    back = counts_of(values, noise)
    assert np.isfinite(back).all()
    assert back[0, 2] == pytest.approx(65535.0, rel=2e-3)
    wild = np.array([[1e30, -1e30]], np.float32)
    assert np.isfinite(counts_of(wild, noise)).all()


@pytest.mark.parametrize("noise", CAMERAS)
def test_the_spread_is_half_of_what_the_interval_measures(noise: CameraNoise) -> None:
    values = np.linspace(0.5, 80.0, 3001, dtype=np.float32)[np.newaxis]
    scales = np.geomspace(0.05, 0.6, 3001, dtype=np.float32)[np.newaxis]
    spread = np.empty_like(values)
    NoiseUnits(noise).spread(values, scales, spread)
    reach = np.float32(NINETY_PERCENT) * scales
    width = counts_of(values + reach, noise) - counts_of(values - reach, noise)
    floor = 1e-3 * noise.gain_adu_per_e + 1e-6 * noise.offset_adu
    np.testing.assert_allclose(2 * NINETY_PERCENT * spread, width, rtol=1e-3, atol=floor)
    assert (spread > 0).all()


def test_the_record_names_the_camera() -> None:
    units = NoiseUnits(CameraNoise(2.0, 100.0, 1.5))
    assert units.record() == {"gain": 2.0, "offset": 100.0, "read_noise": 1.5, "binning": 1.0}


def test_a_frame_takes_milliseconds() -> None:
    """There and back in 15 ms at 512 × 512: the best of several, since whatever runs adds to it."""
    units = NoiseUnits(CameraNoise(2.0, 100.0, 1.5))
    frame = np.random.default_rng(1).poisson(40.0, (512, 512)).astype(np.uint16)
    values = np.empty(frame.shape, np.float32)
    taken_s = []
    for _ in range(25):
        begun = time.perf_counter()
        units.normalise(frame, values)
        units.denormalise(values, frame)
        taken_s.append(time.perf_counter() - begun)
    assert min(taken_s) < 0.015


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_means_of_four_pixels_come_back_in_their_places(dtype: str) -> None:
    rows, columns = np.indices((33, 40))
    frame = (300 + 4 * rows + 2 * columns).astype(dtype)
    units = NoiseUnits(CameraNoise(2.0, 100.0, 1.5, binning=2))
    values, back = np.empty(frame.shape, np.float32), np.empty_like(frame)
    units.normalise(frame, values)
    units.denormalise(values, back)
    # the transform's mean is not its inverse's argument: 1/4 photon at most
    np.testing.assert_allclose(back[1:-1, 1:-1], frame[1:-1, 1:-1], atol=1.5)
    spread = np.empty_like(values)
    units.spread(values, np.ones_like(values), spread)
    assert np.all(spread > 0)
    assert units.record()["binning"] == 2
