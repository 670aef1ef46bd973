"""From camera counts to network units, for each recording as the model's user will have them.

The window of a recording is locked to its first frames, as `Model.lock` does at the microscope.
Where neighbours share so much noise that frames are restored in means of 2 × 2 pixels, the network
sees quarters of such means (`livecare.models.mosaic`), and so it learns from means as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise, expected_transform
from livecare.models.locking import lock_normaliser
from livecare.models.mosaic import halved
from livecare.models.normalise import IntensityWindow, NoiseUnits
from livecare.models.recipe import NormalisationRecipe
from livecare.training.pairs.protocol import Units

Values = NDArray[np.float32]


class FrameUnits(Protocol):
    """What network units are for one frame."""

    @property
    def binning(self) -> int:
        """Rows and columns of pixels whose mean is one of the network's; 1 or 2."""

    def noisy(self, counts: Pixels) -> Values:
        """Take noisy camera counts, binned, to network units."""

    def clean(self, counts: Pixels) -> Values:
        """Take counts without noise, binned, to what the noisy ones' units are on average."""

    def record(self) -> dict[str, float]:
        """Say the values, for the provenance."""


@dataclass(frozen=True, slots=True)
class WindowUnits:
    """A window of intensities: affine, so that clean and noisy are alike."""

    window: IntensityWindow

    @property
    def binning(self) -> int:
        """Return 1: single pixels."""
        return 1

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

    @property
    def binning(self) -> int:
        """Return what the camera's values are of: single pixels, or means of 2 × 2."""
        return self.noise.binning

    def noisy(self, counts: Pixels) -> Values:
        """Transform camera counts."""
        values = np.empty(counts.shape, np.float32)
        NoiseUnits(replace(self.noise, binning=1)).normalise(counts, values)
        return values

    def clean(self, counts: Pixels) -> Values:
        """Give the mean of the transformed counts of a pixel whose counts these are on average."""
        photons = np.asarray(counts, np.float32) - np.float32(self.noise.offset_adu)
        photons = np.maximum(photons / np.float32(self.noise.gain_adu_per_e), np.float32(0))
        return expected_transform(np.asarray(photons, np.float32), self.noise.read_noise_e)

    def record(self) -> dict[str, float]:
        """Say the camera's values: counts per electron, counts, electrons, and pixels."""
        return {
            "gain": self.noise.gain_adu_per_e,
            "offset": self.noise.offset_adu,
            "read_noise": self.noise.read_noise_e,
            "binning": float(self.noise.binning),
        }


UnitsOf = Callable[[Pixels], FrameUnits]
"""Gives the units of a frame."""


def binned(counts: Pixels, binning: int) -> Pixels:
    """Return the means of so many rows and columns of pixels, float32; pixels themselves of 1."""
    return counts if binning == 1 else halved(counts)


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
