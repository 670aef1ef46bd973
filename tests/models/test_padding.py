import numpy as np
import pytest

from livecare.models.padding import Padding


@pytest.mark.parametrize("shape_yx", [(13, 9), (8, 16), (10, 8), (5, 7), (2, 3)])
def test_mirrors_like_numpy(shape_yx: tuple[int, int]) -> None:
    frame = np.random.default_rng(1).random(shape_yx, dtype=np.float32)
    padding = Padding.to_multiple(shape_yx, 8)
    padded = np.full(padding.padded_yx, np.nan, np.float32)
    padded[: shape_yx[0], : shape_yx[1]] = frame
    padding.fill(padded)
    added = [(0, after - before) for before, after in zip(shape_yx, padded.shape, strict=True)]
    np.testing.assert_array_equal(padded, np.pad(frame, added, mode="reflect"))
    assert all(length % 8 == 0 for length in padded.shape)


@pytest.mark.parametrize("shape_yx", [(1, 1), (1, 9), (9, 1)])
def test_a_single_row_or_column_is_repeated(shape_yx: tuple[int, int]) -> None:
    padding = Padding.to_multiple(shape_yx, 8)
    padded = np.zeros(padding.padded_yx, np.float32)
    padded[: shape_yx[0], : shape_yx[1]] = 3.0
    padding.fill(padded)
    assert np.all(padded == 3.0)
