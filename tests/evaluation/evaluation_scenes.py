"""Small scenes with a known truth and a known camera, for the tests of evaluation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livecare.evaluation import ImageSet, Recording
from livecare.models.anscombe import CameraNoise

CAMERA = CameraNoise(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.5)


def blobs(side: int = 96, peak: float = 30.0, dark: float = 1.0, seed: int = 5) -> NDArray[Any]:
    """Expected photons of smooth blobs, shape (y, x)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    field = np.zeros((side, side))
    for _ in range(12):
        row, column, width = rng.uniform(0, side), rng.uniform(0, side), rng.uniform(2, 7)
        field += np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width**2))
    return dark + field / field.max() * peak


def expose(
    photons: NDArray[Any], frames: int, camera: CameraNoise = CAMERA, seed: int = 1
) -> NDArray[np.uint16]:
    """What the camera reads, shape (n, y, x)."""
    rng = np.random.default_rng(seed)
    shape = (frames, *photons.shape)
    electrons = rng.poisson(photons, shape) + rng.normal(0, camera.read_noise_e, shape)
    counts = camera.offset_adu + camera.gain_adu_per_e * electrons
    return np.clip(np.rint(counts), 0, 65535).astype(np.uint16)


def truth_of(photons: NDArray[Any], camera: CameraNoise = CAMERA) -> NDArray[np.float32]:
    return np.asarray(camera.offset_adu + camera.gain_adu_per_e * photons, np.float32)


def image_set(frames: int = 4, peak: float | None = None, note: str = "") -> ImageSet:
    photons = blobs()
    recording = Recording("blobs", expose(photons, frames), truth_of(photons), camera=CAMERA)
    return ImageSet("blobs", "Blobs", (recording,), peak=peak, note=note)
