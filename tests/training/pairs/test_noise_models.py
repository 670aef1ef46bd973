from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from pair_files import exposures, scene, shifted_scene, write

from livecare.errors import UsageError
from livecare.models.anscombe import CameraNoise
from livecare.training.pairs import (
    Calibration,
    HistogramNoise,
    MixtureNoise,
    bootstrap,
    calibrate,
    load_noise_model,
    save_noise_model,
)

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
def fitted(form: type[HistogramNoise] | type[MixtureNoise]) -> HistogramNoise | MixtureNoise:
    pairs = camera_pairs()
    return form.fit(pairs.observed, pairs.signal)


@pytest.mark.parametrize("form", [HistogramNoise, MixtureNoise])
@pytest.mark.parametrize("photons", [12.0, 50.0, 90.0])
def test_the_density_is_that_of_the_camera(
    form: type[HistogramNoise] | type[MixtureNoise], photons: float
) -> None:
    model = fitted(form)
    signal = np.float32(CAMERA.offset_adu + CAMERA.gain_adu_per_e * photons)
    observed = np.arange(0, 500, dtype=np.float32)
    density = np.exp(model.log_likelihood(observed, np.full_like(observed, signal)))
    assert density.sum() == pytest.approx(1, abs=0.02)
    mean = (density * observed).sum() / density.sum()
    variance = (density * np.square(observed - mean)).sum() / density.sum()
    assert mean == pytest.approx(signal, abs=1.0)
    wanted = CAMERA.gain_adu_per_e**2 * (photons + CAMERA.read_noise_e**2)
    assert variance == pytest.approx(wanted, rel=0.12)


@pytest.mark.parametrize("form", [HistogramNoise, MixtureNoise])
def test_the_true_signal_is_the_likeliest(
    form: type[HistogramNoise] | type[MixtureNoise],
) -> None:
    pairs, model = camera_pairs(), fitted(form)
    observed, signal = pairs.observed[:5000], pairs.signal[:5000]
    right = model.log_likelihood(observed, signal).mean()
    for wrong in (-8, 8):
        assert model.log_likelihood(observed, signal + np.float32(wrong)).mean() < right - 0.05


@pytest.mark.parametrize("form", [HistogramNoise, MixtureNoise])
def test_samples_and_observations_broadcast_and_stay_finite(
    form: type[HistogramNoise] | type[MixtureNoise],
) -> None:
    model = fitted(form)
    observed = np.array([[0, 150, 60_000]], np.float32)
    samples = np.array([[-50], [150], [1e6]], np.float32)
    likely = model.log_likelihood(observed, samples)
    assert likely.shape == (3, 3)
    assert likely.dtype == np.float32
    assert np.isfinite(likely).all()


@pytest.mark.parametrize("form", [HistogramNoise, MixtureNoise])
def test_a_saved_model_is_the_same_model(
    tmp_path: Path, form: type[HistogramNoise] | type[MixtureNoise]
) -> None:
    pairs, model = camera_pairs(), fitted(form)
    path = tmp_path / "noise.npz"
    save_noise_model(model, path)
    loaded = load_noise_model(path)
    assert type(loaded) is form
    some = pairs.observed[:100], pairs.signal[:100]
    assert np.array_equal(model.log_likelihood(*some), loaded.log_likelihood(*some))


def test_a_known_camera_needs_no_calibration() -> None:
    model = MixtureNoise.of_camera(CAMERA, 5000)
    pairs = camera_pairs()
    difference = model.log_likelihood(pairs.observed, pairs.signal).mean()
    difference -= fitted(MixtureNoise).log_likelihood(pairs.observed, pairs.signal).mean()
    assert abs(difference) < 0.02


def test_pickles_and_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.npz does not exist"):
        load_noise_model(tmp_path / "nothing.npz")
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, form=np.array({"a": 1}, object))
    with pytest.raises(UsageError, match=r"pickled\.npz is no noise model"):
        load_noise_model(pickled)
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(UsageError, match=r"text\.npz is no noise model"):
        load_noise_model(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", form=np.array("histogram"), signal=np.zeros(3))
    with pytest.raises(UsageError, match=r"other\.npz is no noise model"):
        load_noise_model(tmp_path / "other.npz")


def test_a_calibration_recording_gives_pairs_without_bias(tmp_path: Path) -> None:
    path = write(tmp_path / "still.ome.tif", exposures(scene(), 30))
    pairs = calibrate(path)
    rest = pairs.observed - pairs.signal
    assert float(rest.mean()) == pytest.approx(0, abs=0.05)
    bright = pairs.signal > 140
    assert rest[bright].var() > 1.5 * rest[~bright].var()


def test_bad_calibrations_are_named(tmp_path: Path) -> None:
    few = write(tmp_path / "few.ome.tif", exposures(scene(), 4))
    with pytest.raises(UsageError, match=r"few\.ome\.tif has 4 frames"):
        calibrate(few)
    frames = [exposures(shifted_scene(t * 0.5, 0), 1, t)[0] for t in range(20)]
    moves = write(tmp_path / "moves.ome.tif", np.stack(frames))
    with pytest.raises(UsageError, match=r"moves\.ome\.tif: the scene changes"):
        calibrate(moves)


def test_a_denoised_recording_bootstraps_a_model() -> None:
    light = scene()
    noisy = list(exposures(light, 4))
    denoised = [np.asarray(100 + 2 * light, np.float32)] * 4
    pairs = bootstrap(noisy, denoised)
    assert pairs.observed.shape == pairs.signal.shape == (4 * light.size,)
    with pytest.raises(UsageError, match="4 noisy and 3 denoised"):
        bootstrap(noisy, denoised[:3])
    with pytest.raises(UsageError, match="frame 0 has shape"):
        bootstrap(noisy[:1], [denoised[0][:50]])
