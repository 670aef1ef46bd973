"""Pairs of frames for the guards: a drawn field, a camera, and a restoration that is as told."""

from dataclasses import dataclass, replace

import numpy as np

from livecare.frame import Pixels
from livecare.models.normalise import CameraNoise, NoiseUnits
from livecare.simulation import SPECIMENS, Camera, Optics, Specimen

CAMERA = Camera(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.6)
NOISE = CameraNoise(2.0, 100.0, 1.6)
UNITS = NoiseUnits(NOISE)


@dataclass(frozen=True)
class Scene:
    """A light field, expected photons, shape (y, x), that stands still."""

    photons: np.ndarray

    @classmethod
    def draw(
        cls, name: str = "mixed", photons: float = 40.0, side: int = 256, seed: int = 3
    ) -> "Scene":
        rng = np.random.default_rng(seed)
        return cls(photons * Specimen(SPECIMENS[name], Optics(), (side, side), rng).render(0.0))

    def raw(self, seed: int = 0, camera: Camera = CAMERA) -> Pixels:
        return camera.expose(self.photons, np.random.default_rng(seed))

    def restored(self, camera: Camera = CAMERA) -> Pixels:
        """What a perfect network makes of it."""
        return camera.expected_adu(self.photons.astype(np.float32))

    def with_spot(
        self, photons: float, y: float = 100.0, x: float = 120.0, sigma_px: float = 1.6
    ) -> "Scene":
        down = np.arange(self.photons.shape[0])[:, None] - y
        across = np.arange(self.photons.shape[1]) - x
        shape = np.exp(-(down**2 + across**2) / (2 * sigma_px**2))
        return replace(self, photons=self.photons + photons * shape / shape.sum())


def flat(photons: float = 5.0, side: int = 256) -> Scene:
    return Scene(np.full((side, side), photons, np.float32))
