"""Knows how puncta look and move: vesicles, spots and single molecules."""

from dataclasses import dataclass

import numpy as np

from livecare.simulation.canvas import Field, splat
from livecare.simulation.motion import Wander


@dataclass(frozen=True, slots=True)
class PunctaSettings:
    """Bright spots.

    Attributes
    ----------
    density : float
        Spots per 100 x 100 pixels; 0 for none.
    width_px : float
        Gaussian width before the optics, pixels.
    spread : float
        Sigma of the logarithm of the spots' brightness.
    brightness : float
        Of a median spot after the optics, relative to the other components.
    """

    density: float = 0.0
    width_px: float = 0.0
    spread: float = 0.4
    brightness: float = 1.0


class Puncta:
    """Some spots on a periodic field."""

    def __init__(
        self,
        settings: PunctaSettings,
        size_yx: tuple[int, int],
        speed: float,
        rng: np.random.Generator,
    ) -> None:
        count = max(1, int(rng.poisson(settings.density * size_yx[0] * size_yx[1] / 1e4)))
        self._size_yx = size_yx
        self._start = rng.uniform(0, size_yx, (count, 2))
        self._wander = Wander.draw(count, speed, rng)
        self._light = rng.lognormal(0, settings.spread, count)

    def render(self, time: float) -> Field:
        """Draw the spots, unblurred; a median spot's light is 1 in all."""
        place = self._start + self._wander.offset_yx(time)
        return splat(self._size_yx, (place[:, 0], place[:, 1]), self._light)
