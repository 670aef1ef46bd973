"""Frames at half resolution without losing pixels: for noise that neighbours share.

A network made for noise of independent pixels takes a patch of correlated noise for structure. In
means of 2 × 2 pixels, every second one of them, the correlation is mostly gone. All four ways of
taking every second mean are laid side by side as quarters of one frame, which a network restores
like any other; put back in their places they make a frame of full size, four times averaged.
"""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]


def to_mosaic(frame: Values) -> Values:
    """Return the quarters of the means of 2 × 2 pixels.

    Parameters
    ----------
    frame : array, shape (..., y, x), float32
        At least one pixel; the last row and column are repeated.

    Returns
    -------
    array of the same shape
        Means at even rows and columns top left, at odd columns top right, and so on.
    """
    means = _means(frame, (0, 1))
    return np.concatenate(
        [np.concatenate([means[..., row::2, ::2], means[..., row::2, 1::2]], -1) for row in (0, 1)],
        -2,
    )


def from_mosaic(mosaic: Values) -> Values:
    """Return the frame whose quarters these are, averaged again so that nothing is displaced."""
    rows, columns = ((length + 1) // 2 for length in mosaic.shape[-2:])
    means = np.empty_like(mosaic)
    means[..., ::2, ::2] = mosaic[..., :rows, :columns]
    means[..., ::2, 1::2] = mosaic[..., :rows, columns:]
    means[..., 1::2, ::2] = mosaic[..., rows:, :columns]
    means[..., 1::2, 1::2] = mosaic[..., rows:, columns:]
    return _means(means, (1, 0))


def coarse(frame: Values) -> Values:
    """Return the first quarter of `to_mosaic`: a frame of half the size."""
    return np.ascontiguousarray(_means(frame, (0, 1))[..., ::2, ::2])


def halved(frame: NDArray[np.generic]) -> Values:
    """Return the means of 2 × 2 pixels; an odd last row or column is left out.

    A quarter of the cost of `coarse`, which keeps these.
    """
    rows, columns = (length // 2 * 2 for length in frame.shape)
    whole = frame[:rows, :columns].astype(np.float32)
    down = whole[::2] + whole[1::2]
    return np.asarray((down[:, ::2] + down[:, 1::2]) * np.float32(1 / 4), np.float32)


def _means(frame: Values, added: tuple[int, int]) -> Values:
    """Average each pixel with its next (or, `added` in front, its last) neighbours."""
    leading = [(0, 0)] * (frame.ndim - 2)
    padded = np.pad(frame, [*leading, added, added], mode="edge")
    down = padded[..., :-1, :] + padded[..., 1:, :]
    return np.asarray((down[..., :-1] + down[..., 1:]) * np.float32(1 / 4), np.float32)
