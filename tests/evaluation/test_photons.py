"""The photon factor is what it says: that much more light gives the raw image the same error."""

import math

import numpy as np
import pytest
from evaluation_scenes import CAMERA, blobs, expose, truth_of

from livecare.evaluation.metrics import mean_squared_error, photon_factor
from livecare.models.anscombe import CameraNoise


@pytest.mark.parametrize("read_noise_e", [0.0, 1.5, 8.0])
@pytest.mark.parametrize("factor", [0.5, 1, 4, 30])
def test_a_longer_exposure_has_the_factor_of_its_light(factor: float, read_noise_e: float) -> None:
    """Simulated: expose `factor` times as long, scale back, and ask for the factor."""
    camera = CameraNoise(3.0, 1000.0, read_noise_e)
    photons = blobs(side=192)
    long = expose(photons * factor, 6, camera).astype(np.float64)
    scaled = camera.offset_adu + (long - camera.offset_adu) / factor
    truth = truth_of(photons, camera)
    error = float(np.mean([mean_squared_error(frame, truth) for frame in scaled]))
    rounding = (1 / 12) / factor**2
    assert photon_factor(error - rounding, truth, camera) == pytest.approx(factor, rel=0.03)


def test_without_read_noise_it_is_the_ratio_of_the_errors() -> None:
    camera = CameraNoise(2.0, 100.0, 0.0)
    truth = truth_of(blobs(), camera)
    raw_error = 2.0 * float(np.mean(truth - 100, dtype=np.float64))
    assert photon_factor(raw_error / 7, truth, camera) == pytest.approx(7, rel=1e-4)


def test_limits() -> None:
    truth = truth_of(blobs())
    assert photon_factor(0.0, truth, CAMERA) == math.inf
    dark = np.full((8, 8), CAMERA.offset_adu, np.float32)
    read_error = (CAMERA.gain_adu_per_e * CAMERA.read_noise_e) ** 2
    assert photon_factor(read_error / 9, dark, CAMERA) == pytest.approx(3), "read noise: k²"
