"""Moves a clean picture by a fraction of a pixel. Never a noisy one: that would blur its noise."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

MARGIN_PX: Final = 32
"""Rows and columns that the picture is continued by, fading, so that its edges do not ring."""

Values = NDArray[np.float32]
Overlap = tuple[slice, slice]


def shifted(picture: Values, y_px: float, x_px: float) -> Values:
    """Return the picture moved down and right by these fractions of a pixel.

    Parameters
    ----------
    picture : ndarray, shape (y, x), float32
        Sampled finely enough for its detail; ringing at most where it is not.
    y_px, x_px : float
        Less than a pixel; what moves in from outside is continued.
    """
    margin = min(MARGIN_PX, *(length - 1 for length in picture.shape))
    padded = np.pad(picture, margin, mode="reflect", reflect_type="odd")
    padded = (padded - picture.mean()) * np.outer(*(_fade(n, margin) for n in picture.shape))
    rows, columns = padded.shape
    turn_y = np.exp(-2j * np.pi * y_px * np.fft.fftfreq(rows))[:, None]
    turn_x = np.exp(-2j * np.pi * x_px * np.fft.rfftfreq(columns))[None, :]
    moved = np.fft.irfft2(np.fft.rfft2(padded) * turn_y * turn_x, s=padded.shape)
    inside = slice(margin, -margin)
    return np.ascontiguousarray(moved[inside, inside] + picture.mean(), dtype=np.float32)


def _fade(length: int, margin: int) -> NDArray[np.float64]:
    """Return 1 inside and a smooth descent to 0 in the outer three quarters of the margins."""
    flat = margin // 4
    ramp = np.sin(np.linspace(0, np.pi / 2, margin - flat + 1, endpoint=False)[1:]) ** 2
    return np.concatenate([ramp, np.ones(length + 2 * flat), ramp[::-1]])


def split_shift(length_px: float) -> tuple[int, float]:
    """Return a shift as whole pixels, which cropping undoes, and a rest within half a pixel."""
    whole = math.floor(length_px + 0.5)
    return whole, length_px - whole


def overlap(size_yx: tuple[int, int], whole_yx: tuple[int, int]) -> tuple[Overlap, Overlap]:
    """Return where two pictures of one size show the same, the second shifted by whole pixels."""
    first, second = [], []
    for length, whole in zip(size_yx, whole_yx, strict=True):
        first.append(slice(max(0, whole), length + min(0, whole)))
        second.append(slice(max(0, -whole), length + min(0, -whole)))
    return (first[0], first[1]), (second[0], second[1])
