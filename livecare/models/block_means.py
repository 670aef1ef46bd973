"""Means of square blocks of a picture: what it shows at a coarser scale, with less noise."""

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels


def block_means(picture: Pixels, side_px: int) -> NDArray[np.float32]:
    """Return the mean of each block, shape (y // side, x // side), float32.

    Parameters
    ----------
    picture : array, shape (y, x)
        Of any type; what is left over at its far ends is not looked at.
    side_px : int
        Rows and columns of a block, pixels.
    """
    rows, columns = (length // side_px for length in picture.shape)
    blocks = picture[: rows * side_px, : columns * side_px].reshape(rows, side_px, columns, side_px)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))
