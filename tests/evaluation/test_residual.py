"""What a restoration took away: white noise of variance 1 if it is right, and only then."""

import numpy as np
import pytest
from evaluation_scenes import CAMERA, blobs, expose, truth_of

from livecare.evaluation.metrics import examine_residual, radial_power
from livecare.evaluation.metrics.residual import REACH_PX
from livecare.evaluation.metrics.smoothing import gaussian


def test_the_truth_leaves_white_noise_of_variance_1() -> None:
    photons = blobs(side=192)
    found = examine_residual(expose(photons, 1)[0], truth_of(photons), CAMERA)
    assert found.variance == pytest.approx(1, abs=0.03)
    assert abs(found.largest) < 5 / 192
    assert found.along_x[0] == found.along_y[0] == pytest.approx(1)
    assert len(found.along_x) == REACH_PX + 1


def test_signal_that_was_taken_away_shows() -> None:
    photons = blobs(side=192)
    raw = expose(photons, 1)[0]
    found = examine_residual(raw, gaussian(raw.astype(np.float32), 8.0), CAMERA)
    assert found.variance > 1.5
    assert found.largest > 0.2


def test_stripes_show_along_their_rows() -> None:
    photons = blobs(side=96)
    rows = np.random.default_rng(3).normal(0, 6, (96, 1))
    raw = expose(photons, 1)[0] + rows
    found = examine_residual(raw, truth_of(photons), CAMERA)
    assert min(found.along_x[1:]) > 2 * max(map(abs, found.along_y[1:]))


def test_nothing_taken_away() -> None:
    raw = expose(blobs(), 1)[0]
    found = examine_residual(raw, raw.astype(np.float32), CAMERA)
    assert (found.variance, found.largest) == (0, 0)


def test_white_noise_has_its_variance_in_every_ring() -> None:
    noise = np.random.default_rng(0).normal(50, 3, (256, 200))
    power = radial_power(noise)
    assert power[12:] == pytest.approx(9, rel=0.25)
    assert power[24:].mean() == pytest.approx(9, rel=0.05)


def test_a_wave_stands_in_its_ring() -> None:
    wave = np.sin(2 * np.pi * 0.25 * np.arange(96)) * np.ones((96, 1))
    assert radial_power(wave).argmax() == pytest.approx(24, abs=1)
