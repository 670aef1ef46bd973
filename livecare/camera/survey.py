"""Knows what all frames of a run say of each pixel, and which of them are full or stand out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.camera.blocks import Mask
from livecare.camera.windows import FrameRun, Values, mean_and_variance, windows
from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.models.counts import ROUNDING

PILED_UP: Final = 20
"""Samples at the greatest value from which pixels may be full there."""
PILE: Final = 5.0
"""How many times as many samples the greatest value has, at least, as the ones below it have on
average, where pixels are full: the tail of a bright object only thins out."""
BELOW: Final = 16
"""Values below the greatest that it is compared with, in steps of the digitiser."""
OUTSTANDING: Final = 5.0
"""How many times the usual variance, from which a pixel stands out; of 50 dark frames, a good pixel
has 2 times by chance once in a million."""
GLOWING: Final = 6.0
"""Distance of a dark level from the usual one, in robust standard deviations, from which a pixel
glows."""
SD_OF_MAD: Final = 1.4826
"""Standard deviation of normal values, in their median absolute deviations."""
LEVEL_CLASSES: Final = 64
"""Classes of brightness in which variances are compared."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a run of frames says of each pixel.

    Attributes
    ----------
    frames : int
        Frames that were looked at.
    freedom : float
        Degrees of freedom of each variance.
    mean, variance : array, shape (y, x)
        Mean, counts, and variance beside slow drift, counts².
    highest : float
        Greatest value, counts.
    full : bool
        Whether pixels are full at it.
    """

    frames: int
    freedom: float
    mean: Values
    variance: Values
    highest: float
    full: bool

    @property
    def saturation(self) -> float | None:
        """Counts at which pixels are full; None if none is."""
        return self.highest if self.full else None

    def standing_out(self) -> Mask:
        """Return the pixels that are far noisier than others of their brightness."""
        order = np.argsort(self.mean, axis=None)
        usual = np.empty(self.mean.size, np.float32)
        for members in np.array_split(order, LEVEL_CLASSES):
            usual[members] = np.median(self.variance.ravel()[members]) if len(members) else 0
        least = np.maximum(usual.reshape(self.mean.shape), ROUNDING)
        return np.asarray(self.variance > OUTSTANDING * least)

    def glowing(self) -> Mask:
        """Return the pixels of dark frames that are far brighter, darker or noisier than most."""
        away = np.abs(self.mean - np.median(self.mean))
        spread = max(SD_OF_MAD * float(np.median(away)), ROUNDING**0.5)
        noisy = self.variance > OUTSTANDING * max(float(np.median(self.variance)), ROUNDING)
        return np.asarray((away > GLOWING * spread) | noisy)


def survey(frames: FrameRun, length: int) -> Survey:
    """Look at all frames in windows of `length`.

    Raises
    ------
    ConfigError
        If the frames differ in shape.
    """
    tally = _Tally()
    count = 0
    means: Values | None = None
    spreads: Values | None = None
    for window in windows(_alike(frames), length):
        tally.add(window)
        mean, variance = mean_and_variance(window)
        means = mean if means is None else means + mean
        spreads = variance if spreads is None else spreads + variance
        count += 1
    if means is None or spreads is None:
        raise ConfigError(f"camera: give at least {length} frames")
    return Survey(
        frames=count * length,
        freedom=float(count * (length - 2)),
        mean=np.asarray(means / np.float32(count)),
        variance=np.asarray(spreads / np.float32(count)),
        highest=tally.highest,
        full=tally.full,
    )


def _alike(frames: FrameRun) -> Iterator[Pixels]:
    shape: tuple[int, ...] | None = None
    for index, frame in enumerate(frames):
        shape = shape or frame.shape
        if frame.shape != shape:
            raise ConfigError(
                f"camera: frame {index} has {frame.shape} pixels, and the first {shape}: "
                "give frames of one size"
            )
        yield frame


class _Tally:
    """Counts samples at the greatest value, and at those below it."""

    def __init__(self) -> None:
        self.highest = -np.inf
        self._piled = self._below = 0

    def add(self, window: Values) -> None:
        """Count those of a window."""
        top = float(window.max())
        if top > self.highest:
            near = top - self.highest < _reach(top)
            self._below = self._piled + self._below if near else 0
            self._piled = 0
            self.highest = top
        piled = int(np.count_nonzero(window == self.highest))
        reached = int(np.count_nonzero(window > self.highest - _reach(self.highest)))
        self._piled += piled
        self._below += reached - piled

    @property
    def full(self) -> bool:
        """Whether samples pile up at the greatest value."""
        return self._piled >= PILED_UP and self._piled > PILE * self._below / BELOW


def _reach(highest: float) -> float:
    """Return how far below the greatest value samples are counted: 4 counts a step, of 16 bits."""
    return 4.0 * BELOW if highest >= 2**12 else float(BELOW + 1)
