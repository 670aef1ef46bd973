"""Non-local means (Buades, Coll and Morel 2005, doi:10.1109/CVPR.2005.38), calibrated blindly.

Its strength is the one that predicts pixels best which it has not seen: a J-invariant calibration
(Batson and Royer 2019, Noise2Self, arXiv:1901.11365), which needs no truth. Pixels of a grid are
replaced by the mean of their neighbours, the filter runs, and what it makes of them is compared
with the raw values: the noise that a pixel had is unknown to it.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from skimage.restoration import denoise_nl_means

from livecare.evaluation.baselines.protocol import Fitted, Subject
from livecare.evaluation.baselines.transformed import between, stabilise

STRENGTHS: Final = (0.5, 0.65, 0.8, 1.0, 1.25)
"""Candidates for the filter's h, in standard deviations of the noise."""
PATCHES_PX: Final = (5, 7)
"""Candidates for the side of the patches that are compared."""
REACH_PX: Final = 9
"""How far similar patches are looked for."""
GRID_PX: Final = 4
"""Every fourth pixel of every fourth row is hidden from the filter: a thousand of the piece."""
CROP_PX: Final = 128
"""Side of the piece, the brightest one, that is calibrated on: a frame's noise is alike all over
after the transform."""

Values = NDArray[np.float32]


class NonlocalMeans:
    """Anscombe + NLM. See `livecare.evaluation.baselines.protocol.Baseline`."""

    def candidates(self, subject: Subject) -> list[Fitted]:
        """Return the strength and patch that a recording's first frame asks for."""
        values = _brightest(stabilise(subject.frames[0], subject.camera))
        strength, patch = calibrate(values)
        denoise = partial(_denoise, strength=strength, patch_px=patch)
        return [Fitted("J-invariant", between(denoise, subject.camera))]


def calibrate(values: Values) -> tuple[float, int]:
    """Return the strength and patch whose error on hidden pixels is least.

    Parameters
    ----------
    values : array, shape (y, x)
        Noise of variance 1.
    """
    settings = [(strength, patch) for patch in PATCHES_PX for strength in STRENGTHS]
    errors = [
        hidden_error(values, partial(_denoise, strength=strength, patch_px=patch))
        for strength, patch in settings
    ]
    return settings[int(np.argmin(errors))]


def hidden_error(values: Values, denoise: Callable[[Values], Values]) -> float:
    """Return the mean squared error of what a filter predicts for pixels that it cannot see."""
    around = np.pad(values, 1, mode="reflect")
    neighbours = (around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]) / 4
    hidden = np.zeros(values.shape, bool)
    hidden[1::GRID_PX, 1::GRID_PX] = True
    predicted = denoise(np.where(hidden, neighbours, values))
    return float(np.square(predicted - values)[hidden].mean())


def _denoise(values: Values, strength: float, patch_px: int) -> Values:
    return np.asarray(
        denoise_nl_means(
            values, patch_size=patch_px, patch_distance=REACH_PX, h=strength, sigma=1.0
        ),
        np.float32,
    )


def _brightest(values: Values) -> Values:
    """Return the brightest of some pieces of a frame."""
    pieces = [
        values[row : row + CROP_PX, column : column + CROP_PX]
        for row in _starts(values.shape[0])
        for column in _starts(values.shape[1])
    ]
    return max(pieces, key=lambda piece: float(piece.mean()))


def _starts(length: int) -> range:
    return range(0, max(1, length - CROP_PX + 1), CROP_PX // 2)
