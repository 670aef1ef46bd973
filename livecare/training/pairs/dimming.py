"""Makes a frame look as if fewer photons had come, with the noise that such a frame would have.

Scaling alone would shrink the noise with the signal; a dimmer frame is relatively noisier.
"""

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise

Values = NDArray[np.float32]


def dimmed(counts: Pixels, kept: float, noise: CameraNoise, rng: np.random.Generator) -> Values:
    """Return a noisy frame as a part of its light would have given it.

    Photon counts lose each photon by chance, which is exact. Of a camera's frame the noise that
    scaling takes away is added again; its variance follows the mean of a pixel and its neighbours.

    Parameters
    ----------
    counts : ndarray, shape (y, x)
        Camera counts.
    kept : float
        Part of the light that is kept, above 0, at most 1.
    noise : CameraNoise
        Of the camera that took the frame; the result is as if it had taken it, too.
    rng : numpy.random.Generator
        Chooses the photons, or draws the noise.
    """
    if _counts_photons(counts, noise):
        return rng.binomial(np.asarray(counts, np.int64), kept).astype(np.float32)
    offset, gain = np.float32(noise.offset_adu), np.float32(noise.gain_adu_per_e)
    electrons = (np.asarray(counts, np.float32) - offset) / gain
    light = np.maximum(_neighbourhood_mean(electrons), np.float32(0))
    variance = np.float32(kept * (1 - kept)) * light
    variance += np.float32((1 - kept**2) * noise.read_noise_e**2)
    added = np.sqrt(variance) * rng.standard_normal(electrons.shape, dtype=np.float32)
    return np.asarray(offset + gain * (np.float32(kept) * electrons + added), np.float32)


def dimmed_clean(counts: Values, kept: float, noise: CameraNoise) -> Values:
    """Return a frame without noise at a part of its light."""
    offset = np.float32(noise.offset_adu)
    return np.asarray(offset + np.float32(kept) * (counts - offset), np.float32)


def _counts_photons(counts: Pixels, noise: CameraNoise) -> bool:
    return (
        np.issubdtype(counts.dtype, np.integer)
        and noise.gain_adu_per_e == 1
        and noise.offset_adu == 0
        and noise.read_noise_e == 0
    )


def _neighbourhood_mean(values: Values) -> Values:
    """Return the mean of 3 × 3 pixels around each; edges are repeated."""
    padded = np.pad(values, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / np.float32(9), np.float32)
