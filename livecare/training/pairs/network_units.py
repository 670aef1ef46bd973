"""From camera counts to network units, for each recording as the model's user will have them.

The window of a recording is locked to its first frames, as `Model.lock` does at the microscope.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise, expected_transform
from livecare.models.locking import lock_normaliser
from livecare.models.normalise import IntensityWindow, NoiseUnits
from livecare.models.recipe import NormalisationRecipe
from livecare.training.pairs.protocol import Units

Values = NDArray[np.float32]


class FrameUnits(Protocol):
    """What network units are for one frame."""

    def noisy(self, counts: Pixels) -> Values:
        """Take noisy camera counts to network units."""

    def clean(self, counts: Pixels) -> Values:
        """Take counts without noise to what the noisy ones' units are on average."""

    def record(self) -> dict[str, float]:
        """Say the values, for the provenance."""


@dataclass(frozen=True, slots=True)
class WindowUnits:
    """A window of intensities: affine, so that clean and noisy are alike."""

    window: IntensityWindow

    def noisy(self, counts: Pixels) -> Values:
        """Take camera counts to network units."""
        values = np.empty(counts.shape, np.float32)
        self.window.normalise(counts, values)
        return values

    def clean(self, counts: Pixels) -> Values:
        """Take camera counts to network units."""
        return self.noisy(counts)

    def record(self) -> dict[str, float]:
        """Say the window, camera counts."""
        return {"low": self.window.low, "high": self.window.high}


@dataclass(frozen=True, slots=True)
class NoiseDeviations:
    """Units of the noise's standard deviation: the generalised Anscombe transform."""

    noise: CameraNoise

    def noisy(self, counts: Pixels) -> Values:
        """Transform camera counts."""
        values = np.empty(counts.shape, np.float32)
        NoiseUnits(self.noise).normalise(counts, values)
        return values

    def clean(self, counts: Pixels) -> Values:
        """Give the mean of the transformed counts of a pixel whose counts these are on average."""
        photons = np.asarray(counts, np.float32) - np.float32(self.noise.offset_adu)
        photons = np.maximum(photons / np.float32(self.noise.gain_adu_per_e), np.float32(0))
        return expected_transform(np.asarray(photons, np.float32), self.noise.read_noise_e)

    def record(self) -> dict[str, float]:
        """Say the camera's values: counts per electron, counts, electrons."""
        return {
            "gain": self.noise.gain_adu_per_e,
            "offset": self.noise.offset_adu,
            "read_noise": self.noise.read_noise_e,
        }


UnitsOf = Callable[[Pixels], FrameUnits]
"""Gives the units of a frame."""


def lock(units: Units, frames: Sequence[Pixels]) -> UnitsOf:
    """Return what gives the units of each frame of a recording that begins with these frames."""
    recipe = NormalisationRecipe(units.kind, units.low_percentile, units.high_percentile)
    normaliser = lock_normaliser(recipe, units.kind, frames, units.noise, None)

    def units_of(frame: Pixels) -> FrameUnits:
        normalisation = normaliser.of(frame)
        if isinstance(normalisation, NoiseUnits):
            return NoiseDeviations(normalisation.noise)
        return WindowUnits(IntensityWindow(**normalisation.record()))

    return units_of
