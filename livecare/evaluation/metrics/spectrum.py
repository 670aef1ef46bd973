"""Power spectra: which sizes of structure an image holds."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.evaluation.metrics.fidelity import Image

RINGS: Final = 48
"""Rings of equal width from 0 to the Nyquist frequency, 0.5 cycles per pixel."""


def radial_power(image: Image) -> NDArray[np.float64]:
    """Return the power of an image averaged over rings of spatial frequency.

    A Hann window keeps the edges from leaking; the mean is taken off first. White noise of
    variance v has the power v in every ring.

    Parameters
    ----------
    image : array, shape (y, x)
        Any units.

    Returns
    -------
    array, shape (48,), float64
        Units² per ring, from low to high frequency; ring i spans i/96 to (i + 1)/96 cycles per
        pixel. A ring that a small image has no frequency in repeats its neighbour's.
    """
    rows, columns = image.shape
    window = np.outer(np.hanning(rows), np.hanning(columns))
    windowed = (image - image.mean(dtype=np.float64)) * window
    power = np.square(np.abs(np.fft.fft2(windowed))) / np.square(window).sum()
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(columns))
    ring = np.minimum((frequency * 2 * RINGS).astype(int), RINGS)
    total = np.bincount(ring.ravel(), power.ravel(), RINGS + 1)[:RINGS]
    count = np.bincount(ring.ravel(), minlength=RINGS + 1)[:RINGS]
    filled = np.flatnonzero(count)
    return np.interp(np.arange(RINGS), filled, total[filled] / count[filled])
