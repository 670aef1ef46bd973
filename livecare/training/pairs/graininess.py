"""Which of two pictures of one scene is the noisier one."""

from typing import Final

import numpy as np

from livecare.frame import Pixels
from livecare.models.block_means import block_means

BLOCK_PX: Final = 8
"""Means of so many pixels squared show the scene with an eighth of the noise."""
NORMAL_QUARTILE: Final = 0.6745
"""Median of the absolute value of a normal number, in standard deviations."""


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
    contrast = float(block_means(values, BLOCK_PX).std())
    return noise / contrast if contrast > 0 else float("inf")
