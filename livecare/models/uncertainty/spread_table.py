"""A spread table: what a model predicts of its errors, by brightness and by steepness of a pixel.

A live run that sent the spread of every pixel would send a second picture. Most of what the second
one says follows from the first: bright pixels and edges are less certain. A table of some dozens of
numbers, measured on a frame now and then, tells a viewer about how far a value may be wrong.
"""

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError

LEVELS: Final = 12
"""Classes of brightness, each with as many pixels."""
SLOPES: Final = 4
"""Classes of steepness within each of them, likewise."""
MOST_PIXELS: Final = 1 << 14
"""Pixels of a frame that a table is measured on, evenly spread: over 300 per class."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpreadTable:
    """Predicted Laplace scales by class of pixel, camera counts.

    Attributes
    ----------
    levels : tuple of float
        Restored counts between the classes of brightness, ascending.
    slopes : tuple of tuple of float
        For each class of brightness, the steepness between its classes, counts per pixel.
    spreads : tuple of tuple of float
        Median scale of each class, camera counts: brightness × steepness.
    """

    levels: tuple[float, ...]
    slopes: tuple[tuple[float, ...], ...]
    spreads: tuple[tuple[float, ...], ...]

    @classmethod
    def measure(cls, restored: Values, spread: Values) -> Self:
        """Measure a table on one frame.

        Parameters
        ----------
        restored, spread : array, shape (y, x), float32
            Estimate and predicted Laplace scale, camera counts.

        Raises
        ------
        ConfigError
            If they differ in shape or have less than two rows or columns.
        """
        if restored.shape != spread.shape or min(restored.shape) < 2:  # noqa: PLR2004 a slope
            raise ConfigError(
                f"spread table: an estimate {restored.shape} with a spread {spread.shape}: give two"
                " alike, of two rows and columns or more"
            )
        step = -(-restored.size // MOST_PIXELS)
        while math.gcd(step, restored.shape[1]) > 1:  # else few columns would be looked at
            step += 1
        values, slopes, scales = (
            each.ravel()[::step] for each in (restored, steepness(restored), spread)
        )
        levels = np.quantile(values, np.linspace(0, 1, LEVELS + 1)[1:-1])
        classes = np.searchsorted(levels, values, side="right")
        edges, medians = [], []
        for level in range(LEVELS):
            members = classes == level
            if not members.any():  # pixels that are all alike
                members = np.ones_like(members)
            within = slopes[members]
            between = np.quantile(within, np.linspace(0, 1, SLOPES + 1)[1:-1])
            steep = np.searchsorted(between, within, side="right")
            edges.append(tuple(map(float, between)))
            medians.append(_medians(scales[members], steep))
        return cls(tuple(map(float, levels)), tuple(edges), tuple(medians))

    def at(self, value: float, slope: float) -> float:
        """Return the scale of a pixel of this brightness (counts) and steepness, counts."""
        level = int(np.searchsorted(self.levels, value, side="right"))
        return self.spreads[level][int(np.searchsorted(self.slopes[level], slope, side="right"))]

    def over(self, restored: Values) -> Values:
        """Return the scales of a whole frame, camera counts: an overlay. Shape (y, x), float32."""
        slopes = steepness(restored)
        classes = np.searchsorted(self.levels, restored, side="right")
        edges, spreads = np.array(self.slopes), np.array(self.spreads)
        steep = (slopes[..., None] >= edges[classes]).sum(axis=-1)
        return np.asarray(spreads[classes, steep], np.float32)


def steepness(restored: Values) -> Values:
    """Return the largest difference of each pixel from its four neighbours, counts, shape (y, x).

    Parameters
    ----------
    restored : array, shape (y, x), float32
        Camera counts.
    """
    found = np.zeros(restored.shape, np.float32)
    for axis in (0, 1):
        steps = np.abs(np.diff(restored, axis=axis))
        before: list[slice] = [slice(None)] * 2
        after: list[slice] = [slice(None)] * 2
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        for part in (tuple(before), tuple(after)):
            np.maximum(found[part], steps, out=found[part])
    return found


def _medians(scales: Values, steep: NDArray[np.intp]) -> tuple[float, ...]:
    """Return the median of each class of steepness; of all where a class is empty."""
    whole = float(np.median(scales))
    return tuple(
        float(np.median(scales[steep == number])) if (steep == number).any() else whole
        for number in range(SLOPES)
    )
