from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from pair_files import exposures, scene, shifted_scene, write

from livecare.errors import UsageError
from livecare.models.anscombe import CameraNoise
from livecare.training.pairs import Calibration, MixtureNoise, calibrate

CAMERA = CameraNoise(2.0, 100.0, 1.5)


@lru_cache
def camera_pairs(pairs: int = 100_000) -> Calibration:
    rng = np.random.default_rng(0)
    photons = rng.uniform(5, 100, pairs)
    electrons = rng.poisson(photons) + rng.normal(0, CAMERA.read_noise_e, pairs)
    observed = np.rint(CAMERA.offset_adu + CAMERA.gain_adu_per_e * electrons)
    signal = CAMERA.offset_adu + CAMERA.gain_adu_per_e * photons
    return Calibration(observed.astype(np.float32), signal.astype(np.float32))


@lru_cache
def fitted() -> MixtureNoise:
    pairs = camera_pairs()
    return MixtureNoise.fit(pairs.observed, pairs.signal)


@pytest.mark.parametrize("photons", [12.0, 50.0, 90.0])
def test_the_density_is_that_of_the_camera(photons: float) -> None:
    model = fitted()
    signal = np.float32(CAMERA.offset_adu + CAMERA.gain_adu_per_e * photons)
    observed = np.arange(0, 500, dtype=np.float32)
    density = np.exp(model.log_likelihood(observed, np.full_like(observed, signal)))
    assert density.sum() == pytest.approx(1, abs=0.02)
    mean = (density * observed).sum() / density.sum()
    variance = (density * np.square(observed - mean)).sum() / density.sum()
    assert mean == pytest.approx(signal, abs=1.0)
    wanted = CAMERA.gain_adu_per_e**2 * (photons + CAMERA.read_noise_e**2)
    assert variance == pytest.approx(wanted, rel=0.12)


def test_the_true_signal_is_the_likeliest() -> None:
    pairs, model = camera_pairs(), fitted()
    observed, signal = pairs.observed[:5000], pairs.signal[:5000]
    right = model.log_likelihood(observed, signal).mean()
    for wrong in (-8, 8):
        assert model.log_likelihood(observed, signal + np.float32(wrong)).mean() < right - 0.05


def test_samples_and_observations_broadcast_and_stay_finite() -> None:
    model = fitted()
    observed = np.array([[0, 150, 60_000]], np.float32)
    samples = np.array([[-50], [150], [1e6]], np.float32)
    likely = model.log_likelihood(observed, samples)
    assert likely.shape == (3, 3)
    assert likely.dtype == np.float32
    assert np.isfinite(likely).all()


def test_a_calibration_recording_gives_pairs_without_bias(tmp_path: Path) -> None:
    path = write(tmp_path / "still.ome.tif", exposures(scene(), 30))
    pairs = calibrate(path)
    rest = pairs.observed - pairs.signal
    assert float(rest.mean()) == pytest.approx(0, abs=0.05)
    bright = pairs.signal > 140
    assert rest[bright].var() > 1.5 * rest[~bright].var()


@pytest.mark.parametrize("frames", [10, 30])
def test_a_calibration_has_the_noise_of_one_frame(tmp_path: Path, frames: int) -> None:
    pairs = calibrate(write(tmp_path / "still.ome.tif", exposures(scene(), frames)))
    rest = pairs.observed - pairs.signal
    wanted = 2.0**2 * (scene() + 1).mean() + 1 / 12  # the mean of the others has noise, too
    assert float(rest.var()) == pytest.approx(wanted, rel=0.02)


def test_planes_without_time_points_are_frames_of_a_calibration(tmp_path: Path) -> None:
    frames = exposures(scene(), 12)
    stack, series = (calibrate(write(tmp_path / f"{a}.tif", frames, a)) for a in ("ZYX", "TYX"))
    assert np.array_equal(stack.observed, series.observed)


def test_bad_calibrations_are_named(tmp_path: Path) -> None:
    few = write(tmp_path / "few.ome.tif", exposures(scene(), 4))
    with pytest.raises(UsageError, match=r"few\.ome\.tif has 4 frames"):
        calibrate(few)
    frames = [exposures(shifted_scene(t * 0.5, 0), 1, t)[0] for t in range(20)]
    moves = write(tmp_path / "moves.ome.tif", np.stack(frames))
    with pytest.raises(UsageError, match=r"moves\.ome\.tif: the scene changes"):
        calibrate(moves)
