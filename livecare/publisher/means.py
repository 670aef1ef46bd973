"""Knows how a frame becomes smaller: each pixel the mean of a square block of pixels."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels

_SUM_TYPES: Final = {"uint8": np.uint32, "uint16": np.uint32, "float32": np.float32}
"""What blocks are summed in: 64 pixels of 16 bits have 22."""


def block_means(pixels: Pixels, reduction: int) -> Pixels:
    """Reduce a frame.

    By sums of strided slices: 5 ms for 2048 × 2048 uint16 and a reduction of 2, where
    `reshape(...).mean(...)` takes 46 ms.

    Parameters
    ----------
    pixels : array, shape (y, x)
    reduction : int
        Rows and columns of a block.

    Returns
    -------
    array, shape (⌈y / reduction⌉, ⌈x / reduction⌉)
        Of the same type, C-contiguous; integers are rounded, halves up. The last blocks of a row
        or column that do not fit whole are the means of what is there.
    """
    if reduction == 1:
        return np.ascontiguousarray(pixels)
    with np.errstate(over="ignore", invalid="ignore"):  # a float frame may hold anything
        sums = _sums(_sums(pixels, reduction).T, reduction).T
        counts_y = _counts(pixels.shape[0], reduction)
        counts_x = _counts(pixels.shape[1], reduction)
        whole_y, whole_x = pixels.shape[0] // reduction, pixels.shape[1] // reduction
        _divide(sums[:whole_y, :whole_x], reduction * reduction)
        _divide(sums[whole_y:, :], counts_y[whole_y:, None] * counts_x)
        _divide(sums[:whole_y, whole_x:], counts_y[:whole_y, None] * counts_x[whole_x:])
    return np.ascontiguousarray(sums, dtype=pixels.dtype)


def _sums(pixels: NDArray[Any], reduction: int) -> NDArray[Any]:
    """Sum every so many rows; the last sum may be of fewer."""
    sums = pixels[::reduction].astype(_SUM_TYPES.get(pixels.dtype.name, pixels.dtype), order="K")
    for first in range(1, reduction):
        rows = pixels[first::reduction]
        sums[: len(rows)] += rows
    return sums


def _counts(length: int, reduction: int) -> NDArray[np.uint32]:
    """Return how many pixels each block has along an axis."""
    starts = np.arange(0, length, reduction)
    return np.minimum(reduction, length - starts).astype(np.uint32)


def _divide(sums: NDArray[Any], counts: int | NDArray[np.uint32]) -> None:
    """Make means of sums, in place."""
    if sums.dtype == np.float32:
        np.divide(sums, np.asarray(counts, np.float32), out=sums)
    else:
        sums += np.asarray(counts, np.uint32) // 2
        np.floor_divide(sums, np.asarray(counts, np.uint32), out=sums)
