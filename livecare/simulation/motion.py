"""Knows where moving things are at a time, from that time alone: no step depends on another."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

WAVES: Final = 3
"""Oscillations that make up one thing's wandering; three look irregular."""
SHORTEST_PERIOD: Final = 20.0
LONGEST_PERIOD: Final = 300.0
"""Periods of the wandering, frames: slower than a frame, faster than a recording."""
DRIFT_SHARE: Final = 0.5
"""Part of the speed that is straight drift; the rest is wandering."""


@dataclass(frozen=True, slots=True)
class Wander:
    """Drift and wandering of n things.

    Attributes
    ----------
    velocity : ndarray, shape (n, 2)
        Steady drift, pixels per frame (y, x).
    amplitude : ndarray, shape (n, 2, WAVES)
        Reach of each oscillation, pixels.
    rate : ndarray, shape (n, 2, WAVES)
        Angular frequency, radians per frame.
    phase : ndarray, shape (n, 2, WAVES)
        Phase at time 0, radians.
    """

    velocity: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    rate: NDArray[np.float64]
    phase: NDArray[np.float64]

    @classmethod
    def draw(cls, things: int, speed: float, rng: np.random.Generator) -> Self:
        """Draw the paths of some things that move at about `speed` pixels per frame."""
        shape = (things, 2, WAVES)
        period = np.exp(rng.uniform(np.log(SHORTEST_PERIOD), np.log(LONGEST_PERIOD), shape))
        rate = 2 * np.pi / period
        return cls(
            velocity=rng.normal(0, DRIFT_SHARE * speed / np.sqrt(2), (things, 2)),
            amplitude=rng.normal(0, speed / np.sqrt(WAVES), shape) / rate,
            rate=rate,
            phase=rng.uniform(0, 2 * np.pi, shape),
        )

    def offset_yx(self, time: float) -> NDArray[np.float64]:
        """Say how far each thing has come at a time, pixels, shape (n, 2); zero at time 0."""
        swing = np.sin(self.rate * time + self.phase) - np.sin(self.phase)
        wandered = (self.amplitude * swing).sum(axis=-1)
        return np.asarray(self.velocity * time + wandered, np.float64)
