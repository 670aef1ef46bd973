"""Knows how cell bodies look and move: cytoplasm and outlines from a smooth field's level sets."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.simulation.canvas import Field, smooth_noise

TURN_PER_PX: Final = 0.5
"""Radians that the shape turns through while small things move by one cell size."""


@dataclass(frozen=True, slots=True)
class CellSettings:
    """Cell bodies: sheets of cytoplasm, membranes, reticula.

    Attributes
    ----------
    size_px : float
        Size of the shapes, pixels; 0 for none.
    cytoplasm : float
        Brightness inside, relative to the other components.
    outline : float
        Brightness of the membrane, relative to the other components.
    outline_px : float
        Width of the membrane before the optics, pixels.
    level : float
        Level of the smooth field that bounds a cell, in its standard deviations: 0 covers half
        of the field, 1 a sixth.
    texture : float
        Relative depth of the cytoplasm's texture.
    grain_px : float
        Size of the texture's grains, pixels.
    """

    size_px: float = 0.0
    cytoplasm: float = 0.5
    outline: float = 0.5
    outline_px: float = 1.0
    level: float = 0.0
    texture: float = 0.3
    grain_px: float = 2.0


class Cells:
    """Cell bodies on a periodic field, slowly changing their shape."""

    def __init__(
        self,
        settings: CellSettings,
        size_yx: tuple[int, int],
        speed: float,
        rng: np.random.Generator,
    ) -> None:
        self._settings = settings
        correlation_px = min(settings.size_px, min(size_yx) / 2) / 2
        self._now = smooth_noise(size_yx, correlation_px, rng)
        self._later = smooth_noise(size_yx, correlation_px, rng)
        self._turn = TURN_PER_PX * speed / settings.size_px
        grains = smooth_noise(size_yx, settings.grain_px, rng)
        self._texture = np.exp(np.float32(settings.texture) * grains)

    def render(self, time: float) -> Field:
        """Draw the cells, unblurred, at their own brightness."""
        angle = self._turn * time
        height = np.float32(np.cos(angle)) * self._now + np.float32(np.sin(angle)) * self._later
        inside_px = (height - np.float32(self._settings.level)) / _slope(height)
        body = np.clip(inside_px + np.float32(0.5), 0, 1) * self._texture
        field = np.float32(self._settings.cytoplasm) * body
        if self._settings.outline > 0:
            reach = inside_px / np.float32(max(self._settings.outline_px, 0.5))
            field += np.float32(self._settings.outline) * np.exp(-(reach**2) / 2)
        return np.asarray(field, np.float32)


def _slope(height: Field) -> Field:
    """Give the steepness of a periodic field, per pixel, bounded from below at summits."""
    down = np.roll(height, -1, axis=0) - height
    right = np.roll(height, -1, axis=1) - height
    steepness = np.sqrt(down**2 + right**2)
    typical = np.float32(np.sqrt(np.mean(steepness**2)))
    return np.asarray(np.maximum(steepness, typical / 4) + np.float32(1e-12), np.float32)
