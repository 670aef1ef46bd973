"""Knows how the frames of a training become the statistics that other frames are compared with."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.guards.expectation import TrustStatistics
from livecare.guards.features import FEATURES, statistics
from livecare.guards.spectrum import measure
from livecare.guards.survey import survey
from livecare.models.anscombe import CameraNoise

LEAST_FRAMES: Final = 8 * len(FEATURES)
"""Frames that are needed: fewer say nothing of how the statistics vary together."""
SHRUNK: Final = 0.05
"""Part of the covariance that is replaced by its diagonal (Ledoit and Wolf 2004,
doi:10.1016/S0047-259X(03)00096-4): few frames make some directions seem narrower than they are."""
INSIDE: Final = 0.995
"""Part of the training's frames whose distance is within `TrustStatistics.distance`."""


def frame_statistics(
    raw: Pixels, restored: Pixels, noise: CameraNoise
) -> NDArray[np.float64] | None:
    """Return the statistics of one frame of a training, shape (features,); None if it is no use."""
    seen = survey(raw, restored, noise)
    return None if seen is None else statistics(seen, measure(seen, 0))


def learn(rows: Sequence[NDArray[np.float64]]) -> TrustStatistics:
    """Make statistics of a training from those of its frames.

    Parameters
    ----------
    rows : sequence of array, each of shape (features,)
        What `frame_statistics` gave; of frames that differ as the training's do.

    Raises
    ------
    ConfigError
        If there are too few.
    """
    if len(rows) < LEAST_FRAMES:
        raise ConfigError(
            f"guards: {len(rows)} frames say too little of a training; give {LEAST_FRAMES} or more"
        )
    table = np.stack(rows)
    centre = table.mean(axis=0)
    covariance = np.cov(table, rowvar=False)
    spread = np.diag(np.diag(covariance))
    covariance = (1 - SHRUNK) * covariance + SHRUNK * spread + 1e-6 * np.eye(len(covariance))
    values, directions = np.linalg.eigh(covariance)
    whitening = directions.T / np.sqrt(values)[:, None]
    distances = np.sqrt(np.square((table - centre) @ whitening.T).mean(axis=1))
    return TrustStatistics(
        features=FEATURES,
        centre=tuple(float(each) for each in centre.round(6)),
        whitening=tuple(tuple(float(each) for each in row) for row in whitening.round(6)),
        distance=float(np.quantile(distances, INSIDE).round(6)),
    )
