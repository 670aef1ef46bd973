"""Knows how things wrap around: drawing at sub-pixel places on a field without edges.

A simulated field is periodic, so that a blur by FFT and a roll to "another field" leave no seam.
"""

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""A light field, shape (y, x)."""


def splat(
    size_yx: tuple[int, int],
    place_yx: tuple[NDArray[np.float64], NDArray[np.float64]],
    weights: NDArray[np.float64],
) -> Field:
    """Spread point sources over their four nearest pixels.

    Parameters
    ----------
    size_yx : tuple of int
        Rows and columns, pixels.
    place_yx : pair of ndarray
        Rows and columns of the points, pixels, any shape; wrapped into the field.
    weights : ndarray
        Light of each point, of the same shape.

    Returns
    -------
    ndarray, shape (y, x), float32
        The field; its sum is the sum of the weights.
    """
    rows, columns = size_yx
    y, x = place_yx[0].ravel(), place_yx[1].ravel()
    top, left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    down, right = y - top, x - left
    light = weights.ravel()
    upper, lower = top % rows * columns, (top + 1) % rows * columns
    near, far = left % columns, (left + 1) % columns
    places = np.concatenate([upper + near, upper + far, lower + near, lower + far])
    shares = np.concatenate(
        [
            light * (1 - down) * (1 - right),
            light * (1 - down) * right,
            light * down * (1 - right),
            light * down * right,
        ]
    )
    field = np.bincount(places, weights=shares, minlength=rows * columns)
    return field.reshape(size_yx).astype(np.float32)


def stamp(canvas: Field, patch: Field, corner_yx: tuple[float, float]) -> None:
    """Add a patch to the canvas with its first pixel at a sub-pixel place.

    Parameters
    ----------
    canvas : ndarray, shape (y, x)
        Changed in place.
    patch : ndarray, shape (h, w)
        At least one pixel smaller than the canvas in each direction, so that no pixel of the
        canvas is met twice.
    corner_yx : pair of float
        Where `patch[0, 0]` goes, pixels; wrapped into the canvas.
    """
    top, left = int(np.floor(corner_yx[0])), int(np.floor(corner_yx[1]))
    down, right = np.float32(corner_yx[0] - top), np.float32(corner_yx[1] - left)
    padded = np.pad(patch, 1)
    tall = padded[1:] * (1 - down) + padded[:-1] * down
    moved = tall[:, 1:] * (1 - right) + tall[:, :-1] * right
    rows = (top + np.arange(moved.shape[0])) % canvas.shape[0]
    columns = (left + np.arange(moved.shape[1])) % canvas.shape[1]
    canvas[np.ix_(rows, columns)] += moved


def smooth_noise(
    size_yx: tuple[int, int], correlation_px: float, rng: np.random.Generator
) -> Field:
    """Draw a periodic Gaussian random field of zero mean and unit variance.

    Parameters
    ----------
    size_yx : tuple of int
        Rows and columns, pixels.
    correlation_px : float
        Standard deviation of the Gaussian that white noise is blurred with, pixels.
    rng : numpy.random.Generator
        Source of the noise.
    """
    noise = rng.standard_normal(size_yx, dtype=np.float32)
    spectrum = np.fft.rfft2(noise) * gaussian_transfer(size_yx, correlation_px)
    spectrum[0, 0] = 0
    smooth = np.fft.irfft2(spectrum, s=size_yx)
    deviation = float(smooth.std())
    if deviation == 0:  # the correlation is far longer than the field: nothing is left
        return np.zeros(size_yx, np.float32)
    return np.asarray(smooth / deviation, np.float32)


def gaussian_transfer(size_yx: tuple[int, int], sigma_px: float) -> Field:
    """Give the transfer function of a Gaussian blur on `numpy.fft.rfft2`'s grid.

    Returns
    -------
    ndarray, shape (y, x // 2 + 1), float32
        1 at zero frequency.
    """
    frequency_y = np.fft.fftfreq(size_yx[0])[:, None]
    frequency_x = np.fft.rfftfreq(size_yx[1])[None, :]
    damping = 2 * (np.pi * sigma_px) ** 2
    across = np.exp(-damping * frequency_x**2)
    down = np.exp(-damping * frequency_y**2)
    return np.asarray(down * across, np.float32)
