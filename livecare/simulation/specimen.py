"""Knows what a whole specimen is: its components, its light out of focus, its background."""

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from livecare.errors import ConfigError
from livecare.simulation.canvas import Field, gaussian_transfer, smooth_noise
from livecare.simulation.cells import Cells, CellSettings
from livecare.simulation.filaments import Filaments, FilamentSettings
from livecare.simulation.nuclei import Nuclei, NucleusSettings
from livecare.simulation.optics import Optics
from livecare.simulation.puncta import Puncta, PunctaSettings

PEAK_PERCENTILE: Final = 99.9
"""Percentile that counts as "the bright structures": above it are single crossings and spots."""
ILLUMINATION_SHARE: Final = 1 / 5
"""Correlation length of the illumination, parts of the field: brighter here, dimmer there."""


class Component(Protocol):
    """A part of a specimen that can be drawn at any time."""

    def render(self, time: float) -> Field:
        """Draw it, unblurred."""
        ...


Layer = tuple[Component, np.float32]
"""A component and the factor that brings it to its brightness."""


@dataclass(frozen=True, slots=True)
class SpecimenSettings:
    """What a specimen is made of.

    Attributes
    ----------
    filaments, nuclei, puncta, cells
        Components; each is absent where its density, coverage or size is 0.
    background : float
        Light everywhere, parts of the peak.
    unevenness : float
        Relative variation of the illumination over the field.
    haze : float
        Light from out of focus, parts of the light in focus.
    haze_px : float
        Gaussian width of the light out of focus, pixels.
    speed_px : float
        How fast small things move, pixels per time point.
    """

    filaments: FilamentSettings = field(default_factory=FilamentSettings)
    nuclei: NucleusSettings = field(default_factory=NucleusSettings)
    puncta: PunctaSettings = field(default_factory=PunctaSettings)
    cells: CellSettings = field(default_factory=CellSettings)
    background: float = 0.03
    unevenness: float = 0.1
    haze: float = 0.2
    haze_px: float = 12.0
    speed_px: float = 0.3

    def __post_init__(self) -> None:
        present = (
            self.filaments.density,
            self.nuclei.coverage,
            self.puncta.density,
            self.cells.size_px,
        )
        if not any(present):
            raise ConfigError(
                "specimen: it has no component; give a filament or puncta density, a coverage by "
                "nuclei or a cell size above 0"
            )


class Specimen:
    """A specimen seen through a microscope, at any time, brought to a peak of 1."""

    def __init__(
        self,
        settings: SpecimenSettings,
        optics: Optics,
        size_yx: tuple[int, int],
        rng: np.random.Generator,
    ) -> None:
        self._settings = settings
        self._size_yx = size_yx
        self._layers = _layers(settings, optics, size_yx, rng)
        psf = optics.transfer(size_yx)
        self._blurs = {px: psf * gaussian_transfer(size_yx, px) for px in self._layers}
        self._haze = np.float32(settings.haze) * gaussian_transfer(size_yx, settings.haze_px)
        correlation_px = ILLUMINATION_SHARE * min(size_yx)
        unevenness = np.float32(settings.unevenness) * smooth_noise(size_yx, correlation_px, rng)
        self._illumination = np.exp(unevenness)
        peak = float(np.percentile(self._in_light(0.0, 0.0), PEAK_PERCENTILE))
        self._scale = np.float32(1 / peak)

    def render(self, time: float, defocus_px: float = 0.0) -> Field:
        """Give the light that reaches the camera, without noise.

        Parameters
        ----------
        time : float
            Time points since the start.
        defocus_px : float
            Additional Gaussian blur of a plane out of focus, pixels.

        Returns
        -------
        ndarray, shape (y, x), float32
            Never negative. At time 0 in focus, the structures' 99.9th percentile is 1; the
            background comes on top.
        """
        light = self._in_light(time, defocus_px) * self._scale
        background = np.float32(self._settings.background) * self._illumination
        return np.asarray(np.maximum(light, 0) + background, np.float32)

    def _in_light(self, time: float, defocus_px: float) -> Field:
        """Sum, blur and illuminate the components."""
        focus = np.zeros_like(self._haze, np.complex64)
        for width_px, layers in self._layers.items():
            focus += np.fft.rfft2(_sum(layers, time)) * self._blurs[width_px]
        spectrum = focus * (1 + self._haze)
        if defocus_px > 0:
            spectrum *= gaussian_transfer(self._size_yx, defocus_px)
        blurred = np.fft.irfft2(spectrum, s=self._size_yx)
        return np.asarray(blurred * self._illumination, np.float32)


def _layers(
    settings: SpecimenSettings,
    optics: Optics,
    size_yx: tuple[int, int],
    rng: np.random.Generator,
) -> dict[float, list[Layer]]:
    """Make the components, by their width before the optics: one blur serves those that share it.

    A line is dimmed by a blur of width s to 1/(s sqrt(2 pi)), a point to 1/(2 pi s^2), a surface
    not at all; the factors here undo that, so that `brightness` means what is seen.
    """
    speed = settings.speed_px
    layers: dict[float, list[Layer]] = {}
    if settings.filaments.density > 0:
        lines = settings.filaments
        light = lines.brightness * np.hypot(optics.sigma_px, lines.width_px) * np.sqrt(2 * np.pi)
        filaments = Filaments(lines, size_yx, speed, rng)
        layers.setdefault(lines.width_px, []).append((filaments, np.float32(light)))
    if settings.puncta.density > 0:
        spots = settings.puncta
        light = spots.brightness * (optics.sigma_px**2 + spots.width_px**2) * 2 * np.pi
        puncta = Puncta(spots, size_yx, speed, rng)
        layers.setdefault(spots.width_px, []).append((puncta, np.float32(light)))
    if settings.nuclei.coverage > 0:
        nuclei = Nuclei(settings.nuclei, size_yx, speed, rng)
        layers.setdefault(0.0, []).append((nuclei, np.float32(settings.nuclei.brightness)))
    if settings.cells.size_px > 0:
        cells = Cells(settings.cells, size_yx, speed, rng)
        layers.setdefault(0.0, []).append((cells, np.float32(1)))
    return layers


def _sum(layers: list[Layer], time: float) -> Field:
    """Add components up, each at its brightness."""
    total = layers[0][0].render(time) * layers[0][1]
    for component, light in layers[1:]:
        total += component.render(time) * light
    return np.asarray(total, np.float32)
