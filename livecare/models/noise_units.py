"""Noise units: frames in which one is a standard deviation of the noise, whatever the camera.

The two ways between camera counts and noise units, fast enough for every frame of a live run.
`livecare.models.anscombe` has the transform itself.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.anscombe import (
    FLOOR,
    TABLE_PHOTONS,
    CameraNoise,
    expected_photons,
    expected_transform,
)
from livecare.models.mosaic import from_mosaic, to_mosaic
from livecare.models.window import write_counts

MOST_ELECTRONS: Final = np.float32(1e16)
"""More are counted as so many: hot and saturated pixels stay finite in a network's arithmetic."""
TABLE_STEPS: Final = 1 << 14
"""Entries of the inverse's table, evenly spaced in noise units: rounding to the nearest of them
costs less than 0.0003 photons."""
BLOCK_VALUES: Final = 1 << 16
"""Values that are converted at a time: intermediate results stay in the cache."""
NINETY_PERCENT: Final = math.log(10)
"""Half-width of the central 90 % of a Laplace distribution, scales."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NoiseUnits:
    """The generalised Anscombe transform. A `livecare.models.normalisation.Normalisation`.

    Nothing is measured frame by frame, so nothing can make brightness flicker. The way back is
    exact and unbiased: a perfect estimate of the mean of the noise units gives the mean counts.

    Attributes
    ----------
    noise : CameraNoise
        The camera.
    """

    noise: CameraNoise

    def normalise(self, pixels: Pixels, normalised: Values) -> None:
        """Write 2 √(electrons + 3/8 + read noise²); see `Normalisation.normalise`."""
        if self.noise.binning > 1:
            pixels = to_mosaic(pixels.astype(np.float32))
        factor = np.float32(1 / self.noise.gain_adu_per_e)
        constant = np.float32(FLOOR + self.noise.read_noise_e**2)
        for area in _areas(pixels.shape):
            values = normalised[area]
            with np.errstate(over="ignore"):  # MOST_ELECTRONS is what becomes of such
                np.subtract(
                    pixels[area],
                    np.float32(self.noise.offset_adu),
                    out=values,
                    dtype=np.float32,
                    casting="unsafe",
                )
                values *= factor
            values += constant
            np.clip(values, 0, MOST_ELECTRONS, out=values)
            np.sqrt(values, out=values)
            values *= np.float32(2)

    def denormalise(self, normalised: Values, pixels: Pixels) -> None:
        """Write the exact unbiased inverse; see `Normalisation.denormalise`."""
        if self.noise.binning > 1:
            counts = np.empty_like(normalised)
            self._write_counts(normalised, counts)
            write_counts(from_mosaic(counts), pixels)
        else:
            self._write_counts(normalised, pixels)

    def spread(self, values: Values, scales: Values, spread: Values) -> None:
        """Write half of what the 90 % interval measures in counts; see `Normalisation.spread`."""
        per_scale = np.float32(self.noise.gain_adu_per_e / (2 * NINETY_PERCENT))
        for area in _areas(values.shape):
            reach = np.float32(NINETY_PERCENT) * scales[area]
            upper = self._photons(values[area] + reach)
            upper -= self._photons(values[area] - reach)
            np.multiply(upper, per_scale, out=spread[area])
        if self.noise.binning > 1:
            spread[...] = from_mosaic(spread)

    def record(self) -> dict[str, float]:
        """Return the camera's values: counts per electron, counts, electrons, and pixels."""
        return {
            "gain": self.noise.gain_adu_per_e,
            "offset": self.noise.offset_adu,
            "read_noise": self.noise.read_noise_e,
            "binning": float(self.noise.binning),
        }

    def _write_counts(self, normalised: Values, pixels: Pixels) -> None:
        for area in _areas(pixels.shape):
            counts = self._photons(normalised[area])
            counts *= np.float32(self.noise.gain_adu_per_e)
            counts += np.float32(self.noise.offset_adu)
            write_counts(counts, pixels[area])

    def _photons(self, values: Values) -> Values:
        """Return expected photons as a new array, like `expected_photons` but by a table."""
        table = inverse_table(self.noise.read_noise_e)
        shown = np.clip(values, table.first, 2 * np.sqrt(MOST_ELECTRONS))
        places = shown - table.first
        places *= table.steps_per_unit
        np.minimum(places, np.float32(TABLE_STEPS - 1), out=places)
        photons: Values = table.corrections[np.rint(places, out=places).astype(np.intp)]
        below = np.minimum(values - table.first, np.float32(0))
        below *= table.slope_below
        photons += below
        shown *= shown
        shown *= np.float32(1 / 4)
        photons += shown
        return photons


@dataclass(frozen=True, slots=True)
class InverseTable:
    """What the inverse is beyond the square of half its argument, for one read noise.

    Attributes
    ----------
    first : float32
        Noise units of 0 photons, where the table begins.
    steps_per_unit : float32
        Entries per noise unit.
    corrections : array, shape (TABLE_STEPS,), float32
        Expected photons less the square, photons; the last one holds for all brighter values.
    slope_below : float32
        Photons per noise unit where the values are darker than 0 photons.
    """

    first: np.float32
    steps_per_unit: np.float32
    corrections: Values
    slope_below: np.float32


@lru_cache(maxsize=64)
def inverse_table(read_noise_e: float) -> InverseTable:
    """Return the table of the exact unbiased inverse for one read noise, electrons; kept."""
    ends = expected_transform(np.array([0.0, TABLE_PHOTONS], np.float32), read_noise_e)
    first, last = float(ends[0]), float(ends[1])
    values = np.linspace(first, last, TABLE_STEPS, dtype=np.float32)
    photons = expected_photons(values, read_noise_e).astype(np.float64)
    corrections = photons - np.square(values.astype(np.float64) / 2)
    corrections[-1] = -(1 / 8 + read_noise_e**2)
    dark = expected_photons(np.array([first - 1, first], np.float32), read_noise_e)
    return InverseTable(
        first=np.float32(first),
        steps_per_unit=np.float32((TABLE_STEPS - 1) / (last - first)),
        corrections=corrections.astype(np.float32),
        slope_below=dark[1] - dark[0],
    )


def _areas(shape: tuple[int, ...]) -> Iterator[slice]:
    """Cut an array along its first axis into blocks of about `BLOCK_VALUES`."""
    step = max(1, BLOCK_VALUES // max(1, math.prod(shape[1:])))
    for start in range(0, shape[0], step):
        yield slice(start, start + step)
