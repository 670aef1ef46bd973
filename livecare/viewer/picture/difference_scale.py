"""Knows how far the colours of a difference reach, so that they do not flicker."""

import math
from typing import Final

from livecare.viewer.display.render import difference_scale
from livecare.viewer.seen import SeenFrame

HELD: Final = 1.4
"""Factor by which the differences have to grow or shrink before the colours follow."""

MEASURED_EVERY: Final = 8
"""Frames from one measurement to the next: about four a second, for an eighth of their cost."""


class DifferenceScale:
    """The difference that gets the brightest colour, in units of the pixels."""

    def __init__(self) -> None:
        self._passed = 0
        self._found: float | None = None
        self._measured: tuple[SeenFrame, SeenFrame] | None = None

    def of(self, raw: SeenFrame, restored: SeenFrame) -> float:
        """Give the scale for a raw frame and what was made from it."""
        before, self._measured = self._measured, (raw, restored)
        if before is None or before[0] is not raw or before[1] is not restored:
            if self._passed % MEASURED_EVERY == 0:
                self._follow(_rounded(difference_scale(raw.pixels, restored.pixels)))
            self._passed += 1
        return self._found or 1.0

    def _follow(self, scale: float) -> None:
        if self._found is None or not 1 / HELD <= scale / self._found <= HELD:
            self._found = scale


def _rounded(scale: float) -> float:
    """Round up to two digits, which can be read."""
    unit: float = 10.0 ** (math.floor(math.log10(scale)) - 1)
    return math.ceil(round(scale / unit, 6)) * unit
