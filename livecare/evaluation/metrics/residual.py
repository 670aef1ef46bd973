"""What a restoration took away: it should be white noise, as strong as the camera's."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.evaluation.metrics.fidelity import Image
from livecare.models.anscombe import CameraNoise

REACH_PX: Final = 8
"""Largest lag of the autocorrelation, pixels along each axis."""


@dataclass(frozen=True, slots=True)
class Residual:
    """raw − restored, in units of the noise that the camera has at the restored brightness.

    Attributes
    ----------
    variance : float
        1 where the restoration took away the noise and nothing else; less where it left some.
    along_x, along_y : tuple of float
        Autocorrelation at lags of 0 (which is 1) to `REACH_PX` pixels along rows and columns.
    largest : float
        The autocorrelation of greatest magnitude at any lag within reach but 0; with its sign.
        White residuals of n pixels stay within about 4 / √n.
    """

    variance: float
    along_x: tuple[float, ...]
    along_y: tuple[float, ...]
    largest: float


def examine_residual(raw: Image, restored: Image, camera: CameraNoise) -> Residual:
    """Compare what was taken away with the camera's noise.

    Parameters
    ----------
    raw, restored : array, shape (y, x)
        Camera counts.
    camera : CameraNoise
        Tells how noisy a pixel of a brightness is.
    """
    gain = camera.gain_adu_per_e
    light = np.maximum(restored.astype(np.float64) - camera.offset_adu, 0.05 * gain)
    deviation = np.sqrt(gain * light + (gain * camera.read_noise_e) ** 2)
    scaled = (raw.astype(np.float64) - restored) / deviation
    variance = float(np.mean(np.square(scaled)))
    lags = _autocorrelation(scaled - scaled.mean())
    centre = lags.shape[0] // 2
    others = lags.copy()
    others[centre, centre] = 0.0
    return Residual(
        variance=variance,
        along_x=tuple(float(value) for value in lags[centre, centre:]),
        along_y=tuple(float(value) for value in lags[centre:, centre]),
        largest=float(others.ravel()[np.abs(others).argmax()]),
    )


def _autocorrelation(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the autocorrelation at lags within reach, lag 0 in the middle; no wrapping around."""
    reach = min(REACH_PX, min(image.shape) - 1)
    padded = tuple(length + reach for length in image.shape)
    power = np.square(np.abs(np.fft.rfft2(image, padded)))
    lags = np.fft.irfft2(power, padded)
    near = np.roll(lags, (reach, reach), axis=(0, 1))[: 2 * reach + 1, : 2 * reach + 1]
    return near / near[reach, reach] if near[reach, reach] > 0 else np.zeros_like(near)
