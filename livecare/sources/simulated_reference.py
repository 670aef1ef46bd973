"""Knows which reference frames a simulated camera takes: the same scene again, in more light."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.errors import ConfigError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.references import ReferenceStream
from livecare.references.stream import check_every
from livecare.simulation import SimulatedScene

REFERENCE_STREAM: Final = 4
"""Which use of the seed their noise is; `livecare.simulation.scene` has those below."""


@dataclass(frozen=True, slots=True)
class SimulatedReference:
    """Frames with much light among those with little (docs/references.md).

    Attributes
    ----------
    every : int
        Frames between two of them.
    light : float
        How many times as many photons they have.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    every: int = 100
    light: float = 10.0

    def __post_init__(self) -> None:
        check_every(self.every, "simulated source: reference")
        if not self.light > 0:
            raise ConfigError(
                f"simulated source: reference: light is {self.light}; give a value above 0"
            )


class SimulatedReferences:
    """The reference frames of a scene: one after so many frames, of what the last of them shows.

    Parameters
    ----------
    settings : SimulatedReference or None
        How; None for none.
    """

    def __init__(self, settings: SimulatedReference | None) -> None:
        self._settings = settings
        self._since = 0
        self._last = 0

    @property
    def due(self) -> bool:
        """Whether the next frame is one."""
        return self._settings is not None and self._since >= self._settings.every

    def describe(self, info: StreamInfo) -> StreamInfo:
        """Return the description of the stream with them. Raises ConfigError."""
        if self._settings is None:
            return info
        reference = ReferenceStream(1, self._settings.every, self._settings.light)
        return reference.add_to(info)

    def count(self, index: int) -> None:
        """Take note of a frame of the scene, by its index."""
        self._since += 1
        self._last = index

    def copy_into(self, scene: SimulatedScene, pixels: Pixels) -> Position:
        """Write the next one into an array of the scene's shape and type; say where it belongs."""
        light = 1.0 if self._settings is None else self._settings.light
        settings = scene.settings
        rng = np.random.default_rng((settings.seed, REFERENCE_STREAM, self._last))
        photons = np.float32(light) * scene.expected_photons(self._last)
        np.copyto(pixels, settings.camera.expose(photons, rng))
        self._since = 0
        of = settings.position(self._last)
        return Position(t=of.t, c=settings.channels, z=of.z, p=of.p)
