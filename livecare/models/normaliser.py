"""Normalisers: which normalisation each frame of a recording gets."""

from dataclasses import dataclass
from typing import Protocol

from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_estimate import NoiseEstimate
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalisation import Kind, Normalisation
from livecare.models.window import HIGH_PERCENTILE, LOW_PERCENTILE, IntensityWindow


class Normaliser(Protocol):
    """Chooses the normalisation of each frame; asked once per frame, in the recording's order."""

    @property
    def kind(self) -> Kind:
        """How it chooses."""
        ...

    @property
    def present(self) -> Normalisation:
        """What the latest frame got; before the first, what the recording begins with."""
        ...

    def of(self, frame: Pixels, /) -> Normalisation:
        """Return the normalisation of the next frame, shape (y, x) or (z, y, x)."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """One intensity window for all frames: brightness never flickers, and bleaching shows.

    Attributes
    ----------
    window : IntensityWindow
        The window.
    """

    window: IntensityWindow

    @property
    def kind(self) -> Kind:
        """Return "fixed"."""
        return "fixed"

    @property
    def present(self) -> IntensityWindow:
        """Return the window."""
        return self.window

    def of(self, frame: Pixels) -> IntensityWindow:  # noqa: ARG002 whatever the frame
        """Return the window."""
        return self.window


class PerFrame:
    """A window of each frame's own percentiles, as CSBDeep predicts: brightness flickers.

    Parameters
    ----------
    low_percentile, high_percentile : float
        Percentiles that become 0 and 1, in 0 ... 100.
    """

    def __init__(
        self, low_percentile: float = LOW_PERCENTILE, high_percentile: float = HIGH_PERCENTILE
    ) -> None:
        self._percentiles = (low_percentile, high_percentile)
        self._present = IntensityWindow(0.0, 1.0)

    @property
    def kind(self) -> Kind:
        """Return "per-frame"."""
        return "per-frame"

    @property
    def present(self) -> IntensityWindow:
        """Return the latest frame's window; any, before the first frame."""
        return self._present

    def of(self, frame: Pixels) -> IntensityWindow:
        """Measure the frame's window."""
        self._present = IntensityWindow.from_frames([frame], *self._percentiles)
        return self._present


class Anscombe:
    """Noise units of one camera for all frames.

    Parameters
    ----------
    noise : CameraNoise
        The camera.
    estimate : NoiseEstimate or None
        Where its values come from; None if they were given.

    Attributes
    ----------
    estimate : NoiseEstimate or None
        The same.
    """

    def __init__(self, noise: CameraNoise, estimate: NoiseEstimate | None = None) -> None:
        self._units = NoiseUnits(noise)
        self.estimate = estimate

    @property
    def kind(self) -> Kind:
        """Return "anscombe"."""
        return "anscombe"

    @property
    def present(self) -> NoiseUnits:
        """Return the camera's noise units."""
        return self._units

    def of(self, frame: Pixels) -> NoiseUnits:  # noqa: ARG002 whatever the frame
        """Return the camera's noise units."""
        return self._units
