"""Knows which contrast a stream of frames wants, so that it follows the light without flicker."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from livecare.frame import Pixels
from livecare.viewer.styles import Levels

SAMPLES: Final = 1 << 16
"""Pixels of a frame that are looked at: the 99.8th percentile then rests on 130 of them."""
LOW_PERCENTILE: Final = 0.5
"""What is shown black, per cent: a few dead pixels do not darken the picture."""
HIGH_PERCENTILE: Final = 99.8
"""What is shown white, per cent: a few hot pixels do not darken the picture."""
TOLERANCE: Final = 0.1
"""Part of the span that a level may be off before anything moves: noise alone stays below."""
TOLERANCE_COUNTS: Final = 1.5
"""Counts that a level of integer pixels may be off: a percentile jumps by one of them."""
PATIENCE: Final = 3
"""Frames in a row that must be off before the levels move: a flash alone moves nothing."""
GLIDE: Final = 0.3
"""Part of the way to the wanted levels that is gone with each frame: about 10 frames to arrive."""
ARRIVED: Final = 0.02
"""Part of the span that is left of the way when the levels stand again: none sees it."""
LEAST_SPAN_COUNTS: Final = 1.0
"""Least span of the levels of integer pixels, counts."""
LEAST_SPAN_PART: Final = 1e-3
"""Least span of the levels of float pixels, as a part of their size."""
LEAST_SPAN: Final = 1e-6
"""Least span of the levels of float pixels near 0."""


@dataclass(slots=True)
class AutoLevels:
    """Levels of one lane of one channel; for one thread.

    Attributes
    ----------
    levels : Levels
        What to show the latest frame with.
    locked : bool
        Whether they stay whatever comes.
    """

    levels: Levels = field(default_factory=lambda: Levels(0.0, 1.0))
    locked: bool = False
    _begun: bool = False
    _gliding: bool = False
    _off: int = 0

    def update(self, pixels: Pixels) -> Levels:
        """Look at a frame, shape (y, x), and return the levels to show it with."""
        if self.locked:
            return self.levels
        wanted = wanted_levels(pixels)
        if wanted is None:
            return self.levels
        if not self._begun:
            self._begun = True
            self.levels = wanted
        elif self._must_move(wanted, integer=pixels.dtype.kind == "u"):
            self.levels = self._nearer(wanted)
        return self.levels

    def lock(self, levels: Levels | None = None) -> None:
        """Keep the levels, those given or the present ones, until `unlock`."""
        self.levels = levels or self.levels
        self.locked = True

    def unlock(self) -> None:
        """Follow the frames again, gliding there from where the levels are."""
        self.locked = False
        self._gliding = self._begun

    def restart(self) -> None:
        """Forget all but a lock: the next frame's levels are taken at once."""
        self._begun = self._gliding = False
        self._off = 0

    def _must_move(self, wanted: Levels, *, integer: bool) -> bool:
        span = max(self.levels.high - self.levels.low, wanted.high - wanted.low)
        tolerance = TOLERANCE * (self.levels.high - self.levels.low)
        if integer:
            tolerance = max(tolerance, TOLERANCE_COUNTS)
        away = max(abs(wanted.low - self.levels.low), abs(wanted.high - self.levels.high))
        if self._gliding:
            self._gliding = away > ARRIVED * span
        else:
            self._off = self._off + 1 if away > tolerance else 0
            self._gliding = self._off >= PATIENCE
        if self._gliding:
            self._off = 0
        return self._gliding

    def _nearer(self, wanted: Levels) -> Levels:
        low = self.levels.low + GLIDE * (wanted.low - self.levels.low)
        high = self.levels.high + GLIDE * (wanted.high - self.levels.high)
        return Levels(low, high)


def wanted_levels(pixels: Pixels) -> Levels | None:
    """Return the levels of one frame on its own; None if no pixel is a finite number."""
    step = max(1, int(np.ceil(np.sqrt(pixels.size / SAMPLES))))
    seen = pixels[::step, ::step]
    if seen.dtype.kind == "f":
        seen = seen[np.isfinite(seen)].astype(np.float64)
        if not seen.size:
            return None
    low, high = (float(each) for each in np.percentile(seen, (LOW_PERCENTILE, HIGH_PERCENTILE)))
    if seen.dtype.kind == "u":
        least = LEAST_SPAN_COUNTS
    else:
        least = max(abs(low) * LEAST_SPAN_PART, LEAST_SPAN)
    return Levels(low, max(high, low + least))
