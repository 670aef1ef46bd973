"""What a camera may read where it should have read a given value: the noise model of PN2V.

Krull et al. 2020 (doi:10.3389/fcomp.2020.00005). A few normal distributions, whose parameters
follow the signal, fitted to a calibration.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

COMPONENTS: Final = 3
KNOTS: Final = 16
"""Signals that are fitted, equally populated; parameters are linear in between."""
STEPS: Final = 40
"""Steps of expectation and maximisation; more change nothing that matters."""
LEAST_SIGMA: Final = 0.29
"""Standard deviation of rounding to whole counts."""
LEAST_SAMPLES: Final = 200
"""Pairs that a knot needs."""
MOST_SAMPLES: Final = 5000
"""Pairs that a knot uses: they fix its variance to 2 %."""

Values = NDArray[np.float32]
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MixtureNoise:
    """Normal distributions around the signal.

    Attributes
    ----------
    signal : ndarray, shape (knots,)
        Ascending, camera counts.
    weight, offset, sigma : ndarray, shape (knots, components)
        Share of each component (they sum to 1), its mean minus the signal, and its standard
        deviation, camera counts.
    """

    signal: Table
    weight: Table
    offset: Table
    sigma: Table

    @classmethod
    def fit(cls, observed: Values, signal: Values) -> Self:
        """Fit pairs of observed values and signals, shape (n,), camera counts."""
        order = np.argsort(signal, kind="stable")
        parts = np.array_split(order, max(1, min(KNOTS, len(order) // LEAST_SAMPLES)))
        fits = []
        for part in parts:
            chosen = part[:: max(1, len(part) // MOST_SAMPLES)]
            rest = np.asarray(observed[chosen], np.float64) - signal[chosen]
            fits.append((float(np.mean(signal[chosen])), *_expectation_maximisation(rest)))
        signals, weights, offsets, sigmas = (np.array(each) for each in zip(*fits, strict=True))
        return cls(signals, weights, offsets, sigmas)

    def log_likelihood(self, observed: Values, signal: Values) -> Values:
        """Return the log of the density per camera count."""
        rest = np.asarray(observed, np.float64) - signal
        terms = []
        for component in range(self.weight.shape[1]):
            weight, offset, sigma = (
                np.interp(signal, self.signal, table[:, component])
                for table in (self.weight, self.offset, self.sigma)
            )
            terms.append(_log_normal(rest - offset, sigma) + np.log(np.maximum(weight, 1e-12)))
        return np.asarray(np.logaddexp.reduce(terms), np.float32)


def _log_normal(rest: Table, sigma: Table) -> Table:
    return np.asarray(-np.square(rest / sigma) / 2 - np.log(sigma * np.sqrt(2 * np.pi)))


def _expectation_maximisation(rest: Table) -> tuple[Table, Table, Table]:
    """Return weights, offsets and sigmas, in the order of the offsets' start."""
    spread = max(float(rest.std()), LEAST_SIGMA)
    offset = np.quantile(rest, (np.arange(COMPONENTS) + 0.5) / COMPONENTS)
    sigma = np.full(COMPONENTS, spread)
    weight = np.full(COMPONENTS, 1 / COMPONENTS)
    for _ in range(STEPS):
        logs = _log_normal(rest[:, None] - offset, sigma) + np.log(weight)
        share = np.exp(logs - np.logaddexp.reduce(logs, axis=1)[:, None])
        mass = np.maximum(share.sum(axis=0), 1e-9)
        weight = np.maximum(mass / len(rest), 1e-6)
        weight /= weight.sum()
        offset = (share * rest[:, None]).sum(axis=0) / mass
        variance = (share * np.square(rest[:, None] - offset)).sum(axis=0) / mass
        sigma = np.maximum(np.sqrt(variance), LEAST_SIGMA)
    return weight, offset, sigma
