"""A Gaussian filter in numpy alone."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

REACH: Final = 4.0
"""The filter ends after so many standard deviations; 6e-5 of its weight lies beyond."""

Floats = NDArray[np.floating]


def gaussian_weights(sigma_px: float, radius_px: int) -> NDArray[np.float32]:
    """Return 2 radius + 1 weights that add up to 1."""
    distance = np.arange(-radius_px, radius_px + 1)
    weights = np.exp(-np.square(distance / sigma_px) / 2)
    return np.asarray(weights / weights.sum(), np.float32)


def gaussian(image: Floats, sigma_px: float) -> Floats:
    """Smooth an image of shape (y, x), mirrored at its edges; keeps its size and type."""
    radius = int(REACH * sigma_px + 0.5)
    weights = gaussian_weights(sigma_px, radius)
    return smooth_within(np.pad(image, radius, mode="symmetric"), weights)


def smooth_within(image: Floats, weights: NDArray[np.float32]) -> Floats:
    """Smooth along both axes where the weights fit in; the result is smaller by their reach."""
    for axis in (0, 1):
        kept = image.shape[axis] - len(weights) + 1
        smooth = np.zeros(
            (kept, image.shape[1]) if axis == 0 else (image.shape[0], kept), image.dtype
        )
        for start, weight in enumerate(weights):
            part = slice(start, start + kept)
            smooth += weight * (image[part] if axis == 0 else image[:, part])
        image = smooth
    return image
