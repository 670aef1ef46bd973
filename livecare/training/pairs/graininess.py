"""Which of two pictures of one scene is the noisier one."""

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels

BLOCK_PX = 8
"""Means of so many pixels squared show the scene with an eighth of the noise."""
NORMAL_QUARTILE = 0.6745
"""Median of the absolute value of a normal number, in standard deviations."""

Values = NDArray[np.float32]


def graininess(picture: Pixels) -> float:
    """Return the noise of a picture relative to the contrast of its scene; infinite if flat.

    The noise is what second differences along both axes leave, and the contrast that of its
    blocks, so that neither exposure nor file scaling matters.
    """
    values = np.asarray(picture, np.float32)
    down = values[:-2] - 2 * values[1:-1] + values[2:]
    both = (down[:, :-2] - 2 * down[:, 1:-1] + down[:, 2:]) / np.float32(6)
    noise = float(np.median(np.abs(both))) / NORMAL_QUARTILE
    noise = max(noise, 0.1 * float(both.std()))  # photon counts of mostly 0 have a median of 0
    rows, columns = (length // BLOCK_PX for length in values.shape)
    cut = values[: rows * BLOCK_PX, : columns * BLOCK_PX]
    contrast = float(cut.reshape(rows, BLOCK_PX, columns, BLOCK_PX).mean(axis=(1, 3)).std())
    return noise / contrast if contrast > 0 else float("inf")
