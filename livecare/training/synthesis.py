"""Training pairs: how dim, how noisy and how badly windowed the simulated frames are.

A pair is a noisy frame and the truth it came from, both in the window that a run would have locked
on *other* frames of the same scene: the window never follows the frame.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livecare.models.normalise import IntensityWindow
from livecare.simulation import Camera, random_field

FIELD_SIDE = 256
"""Rows and columns of a simulated field, pixels; patches are cut from it."""
POOL_FIELDS = 256
"""Fields kept at once; each is used again in other exposures until a new one takes its place."""
PEAK_PHOTONS = (2.0, 150.0)
"""Photons at the 99.9th percentile of a field: from barely visible to comfortable."""
PEAK_PERCENTILE = 99.9
COUNTER_SHARE = 0.25
"""Part of the pairs from a photon counter (gain 1, no offset or read noise); others are cameras."""
DIMMING = (0.4, 1.3)
"""Brightness of a frame relative to the frames that locked the window; bleaching mostly."""
LOW_PERCENTILES = (0.5, 4.0)
HIGH_PERCENTILES = (99.5, 99.95)
"""Percentiles that the window is drawn between, around those of `IntensityWindow`."""

Batch = NDArray[np.float32]
"""Frames in window units, shape (n, 1, y, x)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A noisy frame and its truth, each of shape (y, x), float32, window units."""

    noisy: NDArray[np.float32]
    truth: NDArray[np.float32]


class PairSource:
    """An endless supply of pairs; the same seed gives the same pairs."""

    def __init__(self, seed: int, pool_fields: int = POOL_FIELDS) -> None:
        self._rng = np.random.default_rng(seed)
        self._pool = [draw_field(self._rng) for _ in range(pool_fields)]
        self._oldest = 0

    def refresh(self) -> None:
        """Replace the oldest field of the pool by a new one."""
        self._pool[self._oldest] = draw_field(self._rng)
        self._oldest = (self._oldest + 1) % len(self._pool)

    def batch(self, pairs: int, side: int) -> tuple[Batch, Batch]:
        """Draw noisy frames and truths of `side` × `side` pixels, shape (pairs, 1, side, side)."""
        drawn = [self._draw(side) for _ in range(pairs)]
        noisy = np.stack([pair.noisy for pair in drawn])[:, np.newaxis]
        truth = np.stack([pair.truth for pair in drawn])[:, np.newaxis]
        return noisy, truth

    def _draw(self, side: int) -> Pair:
        field = self._pool[int(self._rng.integers(len(self._pool)))]
        photons = field * np.float32(_log_uniform(PEAK_PHOTONS, self._rng))
        camera = draw_camera(self._rng)
        window = _lock_window(camera, photons, self._rng)
        if self._rng.random() < 1 / 2:
            photons = photons * np.float32(_log_uniform(DIMMING, self._rng))
        return expose_pair(camera, _cut(photons, side, self._rng), window, self._rng)


def draw_field(rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw a light field of `FIELD_SIDE` squared whose 99.9th percentile is 1."""
    field = random_field((FIELD_SIDE, FIELD_SIDE), rng)
    return np.asarray(field / np.percentile(field, PEAK_PERCENTILE), np.float32)


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a photon counter or a camera with offset, gain, read noise and perhaps hot pixels."""
    if rng.random() < COUNTER_SHARE:
        return Camera(gain_adu_per_e=1.0, offset_adu=0.0, read_noise_e=0.0)
    hot_pixel_fraction = _log_uniform((1e-4, 3e-3), rng) if rng.random() < 1 / 2 else 0.0
    return Camera(
        gain_adu_per_e=_log_uniform((0.3, 10.0), rng),
        offset_adu=float(rng.uniform(100.0, 500.0)),
        read_noise_e=_log_uniform((0.5, 4.0), rng),
        hot_pixel_fraction=hot_pixel_fraction,
        hot_pixel_e=_log_uniform((5.0, 100.0), rng),
        sensor_seed=int(rng.integers(1 << 31)),
    )


def expose_pair(
    camera: Camera,
    photons: NDArray[np.float32],
    window: IntensityWindow,
    rng: np.random.Generator,
) -> Pair:
    """Take one frame and put it and its truth into the window."""
    noisy = np.empty(photons.shape, np.float32)
    truth = np.empty(photons.shape, np.float32)
    window.normalise(camera.expose(photons, rng), noisy)
    window.normalise(camera.expected_adu(photons), truth)
    return Pair(noisy, truth)


def _lock_window(
    camera: Camera, photons: NDArray[np.float32], rng: np.random.Generator
) -> IntensityWindow:
    """Lock a window to another exposure; every second row and column is enough for percentiles."""
    frame = camera.expose(np.ascontiguousarray(photons[::2, ::2]), rng)
    low, high = rng.uniform(*LOW_PERCENTILES), rng.uniform(*HIGH_PERCENTILES)
    return IntensityWindow.from_frames([frame], float(low), float(high))


def _cut(field: NDArray[np.float32], side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Cut a square patch at a random place, turned and mirrored at random."""
    top, left = rng.integers(0, FIELD_SIDE - side + 1, 2)
    patch = np.rot90(field[top : top + side, left : left + side], int(rng.integers(4)))
    if rng.random() < 1 / 2:
        patch = patch.T
    return np.ascontiguousarray(patch)


def _log_uniform(bounds: tuple[float, float], rng: np.random.Generator) -> float:
    """Draw so that each factor between the bounds is as likely as any other."""
    low, high = np.log(bounds)
    return float(np.exp(rng.uniform(low, high)))
