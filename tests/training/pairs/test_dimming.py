import numpy as np
import pytest

from livecare.models.anscombe import CameraNoise
from livecare.training.pairs.dimming import dimmed, dimmed_clean
from livecare.training.pairs.orientation import draw_orientation, oriented

COUNTER = CameraNoise(1.0)


@pytest.mark.parametrize("photons", [0.4, 6.0])
def test_thinned_photon_counts_stay_poisson(photons: float) -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(photons, (300, 300)).astype(np.uint8)
    thinned = dimmed(counts, 0.3, COUNTER, rng)
    assert thinned.mean() == pytest.approx(0.3 * photons, rel=0.03)
    assert thinned.var() == pytest.approx(0.3 * photons, rel=0.04)
    assert np.array_equal(thinned, np.rint(thinned))


@pytest.mark.parametrize("photons", [5.0, 80.0])
def test_a_dimmed_camera_frame_has_the_noise_of_a_dimmer_exposure(photons: float) -> None:
    rng = np.random.default_rng(1)
    camera = CameraNoise(2.5, 100.0, 1.5)
    electrons = rng.poisson(photons, (300, 300)) + rng.normal(0, 1.5, (300, 300))
    counts = np.rint(100 + 2.5 * electrons).astype(np.uint16)
    dim = dimmed(counts, 0.4, camera, rng)
    assert dim.mean() == pytest.approx(100 + 2.5 * 0.4 * photons, rel=0.01)
    wanted = 2.5**2 * (0.4 * photons + 1.5**2)
    assert dim.var() == pytest.approx(wanted, rel=0.05)
    right = np.corrcoef(dim[:, :-1].ravel(), dim[:, 1:].ravel())[0, 1]
    assert abs(right) < 0.02  # dimming gives neighbours nothing in common


def test_a_clean_frame_is_scaled_above_the_offset() -> None:
    camera = CameraNoise(2.0, 100.0, 1.0)
    assert dimmed_clean(np.array([[100, 300]], np.float32), 0.5, camera).tolist() == [[100, 200]]


def test_all_orientations_are_ways_to_lay_the_same_pixels() -> None:
    patch = np.arange(9, dtype=np.float32).reshape(3, 3)
    ways = {oriented(patch, way).tobytes() for way in range(8)}
    assert len(ways) == 8
    assert all(sorted(oriented(patch, way).ravel()) == list(range(9)) for way in range(8))


def test_noise_along_an_axis_is_never_turned() -> None:
    rng = np.random.default_rng(0)
    striped = np.repeat(np.arange(8, dtype=np.float32)[:, None], 8, axis=1)
    for _ in range(50):
        assert np.ptp(oriented(striped, draw_orientation("x", rng)), axis=1).max() == 0
    assert {draw_orientation(None, rng) for _ in range(200)} == set(range(8))
