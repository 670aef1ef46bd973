"""A small specimen, its camera, and what the camera reads at any exposure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livecare.advisor.series import Series
from livecare.models.anscombe import CameraNoise

CAMERA = CameraNoise(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.6)
LONG_MS = 50.0


def photons(side: int = 128, peak: float = 80.0) -> NDArray[np.float64]:
    """Expected photons of blobs and lines in the long exposure, shape (y, x)."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:side, :side]
    field = np.zeros((side, side))
    for _ in range(14):
        row, column, width = rng.uniform(0, side), rng.uniform(0, side), rng.uniform(2, 8)
        field += np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width**2))
        field += 0.5 * np.exp(-((y - row - 0.3 * (x - column)) ** 2) / 4)
    return 2 + field / field.max() * peak


def expose(
    light: NDArray[Any], frames: int, camera: CameraNoise = CAMERA, seed: int = 1
) -> NDArray[np.uint16]:
    """What the camera reads, shape (n, y, x)."""
    rng = np.random.default_rng(seed)
    shape = (frames, *light.shape)
    electrons = rng.poisson(light, shape) + rng.normal(0, camera.read_noise_e, shape)
    counts = camera.offset_adu + camera.gain_adu_per_e * electrons
    return np.clip(np.rint(counts), 0, 65535).astype(np.uint16)


def series(exposure_ms: float, frames: int = 5, seed: int = 1, name: str = "series") -> Series:
    """Frames of an exposure."""
    return Series(exposure_ms, expose(photons() * exposure_ms / LONG_MS, frames, seed=seed), name)
