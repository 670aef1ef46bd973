"""Knows how filaments look and move: curved, beaded, undulating lines of light."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.simulation.canvas import Field, splat
from livecare.simulation.motion import Wander

STEP_PX: Final = 0.7
"""Distance of the points that a filament is drawn with, pixels; below one, so no gap shows."""
UNDULATION_PX: Final = 3.0
"""Greatest sideways swing of an undulating filament, pixels."""
UNDULATION_LENGTH_PX: Final = 60.0
"""Wavelength of the undulation along the filament, pixels."""


@dataclass(frozen=True, slots=True)
class FilamentSettings:
    """Filaments: actin, microtubules.

    Attributes
    ----------
    density : float
        Filaments per 100 x 100 pixels; 0 for none.
    length_px : float
        Mean length, pixels.
    persistence_px : float
        Length over which a filament forgets its direction, pixels.
    width_px : float
        Gaussian width before the optics, pixels.
    beading : float
        Relative variation of the brightness along a filament.
    brightness : float
        Of one filament after the optics, relative to the other components.
    """

    density: float = 0.0
    length_px: float = 150.0
    persistence_px: float = 80.0
    width_px: float = 0.0
    beading: float = 0.3
    brightness: float = 1.0


class Filaments:
    """Some filaments on a periodic field."""

    def __init__(
        self,
        settings: FilamentSettings,
        size_yx: tuple[int, int],
        speed: float,
        rng: np.random.Generator,
    ) -> None:
        count = max(1, int(rng.poisson(settings.density * size_yx[0] * size_yx[1] / 1e4)))
        lengths = settings.length_px * rng.uniform(0.5, 1.5, (count, 1))
        points = max(2, int(lengths.max() / STEP_PX))
        self._size_yx = size_yx
        self._along = np.arange(points) * STEP_PX
        self._path_y, self._path_x, self._angle = _walk(size_yx, count, points, settings, rng)
        self._wander = Wander.draw(count, speed, rng)
        self._swing = np.minimum(speed * 10, UNDULATION_PX) * rng.uniform(0, 1, (count, 1))
        self._phase = rng.uniform(0, 2 * np.pi, (count, 1))
        self._rate = rng.uniform(0.05, 0.2, (count, 1))  # radians per frame: slower than 30 frames
        self._light = _beads((count, points), settings.beading, rng) * (self._along < lengths)
        self._light *= STEP_PX * rng.lognormal(0, 0.3, (count, 1))

    def render(self, time: float) -> Field:
        """Draw the filaments, unblurred; a line's light is about 1 per pixel of its length."""
        offset = self._wander.offset_yx(time)
        wave = 2 * np.pi * self._along / UNDULATION_LENGTH_PX + self._phase
        swing = self._swing * (np.sin(wave - self._rate * time) - np.sin(wave))
        y = self._path_y + offset[:, :1] + swing * np.cos(self._angle)
        x = self._path_x + offset[:, 1:] - swing * np.sin(self._angle)
        return splat(self._size_yx, (y, x), self._light)


def _walk(
    size_yx: tuple[int, int],
    count: int,
    points: int,
    settings: FilamentSettings,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Walk from random places, turning a little at each step: y, x and angle of the points."""
    turn = np.sqrt(2 * STEP_PX / settings.persistence_px)  # of a worm-like chain in the plane
    angle = rng.normal(0, turn, (count, points))
    angle[:, 0] = rng.uniform(0, 2 * np.pi, count)
    angle = angle.cumsum(axis=1)
    y = rng.uniform(0, size_yx[0], (count, 1)) + STEP_PX * np.sin(angle).cumsum(axis=1)
    x = rng.uniform(0, size_yx[1], (count, 1)) + STEP_PX * np.cos(angle).cumsum(axis=1)
    return y, x, angle


def _beads(shape: tuple[int, int], beading: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Vary the brightness along each filament about 1, with grains of some pixels."""
    if beading == 0:
        return np.ones(shape)
    grain_points = 9
    rough = rng.standard_normal((shape[0], shape[1] + grain_points - 1))
    sums = np.cumsum(np.pad(rough, ((0, 0), (1, 0))), axis=1)
    smooth = (sums[:, grain_points:] - sums[:, :-grain_points]) / np.sqrt(grain_points)
    return np.asarray(np.exp(beading * smooth - beading**2 / 2), np.float64)
