"""The light that was given and saved, and how it is measured on a run."""

import math

import numpy as np
import pytest
from advisor_scenes import CAMERA, expose, photons

from livecare.evaluation.metrics import photon_factor
from livecare.models.anscombe import CameraNoise
from livecare.photons import (
    PairError,
    PhotonLedger,
    StreamLight,
    pair_error,
    photon_factor_of,
)
from livecare.photons.motion import share_moved

BRIGHT = CameraNoise(2.0, 100.0, 0.0)


@pytest.mark.parametrize("factor", [1, 4, 16])
def test_an_average_of_frames_counts_as_so_much_light(factor: int) -> None:
    """Without read noise the mean of k frames is a frame of k times the exposure."""
    light = photons(256)
    stream = StreamLight(BRIGHT)
    for seed in range(0, 40, 2):
        raws = expose(light, factor + 1, BRIGHT, seed=seed)
        stream.add(raws[0], raws[:-1].mean(axis=0), raws[-1])
    assert stream.photon_factor == pytest.approx(factor, rel=0.06)


def test_it_agrees_with_the_factor_that_a_truth_gives() -> None:
    light = photons(256)
    truth = CAMERA.offset_adu + CAMERA.gain_adu_per_e * light
    rng = np.random.default_rng(3)
    restored = truth + rng.normal(0, 4.0, truth.shape)
    known = photon_factor(float(np.square(restored - truth).mean()), truth, CAMERA)
    stream = StreamLight(CAMERA)
    for seed in range(16):
        raws = expose(light, 2, seed=seed)
        stream.add(raws[0], restored, raws[1])
    assert stream.photon_factor == pytest.approx(known, rel=0.05)


def test_movement_makes_the_factor_smaller_never_larger() -> None:
    light = photons(256)
    first, after = expose(light, 1, seed=1)[0], expose(np.roll(light, 3, 0), 1, seed=2)[0]
    restored = CAMERA.offset_adu + CAMERA.gain_adu_per_e * light
    still = pair_error(first, restored, expose(light, 1, seed=2)[0], CAMERA)
    moved = pair_error(first, restored, after, CAMERA)
    assert moved.restored > still.restored
    factors = [photon_factor_of([each], CAMERA.read_noise_e) for each in (still, moved)]
    assert factors[1] < factors[0]


@pytest.mark.parametrize("gain", [0.05, 2.0])
def test_motion_is_seen_in_fractions_of_counts_too(gain: float) -> None:
    """Nothing was rounded there, so that all that differs is noise or motion."""
    camera, light = CameraNoise(gain, 0.0, 1.6), photons(256, 20.0)
    rng = np.random.default_rng(1)
    first, after, moved = (
        (gain * (rng.poisson(shown) + rng.normal(0, 1.6, shown.shape))).astype(np.float32)
        for shown in (light, light, np.roll(light, 6, 0))
    )
    assert share_moved(first, gain * light, after, camera) < 0.01
    assert share_moved(first, gain * light, moved, camera) > 0.1


def test_nothing_is_claimed_without_frames_or_light() -> None:
    assert math.isnan(StreamLight(CAMERA).photon_factor)
    assert math.isnan(photon_factor_of([PairError(0.0, 0.0, 0.0)], 0.0))
    lucky = photon_factor_of([PairError(10.0, -0.5, 10.0)], 0.0)
    assert math.isfinite(lucky)


def test_the_ledger() -> None:
    ledger = PhotonLedger(frames=200, exposure_ms=50.0, light=0.5, photon_factor=6.0)
    assert ledger.given_ms == 5000.0
    assert ledger.saved_ms == 25000.0
    assert ledger.sentence.startswith("light given: 5 s; saved: 25 s")
    unknown = PhotonLedger(200, 50.0)
    assert unknown.saved_ms == 0.0
    assert "not known" in unknown.sentence
    assert PhotonLedger(200, 50.0, 1.0, 0.7).saved_ms == 0.0


def test_hot_pixels_are_no_error_and_erased_structures_are() -> None:
    light = photons(256)
    restored = CAMERA.offset_adu + CAMERA.gain_adu_per_e * light
    one, other = expose(light, 2, seed=5)
    plain = pair_error(one, restored, other, CAMERA)
    hot_one, hot_other = one.copy(), other.copy()
    for frame in (hot_one, hot_other):
        frame[4::37, 9::41] += 400
    hot = pair_error(hot_one, restored, hot_other, CAMERA)
    assert hot.restored == pytest.approx(plain.restored, abs=0.05 * plain.raw)
    for frame in (hot_one, hot_other):
        frame[100:104, 100:104] += 400
    erased = pair_error(hot_one, restored, hot_other, CAMERA)
    assert erased.restored > hot.restored + 1
