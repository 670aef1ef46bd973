"""Draws: pictures that a model holds possible, to be shown one after the other.

Each is the estimate plus an error of the predicted Laplace scale. What a network says of single
pixels leaves open how the errors of neighbours belong together; here they are those of a smooth
normal field (a Gaussian copula: Nelsen 2006, doi:10.1007/0-387-28678-0), whose width the caller
chooses. Draws show how much, not in which shape, a restored frame may be wrong.
"""

from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError

CORRELATION_PX: Final = 2.0
"""Standard deviation of the smooth field, pixels, as long as nobody has measured it: about what a
microscope resolves where pixels are chosen after Nyquist."""
WIDEST: Final = 6.0
"""Standard deviations of the normal field that the table reaches: one pixel in 5 × 10⁸ has more."""
STEPS: Final = 4096
"""Entries of the table: 0.003 standard deviations apart."""

Values = NDArray[np.float32]


def draw_frame(
    restored: Values,
    spread: Values,
    rng: np.random.Generator,
    correlation_px: float = CORRELATION_PX,
) -> Values:
    """Return one draw from what a model predicts of a frame.

    Parameters
    ----------
    restored, spread : array, shape (y, x), float32
        Estimate and predicted Laplace scale, camera counts.
    rng : numpy.random.Generator
        The same state gives the same draw.
    correlation_px : float
        How far errors belong together, pixels; 0 for pixels that err alone.

    Returns
    -------
    array, shape (y, x), float32
        Camera counts; each pixel by itself has the predicted distribution.

    Raises
    ------
    ConfigError
        If the arrays differ in shape, or the correlation is negative or not finite.
    """
    if restored.shape != spread.shape:
        raise ConfigError(f"draws: an estimate {restored.shape} with a spread {spread.shape}")
    if not 0 <= correlation_px < float("inf"):
        raise ConfigError(f"draws: a correlation of {correlation_px} pixels: give 0 or more")
    field = _smooth_field(restored.shape, correlation_px, rng)
    errors = np.interp(field, *_laplace_of_normal())
    return np.asarray(restored + spread * errors, np.float32)


def _smooth_field(
    shape: tuple[int, ...], width_px: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return normal deviates of variance 1 that belong together over a width; periodic."""
    field = rng.standard_normal(shape)
    if width_px == 0:
        return field
    squares = np.zeros(shape)
    for axis, length in enumerate(shape):
        frequencies = np.fft.fftfreq(length).reshape([-1 if k == axis else 1 for k in range(2)])
        squares = squares + np.square(frequencies)
    transfer = np.exp(-2 * np.square(np.pi * width_px) * squares)
    smooth = np.fft.ifft2(np.fft.fft2(field) * transfer).real
    return np.asarray(smooth / np.sqrt(np.square(transfer).mean()), np.float64)


@lru_cache(maxsize=1)
def _laplace_of_normal() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return normal deviates and the Laplace deviates (scale 1) of the same quantiles."""
    normal = np.linspace(-WIDEST, WIDEST, 2 * STEPS + 1)
    tail = np.array([NormalDist().cdf(-abs(each)) for each in normal])
    return normal, -np.sign(normal) * np.log(2 * tail)
