"""Knows what noise looks like beside its strength: what neighbours, rows and columns share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livecare.camera.windows import Values
from livecare.frame import Pixels
from livecare.models.noise_estimate import CHI_SQUARE_MEDIAN, NoiseEstimate, estimate_noise


@dataclass(frozen=True, slots=True)
class NoiseShape:
    """What of a pixel's noise others share.

    Attributes
    ----------
    correlation_yx : tuple of float
        Correlation of neighbours along columns (y) and rows (x).
    row_share, column_share : float
        Part of the variance that whole rows, or whole columns, share.
    estimate : NoiseEstimate
        What `livecare.models.noise_estimate` makes of the same frames.
    """

    correlation_yx: tuple[float, float]
    row_share: float
    column_share: float
    estimate: NoiseEstimate


def shape_of_noise(frames: Sequence[Pixels]) -> NoiseShape:
    """Look at successive frames of one field, at least two.

    Raises
    ------
    ConfigError
        If they are too small or show no noise.
    """
    estimate = estimate_noise(frames)
    noise = np.diff(np.stack(frames).astype(np.float32), axis=0) / np.float32(2**0.5)
    return NoiseShape(
        correlation_yx=estimate.correlation_yx,
        row_share=_shared(noise),
        column_share=_shared(np.swapaxes(noise, 1, 2)),
        estimate=estimate,
    )


def _shared(noise: Values) -> float:
    """Return the part of the variance that whole rows share, shape (t, y, x).

    What differs between neighbouring rows counts, and the calmer half of them: where things move
    between frames, rows share that motion, too.
    """
    power = float(np.median(np.var(noise, axis=2)))
    if power == 0:
        return 0.0
    rows = noise.mean(axis=2)
    between = rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]
    shared = float(np.median(np.square(between))) / CHI_SQUARE_MEDIAN / 6
    alone = power / noise.shape[2]
    return float(max(0.0, (shared - alone) / power))
