"""Intensity windows: which camera values a network's 0 and 1 stand for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError
from livecare.frame import Pixels

LOW_PERCENTILE: Final = 2.0
HIGH_PERCENTILE: Final = 99.8
"""Percentiles that a window is locked to, as CSBDeep predicts with (its defaults 2 and 99.8)."""


@dataclass(frozen=True, slots=True)
class IntensityWindow:
    """The camera values that normalise to 0 and 1. A `livecare.models.normalisation.Normalisation`.

    Attributes
    ----------
    low, high : float
        Camera counts; `high` is greater than `low`.

    Raises
    ------
    ConfigError
        If the two are not finite or not in that order.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ConfigError(
                f"intensity window: low is {self.low} and high is {self.high}; "
                "give finite camera counts with low below high"
            )

    @classmethod
    def from_frames(
        cls,
        frames: Sequence[Pixels],
        low_percentile: float = LOW_PERCENTILE,
        high_percentile: float = HIGH_PERCENTILE,
    ) -> Self:
        """Lock the window to percentiles of some frames.

        Pixels that are not finite are left out. Where the two percentiles coincide, as in a flat
        field, or nothing is left, the window is one count wide instead of a division by zero.

        Parameters
        ----------
        frames : sequence of array, each of shape (y, x)
            At least one frame; all of one pixel type.
        low_percentile, high_percentile : float
            Percentiles that become 0 and 1, in 0 ... 100.

        Raises
        ------
        ConfigError
            If there is no frame.
        """
        if not frames:
            raise ConfigError("intensity window: no frames to lock it to; give at least one")
        values = np.concatenate([frame.ravel() for frame in frames])
        if np.issubdtype(values.dtype, np.floating):
            values = values[np.isfinite(values)]
        if values.size == 0:
            return cls(0.0, 1.0)
        low, high = np.percentile(values, (low_percentile, high_percentile))
        return cls(float(low), float(high if high > low else low + 1.0))

    def normalise(self, pixels: Pixels, normalised: NDArray[np.float32]) -> None:
        """Write (pixels - low) / (high - low) into `normalised`, a float32 array of that shape.

        Values outside the window go below 0 and above 1; NaN stays NaN.
        """
        low = np.float32(self.low)
        np.subtract(pixels, low, out=normalised, dtype=np.float32, casting="unsafe")
        normalised *= np.float32(1.0 / (self.high - self.low))

    def denormalise(self, normalised: NDArray[np.float32], pixels: Pixels) -> None:
        """Write the inverse into `pixels`; integer types are rounded and clipped to their range.

        `normalised` has the shape of `pixels`, is finite where `pixels` are integers, and is
        overwritten.
        """
        normalised *= np.float32(self.high - self.low)
        normalised += np.float32(self.low)
        write_counts(normalised, pixels)

    def spread(
        self,
        values: NDArray[np.float32],  # noqa: ARG002 a window is as wide everywhere
        scales: NDArray[np.float32],
        spread: NDArray[np.float32],
    ) -> None:
        """Write scales in network units as camera counts; see `Normalisation.spread`."""
        np.multiply(scales, np.float32(self.high - self.low), out=spread)

    def record(self) -> dict[str, float]:
        """Return the two ends under their names."""
        return {"low": self.low, "high": self.high}


def write_counts(counts: NDArray[np.float32], pixels: Pixels) -> None:
    """Write float32 camera counts into `pixels` of the same shape.

    Integer types are rounded (halves to even) and clipped to their range; `counts` is overwritten.
    """
    if np.issubdtype(pixels.dtype, np.integer):
        limits = np.iinfo(pixels.dtype)
        np.rint(counts, out=counts)
        np.clip(counts, limits.min, limits.max, out=counts)
    np.copyto(pixels, counts, casting="unsafe")
