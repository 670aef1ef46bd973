"""A noise model as a table: how often each value was observed at each signal."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError

BINS = 128
"""Bins of the signal and of the observed values, at most."""
PRIOR_COUNTS = 8.0
"""A normal distribution counts as so many observations of each signal: it fills the gaps."""
FLOOR = 1e-12
"""Least density, so that an outlier costs much and not everything."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HistogramNoise:
    """Densities of observed values in bins of the signal.

    Attributes
    ----------
    signal : ndarray, shape (2,)
        Middle of the first and of the last bin of the signal, camera counts.
    observed : ndarray, shape (2,)
        Lower edge of the first and upper edge of the last bin of the observed values.
    density : ndarray, shape (signals, observations)
        Per camera count; each row sums to 1 over the counts.

    Raises
    ------
    UsageError
        If the shapes do not fit.
    """

    signal: NDArray[np.float64]
    observed: NDArray[np.float64]
    density: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.signal.shape != (2,) or self.observed.shape != (2,) or self.density.ndim != 2:  # noqa: PLR2004
            raise UsageError("histogram noise: signal and observed are two edges, density a table")

    @classmethod
    def fit(cls, observed: Values, signal: Values) -> Self:
        """Count pairs of observed values and signals, shape (n,), camera counts."""
        low, high = float(observed.min()) - 0.5, float(observed.max()) + 0.5
        width = max(1.0, np.ceil((high - low) / BINS))  # whole counts: no bin holds more of them
        columns = int(np.ceil((high - low) / width))
        high = low + columns * width
        first, last = float(signal.min()), float(signal.max())
        rows = max(2, min(BINS, round((last - first) / width) + 1))
        row = np.rint((signal - first) / max(last - first, 1e-9) * (rows - 1)).astype(np.intp)
        column = np.minimum(((observed - low) / width).astype(np.intp), columns - 1)
        counts = np.bincount(row * columns + column, minlength=rows * columns)
        table = counts.reshape(rows, columns).astype(np.float64)
        middles = low + (np.arange(columns) + 0.5) * width
        table += PRIOR_COUNTS * _normal_rows(table, middles, np.linspace(first, last, rows), width)
        density = table / table.sum(axis=1, keepdims=True) / width
        return cls(np.array([first, last]), np.array([low, high]), np.maximum(density, FLOOR))

    def log_likelihood(self, observed: Values, signal: Values) -> Values:
        """Return the log of the density per camera count; linear in the signal in between."""
        rows, columns = self.density.shape
        low, high = self.observed
        column = np.clip(
            ((observed - low) / (high - low) * columns).astype(np.intp), 0, columns - 1
        )
        first, last = self.signal
        at = np.clip((signal - first) / max(last - first, 1e-9) * (rows - 1), 0, rows - 1)
        below = np.minimum(at.astype(np.intp), rows - 2)
        part = at - below
        likely = (1 - part) * self.density[below, column] + part * self.density[below + 1, column]
        return np.asarray(np.log(likely), np.float32)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the attributes by name."""
        return {"signal": self.signal, "observed": self.observed, "density": self.density}


def _normal_rows(
    table: NDArray[np.float64],
    middles: NDArray[np.float64],
    signals: NDArray[np.float64],
    width: float,
) -> NDArray[np.float64]:
    """Return a normal distribution for each row, of its signal and a variance linear in it."""
    counts = table.sum(axis=1)
    spread = (table * np.square(middles - signals[:, None])).sum(axis=1)
    seen = counts > 0
    slope, intercept = np.polyfit(
        signals[seen], spread[seen] / counts[seen], 1, w=np.sqrt(counts[seen])
    )
    variance = np.maximum(slope * signals + intercept, width**2 / 4)[:, None]
    rows = np.exp(-np.square(middles - signals[:, None]) / (2 * variance))
    return np.asarray(rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-300))
