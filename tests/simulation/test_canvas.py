"""Drawing and noise on fields without edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.simulation.canvas import gaussian_transfer, smooth_noise, splat, stamp


@given(st.lists(st.tuples(st.floats(-99, 99), st.floats(-99, 99)), min_size=1, max_size=20))
def test_splatting_keeps_the_light(places: list[tuple[float, float]]) -> None:
    y, x = np.array(places).T
    field = splat((9, 14), (y, x), np.full(y.shape, 2.0))
    assert field.dtype == np.float32
    assert field.min() >= 0
    assert field.sum() == pytest.approx(2.0 * len(places), rel=1e-5)


def test_a_splat_lies_where_it_should_and_wraps() -> None:
    field = splat((8, 8), (np.array([7.25]), np.array([3.0])), np.array([1.0]))
    assert field[7, 3] == pytest.approx(0.75)
    assert field[0, 3] == pytest.approx(0.25)
    assert np.count_nonzero(field) == 2


def test_a_stamp_keeps_its_light_and_its_centre_of_mass() -> None:
    canvas = np.zeros((20, 20), np.float32)
    stamp(canvas, np.ones((3, 5), np.float32), (4.25, 6.5))
    y, x = np.mgrid[:20, :20]
    assert canvas.sum() == pytest.approx(15)
    assert (canvas * y).sum() / canvas.sum() == pytest.approx(4.25 + 1)
    assert (canvas * x).sum() / canvas.sum() == pytest.approx(6.5 + 2)


def test_a_stamp_across_a_corner_is_the_rolled_stamp() -> None:
    patch = np.arange(12, dtype=np.float32).reshape(3, 4)
    corner, inside = np.zeros((16, 16), np.float32), np.zeros((16, 16), np.float32)
    stamp(corner, patch, (-1.5, 14.25))
    stamp(inside, patch, (4.5, 4.25))
    np.testing.assert_array_equal(corner, np.roll(inside, (-6, 10), axis=(0, 1)))


def test_smooth_noise_is_standardised_and_correlated() -> None:
    noise = smooth_noise((128, 128), 4.0, np.random.default_rng(0))
    assert noise.mean() == pytest.approx(0, abs=1e-4)
    assert noise.std() == pytest.approx(1, rel=1e-4)
    neighbours = float(np.mean(noise * np.roll(noise, 4, axis=0)))
    assert neighbours == pytest.approx(np.exp(-0.25), abs=0.1)  # Gaussian of sigma 4 * sqrt(2)


def test_a_gaussian_blur_has_the_width_that_it_says() -> None:
    point = np.zeros((64, 64))
    point[32, 32] = 1
    spread = np.fft.irfft2(np.fft.rfft2(point) * gaussian_transfer((64, 64), 3.0), s=(64, 64))
    y = np.arange(64) - 32
    assert spread.sum() == pytest.approx(1, rel=1e-5)
    assert np.sqrt((spread.sum(axis=1) * y**2).sum()) == pytest.approx(3.0, rel=1e-3)
