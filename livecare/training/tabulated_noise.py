"""Noise models for probabilistic Noise2Void, in noise units, as torch can follow them.

Camera counts become noise units by one camera's values for all recordings, so that a model that
was fitted in counts can be tabulated in noise units once and looked up there.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from livecare.errors import UsageError
from livecare.models.anscombe import (
    FLOOR,
    CameraNoise,
    expected_photons,
    expected_transform,
)

Values = NDArray[np.float32]
NODES: Final = 384
"""Nodes of the table per axis; noise units are so even that more changes nothing."""
MARGIN: Final = 6.0
"""Noise standard deviations that the table goes beyond the brightest signal."""
BINS: Final = 24
"""Brightnesses at which the variance of a calibration is measured."""
LEAST_LOG: Final = -1e4
"""Chances are cut off here, so that a table holds finite numbers; far beyond what noise does."""


class CountsModel(Protocol):
    """A noise model in camera counts (`livecare.training.pairs.noise_mixture`)."""

    def log_likelihood(self, observed: Values, signal: Values) -> Values:
        """Return the log density of what was observed, given the signal."""


class UnitNoise:
    """Noise of variance one, which noise units are made to have."""

    def log_likelihood(self, observed: Tensor, signal: Tensor) -> Tensor:
        """Return the log density, without its constant; both in noise units."""
        return -torch.square(observed - signal) / 2


@dataclass(frozen=True, slots=True)
class TabulatedNoise:
    """A noise model of camera counts, as a table in noise units.

    Attributes
    ----------
    table : Tensor, shape (NODES, NODES)
        Log likelihood by signal and by what was observed.
    low, high : float
        Noise units of the first and the last node of both axes.
    """

    table: Tensor
    low: float
    high: float

    @classmethod
    def of(cls, model: CountsModel, noise: CameraNoise, brightest_adu: float) -> "TabulatedNoise":
        """Tabulate a model up to the brightest signal, camera counts."""
        photons = max((brightest_adu - noise.offset_adu) / noise.gain_adu_per_e, 1.0)
        read = noise.read_noise_e
        low = float(expected_transform(np.zeros(1, np.float32), read)[0]) - MARGIN
        high = float(expected_transform(np.full(1, photons, np.float32), read)[0]) + MARGIN
        nodes = np.linspace(low, high, NODES, dtype=np.float32)
        signal_e = expected_photons(nodes, read)
        observed_e = np.square(np.maximum(nodes, 0) / 2) - np.float32(FLOOR + read**2)
        gain, offset = np.float32(noise.gain_adu_per_e), np.float32(noise.offset_adu)
        found = model.log_likelihood(
            (offset + gain * observed_e)[None, :], (offset + gain * signal_e)[:, None]
        )
        table = np.maximum(np.nan_to_num(found, nan=LEAST_LOG, neginf=LEAST_LOG), LEAST_LOG)
        return cls(torch.from_numpy(np.asarray(table, np.float32)), low, high)

    def log_likelihood(self, observed: Tensor, signal: Tensor) -> Tensor:
        """Return the log density; both in noise units, of shapes that broadcast.

        It is a straight line between nodes; beyond the table it falls as a Gaussian does.
        """
        table = self.table.to(signal.device)
        row, row_part, out_of_rows = self._node(signal)
        column, column_part, _ = self._node(observed.expand_as(signal))
        upper = torch.lerp(table[row, column], table[row, column + 1], column_part)
        lower = torch.lerp(table[row + 1, column], table[row + 1, column + 1], column_part)
        return torch.lerp(upper, lower, row_part) - torch.square(out_of_rows) / 2

    def _node(self, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the node below each value, how far it is to the next, and what lies beyond."""
        inside = values.clamp(self.low, self.high)
        place = (inside - self.low) * ((len(self.table) - 1) / (self.high - self.low))
        node = place.detach().floor().long().clamp(0, len(self.table) - 2)
        return node, place - node, values - inside


def camera_of(observed: Values, signal: Values, offset_adu: float | None = None) -> CameraNoise:
    """Return the camera whose noise grows with the signal as in a calibration.

    Parameters
    ----------
    observed, signal : array, shape (n,), float32
        Camera counts of noisy pixels, and of the same pixels without noise.
    offset_adu : float or None
        Camera counts of a dark pixel; None to take what leaves no read noise.

    Raises
    ------
    UsageError
        If brighter pixels are not noisier.
    """
    parts = np.array_split(np.argsort(signal, kind="stable"), BINS)
    levels = np.array([float(signal[part].mean()) for part in parts])
    variances = np.array([float(np.var(observed[part] - signal[part])) for part in parts])
    gain, intercept = np.polyfit(levels, variances, 1)
    if not (np.isfinite(gain) and gain > 0):
        raise UsageError(
            "calibration: brighter pixels are not noisier, so no camera can be read from it: "
            "record a scene with dark and bright parts, or give --gain, --offset and --read-noise"
        )
    if offset_adu is None:
        return CameraNoise(float(gain), float(-intercept / gain), 0.0)
    read_variance = max(float(intercept + gain * offset_adu), 0.0)
    return CameraNoise(float(gain), offset_adu, float(np.sqrt(read_variance) / gain))
