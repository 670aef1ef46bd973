"""Frames of simulated cameras that the camera's tests measure."""

import numpy as np
from numpy.typing import NDArray

from livecare.camera import CameraKey
from livecare.frame import Pixels
from livecare.simulation import Camera, random_field, random_movie

KEY = CameraKey("Zyla", "uint16", "1", 16, {"Gain": "1"})
CAMERA = Camera(gain_adu_per_e=2.2, offset_adu=100.0, read_noise_e=1.6)
SIDE = 128


def photons(seed: int, peak: float = 60.0) -> NDArray[np.float32]:
    light = random_field((SIDE, SIDE), np.random.default_rng(seed))
    return np.asarray(light / np.percentile(light, 99.9) * peak + 1, np.float32)


def still(camera: Camera, frames: int, seed: int = 1, peak: float = 60.0) -> list[Pixels]:
    light, rng = photons(seed, peak), np.random.default_rng(seed + 50)
    return [camera.expose(light, rng) for _ in range(frames)]


def moving(camera: Camera, frames: int, seed: int = 1) -> list[Pixels]:
    rng = np.random.default_rng(seed)
    movie = random_movie((SIDE, SIDE), frames, rng)
    return [camera.expose(light / np.percentile(movie, 99.9) * 60 + 1, rng) for light in movie]


def dark(camera: Camera, frames: int, seed: int = 1) -> list[Pixels]:
    rng = np.random.default_rng(seed + 99)
    return [camera.expose(np.zeros((SIDE, SIDE), np.float32), rng) for _ in range(frames)]


def series(camera: Camera, frames: int, seed: int = 1) -> list[list[Pixels]]:
    light, rng = photons(seed), np.random.default_rng(seed + 7)
    return [[camera.expose(light * at, rng) for _ in range(frames)] for at in (0.2, 0.5, 1, 2)]
