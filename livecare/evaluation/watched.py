"""A normalisation that is watched: what the network said of its scales passes through it."""

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.mosaic import from_mosaic
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalisation import Normalisation

Values = NDArray[np.float32]


class Watched:
    """Keeps the values and scales of the last frame. A `Normalisation` of livecare.models.

    Parameters
    ----------
    normalisation : Normalisation
        What the frame goes through.
    """

    def __init__(self, normalisation: Normalisation) -> None:
        self._inner = normalisation
        self.values: Values = np.empty((0, 0), np.float32)
        self.scales: Values = np.empty((0, 0), np.float32)

    @property
    def pixel_scales(self) -> Values:
        """The scales where the frame's pixels are, network units; shape (y, x)."""
        inner = self._inner
        if isinstance(inner, NoiseUnits) and inner.noise.binning > 1:
            return from_mosaic(self.scales)
        return self.scales

    def normalise(self, pixels: Pixels, normalised: Values) -> None:
        """Pass on; see `Normalisation.normalise`."""
        self._inner.normalise(pixels, normalised)

    def denormalise(self, normalised: Values, pixels: Pixels) -> None:
        """Pass on; see `Normalisation.denormalise`."""
        self._inner.denormalise(normalised, pixels)

    def spread(self, values: Values, scales: Values, spread: Values) -> None:
        """Keep copies and pass on; see `Normalisation.spread`."""
        self.values, self.scales = values.copy(), scales.copy()
        self._inner.spread(values, scales, spread)

    def record(self) -> dict[str, float]:
        """Pass on; see `Normalisation.record`."""
        return self._inner.record()

    def spread_times(self, factor: float) -> Values:
        """Return what the spread would be, counts, with the scales so many times as large."""
        spread = np.empty(self.values.shape, np.float32)
        self._inner.spread(self.values, np.float32(factor) * self.scales, spread)
        return spread
