"""Truth from repeats: the mean of the other frames, and what that mean's own noise adds."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.frame import Pixels

LEAST_FRAMES: Final = 3
"""The variance of the other frames needs two of them."""


@dataclass(frozen=True, slots=True)
class RepeatedTruth:
    """What the other frames say about one frame's field.

    With t̂ the mean of the N − 1 other frames, of which each pixel has the sample variance s²::

        mean((x − t̂)²) = mean((x − t)²) + mean(s²) / (N − 1)     on average,

    for every x that is made without them, as their noise is independent of it. So subtracting
    `variance` from a mean squared error to `image` leaves the one to the noise-free t.

    Attributes
    ----------
    image : array, shape (y, x), float32
        t̂, camera counts.
    variance : float
        Of the noise of t̂, mean over the pixels, camera counts².
    """

    image: NDArray[np.float32]
    variance: float


def leave_one_out(frames: Pixels, index: int) -> RepeatedTruth:
    """Return the truth for one frame of a repeated field.

    Parameters
    ----------
    frames : array, shape (n, y, x)
        Frames of a specimen that stands still, n at least 3.
    index : int
        The frame to leave out.

    Raises
    ------
    UsageError
        If there are too few frames.
    """
    if len(frames) < LEAST_FRAMES:
        raise UsageError(
            f"repeats: {len(frames)} frames give no truth for any of them; record at least "
            f"{LEAST_FRAMES} of one field, better 20, or give --truth"
        )
    others = np.delete(frames, index, axis=0).astype(np.float64)
    mean = others.mean(axis=0)
    variance = float(np.square(others - mean).sum(axis=0).mean()) / (len(others) - 1)
    return RepeatedTruth(mean.astype(np.float32), variance / len(others))
