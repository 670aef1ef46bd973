import numpy as np
import pytest

from livecare.models import IntensityWindow
from livecare.simulation import Camera
from livecare.training.synthesis import (
    FIELD_SIDE,
    PEAK_PERCENTILE,
    PairSource,
    draw_field,
    expose_pair,
)
from livecare.training.validation import psnr_db, score


def test_the_same_seed_gives_the_same_pairs() -> None:
    first, again, other = (PairSource(seed, pool_fields=2).batch(3, 64) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_pairs_are_finite_batches_of_one_channel() -> None:
    source = PairSource(1, pool_fields=4)
    for _ in range(20):
        noisy, truth = source.batch(4, 32)
        source.refresh()
        assert noisy.shape == truth.shape == (4, 1, 32, 32)
        assert noisy.dtype == truth.dtype == np.float32
        assert np.isfinite(noisy).all()
        assert np.isfinite(truth).all()


def test_refreshing_replaces_the_pool() -> None:
    source = PairSource(1, pool_fields=2)
    before = list(source._pool)
    source.refresh()
    source.refresh()
    assert all(not np.array_equal(old, new) for old, new in zip(before, source._pool, strict=True))


def test_fields_have_a_peak_of_one() -> None:
    field = draw_field(np.random.default_rng(3))
    assert field.shape == (FIELD_SIDE, FIELD_SIDE)
    assert np.percentile(field, PEAK_PERCENTILE) == pytest.approx(1.0, rel=1e-4)


def test_the_truth_is_the_mean_of_many_exposures() -> None:
    rng = np.random.default_rng(2)
    photons = draw_field(rng)[:32, :32] * np.float32(8)
    camera = Camera(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.0)
    window = IntensityWindow(95.0, 130.0)
    pairs = [expose_pair(camera, photons, window, rng) for _ in range(2000)]
    mean = np.mean([pair.noisy for pair in pairs], axis=0)
    spread = 2.0 * np.sqrt(8 + 1) / (130 - 95) / np.sqrt(2000)
    assert np.abs(mean - pairs[0].truth).max() < 6 * spread


def test_psnr_of_a_known_error() -> None:
    truth = np.linspace(0, 1, 10_001, dtype=np.float32).reshape(1, -1)
    assert psnr_db(truth + np.float32(0.1), truth) == pytest.approx(20.0, abs=0.05)


def test_doing_nothing_gains_nothing_and_keeps_the_intensity() -> None:
    result = score(lambda noisy: noisy, peak_photons=20.0, frames=3, seed=9)
    assert result.gain_db == 0.0
    assert result.intensity_ratio == pytest.approx(1.0, abs=0.02)


def test_darkening_shows_in_the_intensity() -> None:
    result = score(lambda noisy: noisy - np.float32(0.1), peak_photons=20.0, frames=3, seed=9)
    assert result.intensity_ratio < 0.9
