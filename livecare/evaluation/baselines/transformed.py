"""Filters that expect noise of variance 1 everywhere, run between Anscombe and its inverse."""

import numpy as np
from numpy.typing import NDArray

from livecare.evaluation.baselines.protocol import Restore
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise, expected_photons, transform_electrons


def stabilise(frame: Pixels, camera: CameraNoise) -> NDArray[np.float32]:
    """Return the frame's generalised Anscombe transform: noise of variance 1."""
    electrons = (frame.astype(np.float32) - camera.offset_adu) / camera.gain_adu_per_e
    return transform_electrons(electrons.astype(np.float32), camera.read_noise_e)


def unstabilise(values: NDArray[np.float32], camera: CameraNoise) -> NDArray[np.float32]:
    """Return camera counts, by the exact unbiased inverse."""
    photons = expected_photons(values.astype(np.float32), camera.read_noise_e)
    return np.asarray(camera.offset_adu + camera.gain_adu_per_e * photons, np.float32)


def between(denoise: Restore, camera: CameraNoise) -> Restore:
    """Return the filter with the transform before and its inverse after it."""
    return lambda frame: unstabilise(denoise(stabilise(frame, camera)), camera)
