"""The photon factor: the light that a restoration stands for."""

import math

import numpy as np

from livecare.evaluation.metrics.fidelity import Image
from livecare.models.anscombe import CameraNoise


def photon_factor(squared_error_adu2: float, truth: Image, camera: CameraNoise) -> float:
    """Return how many times more light the raw image would need for the same squared error.

    A pixel that expects λ photons reads, at k times the exposure, a value whose variance is
    kλ + r² electrons² (Poisson light and one readout of read noise r). Scaled back to the original
    exposure its mean squared error is λ/k + r²/k². With the mean λ̄ over the image, k is where that
    equals the restored image's mean squared error M, in electrons²::

        λ̄/k + r²/k² = M     so     k = (λ̄ + √(λ̄² + 4 M r²)) / (2 M)

    The raw image itself has k = 1 where the camera's values are right, and a restoration that does
    harm has k < 1. Where r = 0, k is the ratio of the squared errors; where read noise dominates,
    less: more light in one exposure also outshines the read noise. The exposure is made longer, not
    repeated. An estimated r that holds the shot noise of a background makes k too small, never too
    large.

    Parameters
    ----------
    squared_error_adu2 : float
        Mean squared error of the restored image, camera counts², after any correction for the
        truth's own noise; 0 or less gives infinity.
    truth : array, shape (y, x)
        Camera counts, offset included.
    camera : CameraNoise
        Gain, offset and read noise.
    """
    if squared_error_adu2 <= 0:
        return math.inf
    gain = camera.gain_adu_per_e
    error_e2 = squared_error_adu2 / gain**2
    photons = max(0.0, (float(np.mean(truth, dtype=np.float64)) - camera.offset_adu) / gain)
    root = math.sqrt(photons**2 + 4 * error_e2 * camera.read_noise_e**2)
    return (photons + root) / (2 * error_e2)
