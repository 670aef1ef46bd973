"""Means of blocks: exactly those, whatever the size, and fast."""

import numpy as np
import pytest

from livecare.frame import Pixels
from livecare.publisher.means import block_means


def slow_means(pixels: Pixels, reduction: int) -> Pixels:
    """Say what is meant, block by block."""
    rows, columns = pixels.shape
    means = [
        [
            float(pixels[y : y + reduction, x : x + reduction].mean(dtype=np.float64))
            for x in range(0, columns, reduction)
        ]
        for y in range(0, rows, reduction)
    ]
    return np.asarray(means)


@pytest.mark.parametrize("reduction", [1, 2, 4, 8])
@pytest.mark.parametrize("shape_yx", [(1, 1), (3, 5), (8, 16), (17, 31), (64, 9)])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_integers_are_rounded_halves_up(
    dtype: str, shape_yx: tuple[int, int], reduction: int
) -> None:
    largest = np.iinfo(dtype).max
    pixels = np.random.default_rng(1).integers(0, largest, shape_yx, dtype, endpoint=True)
    pixels[: shape_yx[0] // 2] = largest  # whose sums are the largest that there are
    means = block_means(pixels, reduction)
    assert means.dtype == dtype
    assert means.flags.c_contiguous
    np.testing.assert_array_equal(means, np.floor(slow_means(pixels, reduction) + 0.5))


@pytest.mark.parametrize("shape_yx", [(2, 2), (19, 30)])
def test_floats(shape_yx: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).normal(100, 30, shape_yx).astype(np.float32)
    means = block_means(pixels, 4)
    assert means.dtype == np.float32
    np.testing.assert_allclose(means, slow_means(pixels, 4), rtol=1e-6)


def test_what_is_no_number_stays_in_its_block() -> None:
    pixels = np.ones((8, 8), np.float32)
    pixels[0, 0], pixels[7, 7] = np.nan, np.inf
    means = block_means(pixels, 4)
    assert np.isnan(means[0, 0])
    assert means[1, 1] == np.inf
    assert means[0, 1] == means[1, 0] == 1


def test_the_frame_is_left_as_it_was() -> None:
    pixels = np.arange(30, dtype=np.uint16).reshape(5, 6)
    pixels.flags.writeable = False
    block_means(pixels, 2)
    np.testing.assert_array_equal(pixels.ravel(), np.arange(30))
