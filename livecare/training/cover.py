"""Cover pictures: a frame before and after, side by side."""

import numpy as np
from numpy.typing import NDArray

from livecare.models.png import encode_png

__all__ = ["before_after", "encode_png"]


def before_after(
    before: NDArray[np.float32], after: NDArray[np.float32], enlarge: int = 2
) -> bytes:
    """Return a PNG of two frames in window units side by side; 0 is black and 1 is white.

    Parameters
    ----------
    before, after : array, shape (y, x)
        Frames of the same shape.
    enlarge : int
        Pixels of the picture per pixel of a frame, along each axis.
    """
    both = np.hstack([before, after])
    grey = np.rint(np.clip(both, 0.0, 1.0) * 255).astype(np.uint8)
    return encode_png(np.repeat(np.repeat(grey, enlarge, axis=0), enlarge, axis=1))
