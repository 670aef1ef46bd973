import numpy as np
import pytest

from livecare.models.mosaic import coarse, from_mosaic, to_mosaic


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (7, 5), (8, 8), (3, 9, 4)])
def test_a_mosaic_goes_back_to_its_place(shape: tuple[int, ...]) -> None:
    rows, columns = np.indices(shape[-2:], dtype=np.float32)
    plane = np.broadcast_to(3 * rows + 0.5 * columns, shape).astype(np.float32)
    back = from_mosaic(to_mosaic(plane))
    assert back.shape == shape
    inner = (..., slice(1, -1), slice(1, -1))
    np.testing.assert_allclose(back[inner], plane[inner], rtol=1e-5)


def test_a_point_stays_where_it_was() -> None:
    frame = np.zeros((9, 9), np.float32)
    frame[4, 4] = 16
    back = from_mosaic(to_mosaic(frame))
    np.testing.assert_array_equal(back[3:6, 3:6], np.outer([1, 2, 1], [1, 2, 1]))
    assert back.sum() == 16


def test_the_first_quarter_is_the_coarse_frame() -> None:
    frame = np.random.default_rng(1).random((7, 10), np.float32)
    np.testing.assert_array_equal(to_mosaic(frame)[:4, :5], coarse(frame))


def test_quarters_hardly_share_noise_that_neighbours_share() -> None:
    white = np.random.default_rng(2).standard_normal((513, 513)).astype(np.float32)
    shared = white[:-1, :-1] + white[1:, :-1] + white[:-1, 1:] + white[1:, 1:]
    quarter = coarse(shared)

    def neighbours(noise: np.ndarray) -> float:
        return float(np.mean(noise[:, 1:] * noise[:, :-1]) / noise.var())

    assert neighbours(shared) == pytest.approx(0.5, abs=0.02)
    assert neighbours(quarter) < 0.2
