"""Knows a whole simulated acquisition: any frame, and its truth, from the settings and an index.

Frame i and its truth depend on the settings and on i alone, so that they can be rendered again
later and in another process: for scoring a restored recording, and for checks bit by bit.

Rendering takes tens of milliseconds, too long for a fast camera. A scene with `bank_frames` > 0
therefore repeats: it runs through its first cycle of frames again and again, each time rolled to
another place of the periodic field, as if the stage had moved and the bleaching begun anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np

from livecare.errors import ConfigError
from livecare.frame import Pixels, Position
from livecare.simulation.camera import Camera
from livecare.simulation.canvas import Field
from livecare.simulation.catalogue import SPECIMENS
from livecare.simulation.document import from_document, to_document
from livecare.simulation.optics import Optics
from livecare.simulation.specimen import Specimen, SpecimenSettings

SMALLEST_SIDE_PX: Final = 16
"""Below this a field holds no structure and patches would meet themselves."""
SPECIMEN_STREAM, NOISE_STREAM, STAGE_STREAM = 1, 2, 3
"""Which use of the seed a random number belongs to."""


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """Everything that a simulated acquisition follows from.

    Attributes
    ----------
    size_yx : tuple of int
        Rows and columns, pixels.
    seed : int
        Chooses the specimens, their motion, the noise and the moves of the stage.
    photons : float
        Detected photons per pixel and frame at the bright structures (99.9th percentile).
    bleach_half_life : float or None
        Time points after which half of the light is gone; None for no bleaching.
    channels, size_z, positions : int
        Sizes of these axes.
    z_blur_px : float
        Additional Gaussian blur per plane away from the middle one, pixels.
    bank_frames : int
        Frames of one cycle, rounded up to whole time points; 0 for a scene that never repeats.
    specimens : tuple of SpecimenSettings
        One per channel; begins again where there are fewer.
    optics : Optics
        The microscope.
    camera : Camera
        The camera.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    size_yx: tuple[int, int] = (512, 512)
    seed: int = 0
    photons: float = 20.0
    bleach_half_life: float | None = None
    channels: int = 1
    size_z: int = 1
    positions: int = 1
    z_blur_px: float = 1.5
    bank_frames: int = 0
    specimens: tuple[SpecimenSettings, ...] = (SPECIMENS["mixed"],)
    optics: Optics = field(default_factory=Optics)
    camera: Camera = field(default_factory=Camera)

    def __post_init__(self) -> None:
        if min(self.size_yx) < SMALLEST_SIDE_PX:
            raise ConfigError(
                f"scene: size_yx is {self.size_yx}; give {SMALLEST_SIDE_PX} pixels or more per side"
            )
        for name in ("channels", "size_z", "positions"):
            if getattr(self, name) < 1:
                raise ConfigError(f"scene: {name} is {getattr(self, name)}; give 1 or more")
        for name in ("seed", "photons", "bank_frames", "z_blur_px"):
            if getattr(self, name) < 0:
                raise ConfigError(f"scene: {name} is {getattr(self, name)}; give 0 or more")
        if self.bleach_half_life is not None and not self.bleach_half_life > 0:
            raise ConfigError(
                f"scene: bleach_half_life is {self.bleach_half_life}; give a value above 0, or "
                "None for no bleaching"
            )
        if not self.specimens:
            raise ConfigError("scene: specimens is empty; give one at least")

    @property
    def frames_per_timepoint(self) -> int:
        """Frames that share one time point."""
        return self.channels * self.size_z * self.positions

    @property
    def cycle_frames(self) -> int | None:
        """Frames after which the scene moves to a fresh field; None where it never does."""
        if self.bank_frames == 0:
            return None
        timepoints = -(-self.bank_frames // self.frames_per_timepoint)
        return timepoints * self.frames_per_timepoint

    def position(self, index: int) -> Position:
        """Say where frame `index` belongs: t is slowest, then p, then c; z is fastest."""
        rest, z = divmod(index, self.size_z)
        rest, c = divmod(rest, self.channels)
        t, p = divmod(rest, self.positions)
        return Position(t=t, c=c, z=z, p=p)

    def to_document(self) -> dict[str, Any]:
        """Turn the settings into JSON values."""
        document: dict[str, Any] = to_document(self)
        return document


class SimulatedScene:
    """Renders the frames of a simulated acquisition and their truth, in any order."""

    def __init__(self, settings: SceneSettings) -> None:
        self.settings = settings
        self._specimens: dict[tuple[int, int], Specimen] = {}

    @classmethod
    def from_settings(cls, document: Mapping[str, Any]) -> Self:
        """Make a scene from what `SceneSettings.to_document` gave, as stored with a recording."""
        return cls(from_document(SceneSettings, document))

    def expected_photons(self, index: int) -> Field:
        """Give the mean number of photons that each pixel detects in a frame.

        Returns
        -------
        ndarray, shape (y, x), float32
        """
        slot, offset_yx = self.slot(index)
        return np.roll(self._slot_photons(slot), offset_yx, axis=(0, 1))

    def truth(self, index: int) -> Field:
        """Give the frame that a noise-free camera would read, float32 camera units."""
        return self.settings.camera.expected_adu(self.expected_photons(index))

    def frame(self, index: int) -> Pixels:
        """Render a noisy frame, shape (y, x), of the camera's type."""
        pixels = np.empty(self.settings.size_yx, self.settings.camera.dtype)
        self.copy_into(index, pixels)
        return pixels

    def copy_into(self, index: int, pixels: Pixels) -> None:
        """Render a noisy frame into an array of the scene's shape and type."""
        slot, offset_yx = self.slot(index)
        healthy, glow_adu = self.render_slot(slot)
        roll_into(healthy, offset_yx, pixels)
        camera = self.settings.camera
        camera.add_glow(pixels, camera.hot_pixels(self.settings.size_yx), glow_adu)

    def slot(self, index: int) -> tuple[int, tuple[int, int]]:
        """Say which frame of the cycle a frame is, and how far it is rolled (y, x)."""
        cycle_frames = self.settings.cycle_frames
        if cycle_frames is None:
            return index, (0, 0)
        cycle, slot = divmod(index, cycle_frames)
        return slot, _stage_yx(self.settings.seed, cycle, self.settings.size_yx)

    def render_slot(self, slot: int) -> tuple[Pixels, Field]:
        """Render a frame of the cycle before it is rolled, and apart from it the glow.

        Hot pixels sit on the sensor: they must not move with the field.
        """
        rng = np.random.default_rng((self.settings.seed, NOISE_STREAM, slot))
        camera = self.settings.camera
        healthy = camera.expose_healthy(self._slot_photons(slot), rng)
        return healthy, camera.draw_glow(self.settings.size_yx, rng)

    def _slot_photons(self, slot: int) -> Field:
        """Give the expected photons of a frame of the cycle."""
        settings = self.settings
        position = settings.position(slot)
        defocus_px = abs(position.z - (settings.size_z - 1) / 2) * settings.z_blur_px
        brightness = settings.photons
        if settings.bleach_half_life is not None:
            brightness *= 0.5 ** (position.t / settings.bleach_half_life)
        light = self._specimen(position.p, position.c).render(float(position.t), defocus_px)
        return np.asarray(np.float32(brightness) * light, np.float32)

    def _specimen(self, p: int, c: int) -> Specimen:
        """Give the specimen of a stage position and channel, made when first seen."""
        if (p, c) not in self._specimens:
            settings = self.settings
            self._specimens[p, c] = Specimen(
                settings.specimens[c % len(settings.specimens)],
                settings.optics,
                settings.size_yx,
                np.random.default_rng((settings.seed, SPECIMEN_STREAM, p, c)),
            )
        return self._specimens[p, c]


def roll_into(field_yx: Pixels, offset_yx: tuple[int, int], out: Pixels) -> None:
    """Copy a periodic field rolled by an offset, as `numpy.roll` does, at the cost of one copy.

    Parameters
    ----------
    field_yx, out : ndarray, shape (y, x)
        From and to; may not overlap.
    offset_yx : pair of int
        Each at least 0 and below the size.
    """
    down, right = offset_yx
    rows, columns = field_yx.shape
    out[down:, right:] = field_yx[: rows - down, : columns - right]
    out[down:, :right] = field_yx[: rows - down, columns - right :]
    out[:down, right:] = field_yx[rows - down :, : columns - right]
    out[:down, :right] = field_yx[rows - down :, columns - right :]


@lru_cache(maxsize=4)
def _stage_yx(seed: int, cycle: int, size_yx: tuple[int, int]) -> tuple[int, int]:
    """Say how far the stage has moved in a cycle; cached, since each of its frames asks."""
    if cycle == 0:
        return 0, 0
    down, right = np.random.default_rng((seed, STAGE_STREAM, cycle)).integers(0, size_yx)
    return int(down), int(right)
