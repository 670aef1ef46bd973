"""How good a network is: PSNR gained and intensity kept, on frames that training never saw."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livecare.models.normalise import IntensityWindow
from livecare.simulation import Camera
from livecare.training.synthesis import draw_field, expose_pair

TRUTH_RANGE = (0.1, 99.9)
"""Percentiles of the truth whose distance is the "peak" of the PSNR."""

CAMERA = Camera(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.6, hot_pixel_fraction=2e-4)
"""An ordinary sCMOS camera, the same for every validation."""

Restore = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Restores one frame of shape (y, x) in window units."""


@dataclass(frozen=True, slots=True)
class Score:
    """Means over some frames.

    Attributes
    ----------
    peak_photons : float
        Photons at the 99.9th percentile of each field.
    frames : int
        How many frames, each of a field of its own.
    raw_db, restored_db : float
        PSNR before and after, dB.
    intensity_ratio : float
        Sum of restored over sum of true signal, both above the camera's offset; 1 is ideal. (Raw
        would be no measure: hot pixels brighten it.)
    """

    peak_photons: float
    frames: int
    raw_db: float
    restored_db: float
    intensity_ratio: float

    @property
    def gain_db(self) -> float:
        """PSNR gained, dB."""
        return self.restored_db - self.raw_db


def psnr_db(estimate: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Return 10 log10(range² / mean squared error), the range being that of the truth."""
    low, high = np.percentile(truth, TRUTH_RANGE)
    error = float(np.mean(np.square(estimate - truth), dtype=np.float64))
    return float(10 * np.log10((high - low) ** 2 / error))


def score(restore: Restore, peak_photons: float, frames: int, seed: int) -> Score:
    """Restore simulated frames of as many fields and compare them with the truth."""
    rng = np.random.default_rng(seed)
    raw_db, restored_db, ratios = [], [], []
    for _ in range(frames):
        photons = draw_field(rng) * np.float32(peak_photons)
        window = IntensityWindow.from_frames([CAMERA.expose(photons, rng)])
        pair = expose_pair(CAMERA, photons, window, rng)
        restored = restore(pair.noisy)
        raw_db.append(psnr_db(pair.noisy, pair.truth))
        restored_db.append(psnr_db(restored, pair.truth))
        dark = (CAMERA.offset_adu - window.low) / (window.high - window.low)
        ratios.append(float(np.mean(restored - dark) / np.mean(pair.truth - dark)))
    return Score(
        peak_photons=peak_photons,
        frames=frames,
        raw_db=float(np.mean(raw_db)),
        restored_db=float(np.mean(restored_db)),
        intensity_ratio=float(np.mean(ratios)),
    )
