from pathlib import Path

import numpy as np
import pytest
import tifffile

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_estimate import estimate_noise
from livecare.simulation import Camera, random_field

CAMERA = Camera(gain_adu_per_e=2.2, offset_adu=100.0, read_noise_e=1.6)


def variance_at(noise: CameraNoise, photons: float, camera: Camera = CAMERA) -> float:
    """The noise variance that an estimate expects where the camera sees so many photons, ADU²."""
    counts = camera.offset_adu + camera.gain_adu_per_e * photons
    electrons = (counts - noise.offset_adu) / noise.gain_adu_per_e
    return noise.gain_adu_per_e**2 * (electrons + noise.read_noise_e**2)


def true_variance(photons: float, camera: Camera = CAMERA) -> float:
    return camera.gain_adu_per_e**2 * (photons + camera.read_noise_e**2)


def field(seed: int, peak: float) -> Pixels:
    light = random_field((256, 256), np.random.default_rng(seed))
    return (light / np.percentile(light, 99.9) * peak + 1).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("frames", [1, 2, 8])
def test_finds_the_noise_of_a_simulated_camera(seed: int, frames: int) -> None:
    photons, rng = field(seed, 40.0), np.random.default_rng(seed + 100)
    estimate = estimate_noise([CAMERA.expose(photons, rng) for _ in range(frames)])
    for quantile in (0.1, 0.5, 0.95):
        level = float(np.quantile(photons, quantile))
        found = variance_at(estimate.noise, level)
        assert found == pytest.approx(true_variance(level), rel=0.25 if frames == 1 else 0.12)
    assert estimate.method == ("single frame" if frames == 1 else "successive frames")


def test_gain_of_photon_counts_is_one(recorded_data: Path) -> None:
    frames = tifffile.imread(recorded_data / "nandb_fkbp" / "well2_cell2_before.tif")
    noise = estimate_noise(frames[:8]).noise
    assert noise.gain_adu_per_e == pytest.approx(1.0, abs=0.05)
    assert noise.offset_adu == pytest.approx(0.0, abs=0.3)


def test_gain_of_a_recorded_calcium_movie(recorded_data: Path) -> None:
    frames = tifffile.imread(recorded_data / "timelapse" / "fura2_pc12_340.tif")
    noise = estimate_noise(frames[:8]).noise
    assert noise.gain_adu_per_e == pytest.approx(8.4, rel=0.15)


@pytest.mark.parametrize("frames", [1, 4])
def test_white_noise_counts_as_independent(frames: int) -> None:
    for seed in range(6):
        photons, rng = field(seed, 20.0), np.random.default_rng(seed)
        estimate = estimate_noise([CAMERA.expose(photons, rng) for _ in range(frames)])
        assert estimate.pixelwise_independent, estimate


@pytest.mark.parametrize("frames", [1, 4])
def test_blurred_noise_is_found_correlated(frames: int) -> None:
    photons, rng = field(1, 20.0), np.random.default_rng(1)
    noisy = np.stack([CAMERA.expose(photons, rng) for _ in range(frames)]).astype(np.float32)
    blurred = (noisy + np.roll(noisy, 1, axis=2)) / 2
    estimate = estimate_noise(blurred)
    assert estimate.correlated
    assert estimate.correlation_yx[1] > 0.3 > estimate.correlation_yx[0]


@pytest.mark.parametrize("frames", [1, 4])
@pytest.mark.parametrize("axis", [0, 1])
def test_noise_of_whole_rows_or_columns_is_found(frames: int, axis: int) -> None:
    photons, rng = field(2, 20.0), np.random.default_rng(2)
    shape = (1, 256, 1) if axis == 0 else (1, 1, 256)
    noisy = [CAMERA.expose(photons, rng) + 6 * rng.standard_normal(shape)[0] for _ in range(frames)]
    assert estimate_noise(noisy).striped


def test_recorded_frames_that_were_interpolated_are_found_correlated(recorded_data: Path) -> None:
    frames = tifffile.imread(recorded_data / "sim_lowlight" / "LE_raw15_plus_mean.tif")
    assert estimate_noise(frames[:4]).correlated
    assert estimate_noise(frames[:1]).correlated


def test_noise_of_one_strength_everywhere_is_all_read_noise() -> None:
    rng = np.random.default_rng(3)
    level = np.linspace(100, 600, 256, dtype=np.float32)[None, :] * np.ones((256, 1), np.float32)
    frames = [level + 20 * rng.standard_normal(level.shape) for _ in range(8)]
    noise = estimate_noise(frames).noise
    for counts in (150.0, 350.0, 550.0):
        electrons = (counts - noise.offset_adu) / noise.gain_adu_per_e
        deviation = noise.gain_adu_per_e * np.sqrt(electrons + noise.read_noise_e**2)
        assert deviation == pytest.approx(20.0, rel=0.1)


@pytest.mark.parametrize("frames", [[], [np.ones((16, 16), np.uint16)]])
def test_too_little_to_estimate_from_is_said(frames: list[Pixels]) -> None:
    with pytest.raises(ConfigError, match="give gain, offset and read noise"):
        estimate_noise(frames)


def test_frames_without_noise_are_refused() -> None:
    with pytest.raises(ConfigError, match="no noise"):
        estimate_noise([np.full((64, 64), 7, np.uint16)] * 2)


@pytest.mark.parametrize("frames", [1, 4])
def test_noise_that_neighbours_share_is_best_seen_in_means_of_four(frames: int) -> None:
    photons, rng = field(1, 20.0), np.random.default_rng(1)
    noisy = np.stack([CAMERA.expose(photons, rng) for _ in range(frames)]).astype(np.float32)
    shared = (noisy + np.roll(noisy, 1, axis=2)) / 2
    shared = (shared + np.roll(shared, 1, axis=1)) / 2
    estimate = estimate_noise(shared)
    assert estimate.coarse_noise is not None
    assert estimate.best_noise.binning == 2
    independent = estimate_noise(noisy)
    assert independent.coarse_noise is None
    assert independent.best_noise == independent.noise


def test_a_moving_specimen_is_no_correlated_noise() -> None:
    photons, rng = field(5, 60.0), np.random.default_rng(5)
    frames = [CAMERA.expose(np.roll(photons, 2 * shift, axis=(0, 1)), rng) for shift in range(4)]
    estimate = estimate_noise(frames)
    assert not estimate.correlated
    assert estimate.coarse_noise is None
