"""Knows how far two pictures of one scene are shifted against each other, to a fraction of a pixel.

Phase correlation (Kuglin and Hines 1975), with frequencies weighted by how much of them is above
the noise, and refined around the peak by an upsampled transform (Guizar-Sicairos et al. 2008,
doi:10.1364/OL.33.000156).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

STEPS_PER_PX: Final = 20
"""The shift is found to 1/20 pixel, finer than noise allows."""
REACH_PX: Final = 1.5
"""The finer search goes so far around the whole-pixel peak."""
CLEAR_PEAK: Final = 30.0
"""A peak so many standard deviations above the correlation elsewhere is no accident: two pictures
of noise alone reach 14, real pairs 60 and more."""
FINEST: Final = 0.35
"""Frequencies above so many cycles per pixel are left out: they are noise and aliases."""

Values = NDArray[np.float32]
Spectrum = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the second picture lies from the first.

    Attributes
    ----------
    y_px, x_px : float
        What must be added to places in the second picture to find them in the first.
    clarity : float
        Height of the correlation peak in standard deviations of the correlation elsewhere.
    """

    y_px: float
    x_px: float
    clarity: float

    @property
    def length_px(self) -> float:
        """Length of the shift."""
        return float(np.hypot(self.y_px, self.x_px))

    @property
    def clear(self) -> bool:
        """Whether the pictures show enough in common to trust the shift."""
        return self.clarity > CLEAR_PEAK


def measure_shift(first: Values, second: Values) -> Shift:
    """Measure the shift between two pictures of one size, shape (y, x), any scale and offset."""
    spectrum = _cross_spectrum(first, second)
    size = first.shape
    correlation = np.fft.ifft2(spectrum).real
    peak = np.unravel_index(int(np.argmax(correlation)), size)
    spread = float(np.median(np.abs(correlation))) * 1.4826
    clarity = float(correlation[peak]) / spread if spread > 0 else 0.0
    whole = [
        int((at + length // 2) % length - length // 2)
        for at, length in zip(peak, size, strict=True)
    ]
    y_px, x_px = _refine(spectrum, whole[0], whole[1])
    return Shift(y_px, x_px, clarity)


def _cross_spectrum(first: Values, second: Values) -> Spectrum:
    """Return the cross spectrum of phases alone, weighted by what is above the noise."""
    rows, columns = first.shape
    window = np.outer(np.hanning(rows + 2)[1:-1], np.hanning(columns + 2)[1:-1])
    spectra = [np.fft.fft2((each - each.mean()) * window) for each in (first, second)]
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(columns)[None, :])
    weight = (frequency <= FINEST).astype(np.float64)
    for each in spectra:
        power = np.square(np.abs(each))
        floor = float(np.median(power[frequency > FINEST]))
        weight *= power / (power + 4 * max(floor, 1e-300))
    cross = spectra[0] * np.conj(spectra[1])
    return np.asarray(weight * cross / np.maximum(np.abs(cross), 1e-300))


def _refine(spectrum: Spectrum, y_px: int, x_px: int) -> tuple[float, float]:
    """Search finer around a whole-pixel peak; the transform is evaluated only there."""
    rows, columns = spectrum.shape
    steps = np.arange(-REACH_PX, REACH_PX + 0.5 / STEPS_PER_PX, 1 / STEPS_PER_PX)
    down = np.exp(2j * np.pi * np.outer(y_px + steps, np.fft.fftfreq(rows)))
    right = np.exp(2j * np.pi * np.outer(np.fft.fftfreq(columns), x_px + steps))
    fine = (down @ spectrum @ right).real
    at_y, at_x = np.unravel_index(int(np.argmax(fine)), fine.shape)
    return float(y_px + steps[at_y]), float(x_px + steps[at_x])
