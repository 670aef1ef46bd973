"""How good a default model is on simulated frames that training never drew, for its card."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.models.anscombe import CameraNoise, expected_photons
from livecare.models.noise_units import NINETY_PERCENT, NoiseUnits
from livecare.simulation import Camera
from livecare.training.default_fields import draw_light

CAMERA: Final = Camera(
    gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.6, hot_pixel_fraction=2e-4
)
"""An ordinary sCMOS camera, the same for every score."""
NOISE: Final = CameraNoise(CAMERA.gain_adu_per_e, CAMERA.offset_adu, CAMERA.read_noise_e)
BACKGROUND_PHOTONS: Final = 1.0
RANGE_PERCENTILES: Final = (0.1, 99.9)
"""The range of a PSNR is that of the truth between these percentiles."""

Values = NDArray[np.float32]
Restore = Callable[[Values], tuple[Values, Values]]
"""Takes a frame in noise units to estimate and Laplace scale, each of its shape."""


@dataclass(frozen=True, slots=True)
class DefaultScore:
    """Means over some frames.

    Attributes
    ----------
    peak_photons : float
        Photons at the 99.9th percentile of each field, above the background.
    frames : int
        How many frames, each of a field of its own.
    raw_db, restored_db : float
        PSNR before and after, dB.
    intensity_ratio : float
        Sum of restored over sum of true photons; 1 is ideal.
    coverage : float
        Part of the pixels whose truth lies in the predicted 90 % interval.
    """

    peak_photons: float
    frames: int
    raw_db: float
    restored_db: float
    intensity_ratio: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Example:
    """A simulated exposure.

    Attributes
    ----------
    counts : array, shape (y, x)
        Camera counts.
    noisy : array, shape (y, x)
        The same in noise units.
    photons : array, shape (y, x)
        The truth.
    """

    counts: Values
    noisy: Values
    photons: Values


def expose_example(peak_photons: float, rng: np.random.Generator) -> Example:
    """Take a frame of a new field with `CAMERA`."""
    photons = draw_light(rng) * np.float32(peak_photons) + np.float32(BACKGROUND_PHOTONS)
    counts = CAMERA.expose(photons, rng).astype(np.float32)
    noisy = np.empty_like(counts)
    NoiseUnits(NOISE).normalise(counts, noisy)
    return Example(counts, noisy, photons)


def score_default(restore: Restore, peak_photons: float, frames: int, seed: int) -> DefaultScore:
    """Restore frames of as many fields and compare them with the truth."""
    rng = np.random.default_rng(seed)
    rows = [_score_one(restore, expose_example(peak_photons, rng)) for _ in range(frames)]
    means = [float(mean) for mean in np.mean(rows, axis=0)]
    return DefaultScore(peak_photons, frames, *means)


def _score_one(restore: Restore, example: Example) -> tuple[float, float, float, float]:
    estimate, scale = restore(example.noisy)
    restored, low, high = (
        expected_photons(values, NOISE.read_noise_e)
        for values in (
            estimate,
            estimate - NINETY_PERCENT * scale,
            estimate + NINETY_PERCENT * scale,
        )
    )
    raw = (example.counts - np.float32(NOISE.offset_adu)) / np.float32(NOISE.gain_adu_per_e)
    inside = (low <= example.photons) & (example.photons <= high)
    return (
        _psnr_db(raw, example.photons),
        _psnr_db(restored, example.photons),
        float(restored.sum(dtype=np.float64) / example.photons.sum(dtype=np.float64)),
        float(inside.mean()),
    )


def _psnr_db(photons: Values, truth: Values) -> float:
    low, high = np.percentile(truth, RANGE_PERCENTILES)
    error = np.mean(np.square(photons - truth), dtype=np.float64)
    return float(10 * np.log10((high - low) ** 2 / error))
