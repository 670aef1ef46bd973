"""Knows how nuclei look and move: soft, lumpy, textured discs with dark nucleoli."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.simulation.canvas import Field, smooth_noise, stamp
from livecare.simulation.motion import Wander

LOBES: Final = 4
"""Harmonics of an outline; more would make it ragged."""
SPEED_SHARE: Final = 0.3
"""Speed of a nucleus relative to that of small things."""
PATCH_RADII: Final = 1.6
"""Half the side of a nucleus's patch, mean radii: holds any outline drawn here."""


@dataclass(frozen=True, slots=True)
class NucleusSettings:
    """Nuclei, or any compact textured bodies.

    Attributes
    ----------
    coverage : float
        Part of the field that they cover; 0 for none.
    radius_px : float
        Mean radius, pixels.
    texture : float
        Relative depth of the texture inside.
    grain_px : float
        Size of the texture's grains, pixels.
    brightness : float
        Of their surface, relative to the other components.
    """

    coverage: float = 0.0
    radius_px: float = 20.0
    texture: float = 0.3
    grain_px: float = 2.0
    brightness: float = 1.0


class Nuclei:
    """Some nuclei on a periodic field; each keeps its looks and moves."""

    def __init__(
        self,
        settings: NucleusSettings,
        size_yx: tuple[int, int],
        speed: float,
        rng: np.random.Generator,
    ) -> None:
        largest = (min(size_yx) - 2) / (2 * PATCH_RADII * 1.3)  # so that no patch meets itself
        radius = min(settings.radius_px, largest)
        area = size_yx[0] * size_yx[1]
        count = max(1, int(rng.poisson(settings.coverage * area / (np.pi * radius**2))))
        self._size_yx = size_yx
        self._start = rng.uniform(0, size_yx, (count, 2))
        self._wander = Wander.draw(count, SPEED_SHARE * speed, rng)
        self._patches = [
            _draw_nucleus(radius * rng.uniform(0.75, 1.25), settings, rng) for _ in range(count)
        ]

    def render(self, time: float) -> Field:
        """Draw the nuclei, unblurred; their surface is about 1."""
        canvas = np.zeros(self._size_yx, np.float32)
        corners = self._start + self._wander.offset_yx(time)
        for patch, (y, x) in zip(self._patches, corners, strict=True):
            stamp(canvas, patch, (float(y), float(x)))
        return canvas


def _draw_nucleus(radius_px: float, settings: NucleusSettings, rng: np.random.Generator) -> Field:
    """Draw one nucleus on a square patch."""
    half = max(2, int(PATCH_RADII * radius_px))
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    stretch, tilt = rng.uniform(1.0, 1.25), rng.uniform(0, np.pi)
    along = (x * np.cos(tilt) + y * np.sin(tilt)) / stretch
    across = (y * np.cos(tilt) - x * np.sin(tilt)) * stretch
    outline = np.ones(along.shape)
    angle = np.arctan2(across, along)
    for lobe in range(2, 2 + LOBES):
        depth = rng.normal(0, 0.08 / lobe)
        outline += depth * np.cos(lobe * angle + rng.uniform(0, 2 * np.pi))
    inside = radius_px * outline - np.hypot(along, across)
    body = np.clip(inside / 1.5 + 0.5, 0, 1)  # an edge of 1.5 px
    side = (2 * half + 1, 2 * half + 1)
    grains = np.exp(settings.texture * smooth_noise(side, settings.grain_px, rng))
    for _ in range(rng.integers(0, 4)):
        body *= 1 - _nucleolus(y, x, radius_px, rng)
    return np.asarray(rng.lognormal(0, 0.25) * body * grains, np.float32)


def _nucleolus(
    y: np.ndarray, x: np.ndarray, radius_px: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw how far one nucleolus darkens the nucleus, 0 to 1."""
    centre = rng.normal(0, 0.35 * radius_px, 2)
    width = radius_px * rng.uniform(0.1, 0.22)
    return np.asarray(
        rng.uniform(0.3, 0.8)
        * np.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / (2 * width**2))
    )
