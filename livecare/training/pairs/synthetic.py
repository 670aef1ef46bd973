"""Pairs drawn by simulation: specimens and textures, seen through the user's own camera."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError, UsageError
from livecare.models.anscombe import CameraNoise
from livecare.simulation import Camera, Optics, Specimen, random_optics, random_specimen
from livecare.simulation.textures import blurred, random_texture
from livecare.training.pairs.network_units import FrameUnits, NoiseDeviations, lock
from livecare.training.pairs.orientation import draw_orientation, oriented
from livecare.training.pairs.protocol import Patches, Units
from livecare.training.pairs.settings import PairSettings

FIELD_PX: Final = 256
"""Side of a drawn field, pixels, or that of a patch where it is larger."""
POOL_FIELDS: Final = 48
"""Fields kept at once; each is exposed again and again until a new one takes its place."""
REFRESH_BATCHES: Final = 8
"""Batches between two new fields: drawing one takes about as long as a small network's step."""
VALIDATION_FIELDS: Final = 8
VALIDATION_PATCHES: Final = 64
VALIDATION_BATCH: Final = 16
PATCHES_PER_EXPOSURE: Final = 4
"""Patches cut from one exposed field."""
TEXTURE_SHARE: Final = 0.5
"""Part of the fields that are textures: a network that saw only drawn cells smooths the rest."""
PSF_SPREAD: Final = 0.1
"""Standard deviation of the logarithm of the PSF's width over the given one: who knows it?"""
DIM_BACKGROUND: Final = 0.3
"""Background is drawn up to this part of the peak."""
PEAK_PERCENTILE: Final = 99.9

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Microscope:
    """The user's own camera, exposure and optics.

    Attributes
    ----------
    camera : Camera
        Gain, offset, read noise, hot pixels, pixel type.
    photons : tuple of float
        Least and most photons per pixel in the bright parts of a frame (99.9th percentile).
    psf_sigma_px : float or None
        Width of the point spread function (sigma), pixels; None for any microscope's.

    Raises
    ------
    ConfigError
        If a value is out of its range; names it.
    """

    camera: Camera = field(default_factory=Camera)
    photons: tuple[float, float] = (2.0, 200.0)
    psf_sigma_px: float | None = None

    def __post_init__(self) -> None:
        low, high = self.photons
        if not 0 < low <= high:
            raise ConfigError(
                f"microscope: photons are {self.photons}; give the least and the most, above 0"
            )
        if self.psf_sigma_px is not None and not self.psf_sigma_px > 0:
            raise ConfigError(f"microscope: psf_sigma_px is {self.psf_sigma_px}; it must be > 0")

    @property
    def noise(self) -> CameraNoise:
        """The camera's noise."""
        camera = self.camera
        return CameraNoise(camera.gain_adu_per_e, camera.offset_adu, camera.read_noise_e)

    def draw_light(self, side: int, rng: np.random.Generator) -> Values:
        """Draw a light field of side × side pixels whose 99.9th percentile is 1."""
        size = (side, side)
        optics = random_optics(rng)
        if self.psf_sigma_px is not None:
            sigma_px = self.psf_sigma_px * float(np.exp(rng.normal(0, PSF_SPREAD)))
            unit = Optics(pixel_size_um=1.0, model=optics.model)
            optics = Optics(pixel_size_um=unit.sigma_px / sigma_px, model=optics.model)
        if rng.random() < TEXTURE_SHARE:
            light = blurred(random_texture(size, rng), optics.sigma_px)
        else:
            light = Specimen(random_specimen(rng), optics, size, rng).render(0.0)
        top = max(float(np.percentile(light, PEAK_PERCENTILE)), 1e-6)
        return np.asarray(light / np.float32(top), np.float32)

    def draw_photons(self, light: Values, rng: np.random.Generator) -> Values:
        """Draw an exposure of a light field: expected photons per pixel."""
        peak = float(np.exp(rng.uniform(*np.log(self.photons))))
        background = peak * DIM_BACKGROUND * rng.random() ** 3
        return np.asarray(light * np.float32(peak) + np.float32(background), np.float32)


class SyntheticPatches:
    """An endless supply of simulated pairs.

    Parameters
    ----------
    microscope : Microscope
        Camera, exposure, optics.
    settings : PairSettings
        Units, patch size and seed. In noise units the microscope's camera is the known one.
    """

    def __init__(self, microscope: Microscope, settings: PairSettings) -> None:
        self._microscope = microscope
        self._settings = settings
        self._side = max(FIELD_PX, 32 * -(-settings.patch_px // 32))
        self._rng = np.random.default_rng((settings.seed, 0))
        self._pool: list[Values] = []
        self._batches = 0

    @property
    def units(self) -> Units:
        """What network units are."""
        kind, low, high = (
            self._settings.kind,
            self._settings.low_percentile,
            self._settings.high_percentile,
        )
        return Units(kind, low, high, self._microscope.noise if kind == "anscombe" else None)

    @property
    def provenance(self) -> Mapping[str, object]:
        """What the pairs were drawn from."""
        camera = self._microscope.camera
        return {
            "pairs": "simulation",
            "normalisation": self._settings.kind,
            "gain_adu_per_e": camera.gain_adu_per_e,
            "offset_adu": camera.offset_adu,
            "read_noise_e": camera.read_noise_e,
            "photons": list(self._microscope.photons),
            "psf_sigma_px": self._microscope.psf_sigma_px,
            "pairs_seed": self._settings.seed,
        }

    @property
    def notes(self) -> Sequence[str]:
        """What the user should be told."""
        said = (
            f"validation: {VALIDATION_FIELDS} simulated fields kept apart; how good the network is "
            "on recordings, only recordings can tell"
        )
        return (said,)

    def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
        """Draw pairs of `side` × `side` pixels; fields are drawn as the calls come in."""
        self._refresh()
        drawn: list[tuple[Values, Values]] = []
        while len(drawn) < patches:
            light = self._pool[int(rng.integers(len(self._pool)))]
            wanted = min(PATCHES_PER_EXPOSURE, patches - len(drawn))
            drawn += self._expose(light, wanted, side, rng)
        return _stack(drawn)

    def validation(self, side: int) -> Sequence[Patches]:
        """Return the pairs to judge by, from fields that are in no batch."""
        rng = np.random.default_rng((self._settings.seed, 1))
        drawn: list[tuple[Values, Values]] = []
        for _ in range(VALIDATION_FIELDS):
            light = self._microscope.draw_light(self._side, rng)
            drawn += self._expose(light, VALIDATION_PATCHES // VALIDATION_FIELDS, side, rng)
        starts = range(0, VALIDATION_PATCHES, VALIDATION_BATCH)
        return [_stack(drawn[start : start + VALIDATION_BATCH]) for start in starts]

    def _refresh(self) -> None:
        if not self._pool:
            self._pool = [
                self._microscope.draw_light(self._side, self._rng) for _ in range(POOL_FIELDS)
            ]
        elif self._batches % REFRESH_BATCHES == 0:
            oldest = self._batches // REFRESH_BATCHES % POOL_FIELDS
            self._pool[oldest] = self._microscope.draw_light(self._side, self._rng)
        self._batches += 1

    def _expose(
        self, light: Values, patches: int, side: int, rng: np.random.Generator
    ) -> list[tuple[Values, Values]]:
        """Expose a field once and cut patches of the frame and of its truth."""
        if side > self._side:
            raise UsageError(
                f"patches of {side} pixels are larger than the simulated fields of {self._side}; "
                "give that size as patch_px"
            )
        photons = self._microscope.draw_photons(light, rng)
        counts = self._microscope.camera.expose(photons, rng)
        truth = self._microscope.camera.expected_adu(photons)
        units = self._units_of(counts)
        pairs = []
        for _ in range(patches):
            top, left = (int(at) for at in rng.integers(0, self._side - side + 1, 2))
            place = (slice(top, top + side), slice(left, left + side))
            way = draw_orientation(self._settings.along, rng)
            source, target = units.noisy(counts[place]), units.clean(truth[place])
            pairs.append((oriented(source, way), oriented(target, way)))
        return pairs

    def _units_of(self, counts: NDArray[np.generic]) -> FrameUnits:
        if self._settings.kind == "anscombe":
            return NoiseDeviations(self._microscope.noise)
        return lock(self.units, [counts])(counts)


def _stack(drawn: Sequence[tuple[Values, Values]]) -> Patches:
    source = np.stack([each for each, _ in drawn])[:, np.newaxis]
    return Patches(source, np.stack([each for _, each in drawn])[:, np.newaxis])
