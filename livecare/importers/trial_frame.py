"""Frames to try a network on whose source brought none: spots in noise, always the same."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SIDES: Final = {"yx": (128, 128), "zyx": (16, 64, 64)}
"""Pixels, rounded up to the network's stride."""
SPOTS: Final = 30
SEED: Final = 5
PEAK_COUNTS, OFFSET_COUNTS = 60.0, 100.0
"""Camera counts; the noise is that of the photons."""


def draw_trial_frame(
    axes: str, multiple_of: tuple[int, ...], halo_px: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return a frame of shape (1, 1, [z,] y, x), camera counts.

    Its sides are multiples of the stride and hold more than two halos.
    """
    rng = np.random.default_rng(SEED)
    shape = tuple(
        -(-max(side, 2 * halo + 1) // step) * step
        for side, step, halo in zip(SIDES[axes], multiple_of, halo_px, strict=True)
    )
    places = np.indices(shape, np.float32)
    signal = np.full(shape, 3.0, np.float32)
    for _ in range(SPOTS):
        centre = rng.uniform(0, shape).reshape(-1, *[1] * len(shape))
        width = rng.uniform(1.5, 6.0)
        distance = np.square(places - centre).sum(axis=0) / np.float32(2 * width**2)
        signal += np.float32(rng.uniform(0.2, 1.0) * PEAK_COUNTS) * np.exp(-distance)
    frame = OFFSET_COUNTS + rng.poisson(signal)
    return frame.astype(np.float32)[np.newaxis, np.newaxis]
