"""How a patch is changed so that a network sees more than was recorded, noise included."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.training.pairs.dimming import dimmed, dimmed_clean
from livecare.training.pairs.network_units import FrameUnits
from livecare.training.pairs.orientation import draw_orientation, oriented
from livecare.training.pairs.partners import Target
from livecare.training.pairs.settings import PairSettings

DIMMED_SHARE: Final = 0.25
DIMMED_TO: Final = (0.3, 1.0)
"""Part of the patches seen at less light, where the camera is known, and how much of it is left."""
WINDOW_SCALE: Final = 0.15
WINDOW_OFFSET: Final = 0.03
"""How far the window of a patch is off, in parts of its width: about what percentiles between 1 and
3 and between 99.5 and 99.9 differ by. Noise and signal scale together, as with another gain."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """One way to change a patch and its target alike.

    Attributes
    ----------
    orientation : int
        How it is laid, see `oriented`.
    kept : float
        Part of the light that is kept; 1 for all.
    noise : CameraNoise or None
        The camera, needed where light is taken.
    scale, offset : float
        Applied to network units; 1 and 0 in noise units, where the noise must keep its strength.
    """

    orientation: int
    kept: float
    noise: CameraNoise | None
    scale: float
    offset: float

    def dim_noisy(self, counts: Pixels, rng: np.random.Generator) -> Pixels:
        """Take light from noisy counts."""
        if self.noise is None or self.kept == 1:
            return counts
        return dimmed(counts, self.kept, self.noise, rng)

    def target_values(self, target: Target, units: FrameUnits, rng: np.random.Generator) -> Values:
        """Take light from a target and return it in network units."""
        if not target.clean:
            return units.noisy(self.dim_noisy(target.counts, rng))
        if self.noise is None or self.kept == 1:
            return units.clean(target.counts)
        counts = np.asarray(target.counts, np.float32)
        return units.clean(dimmed_clean(counts, self.kept, self.noise))

    def finish(self, values: Values) -> Values:
        """Lay a patch and move its window."""
        values = oriented(values, self.orientation)
        if (self.scale, self.offset) != (1.0, 0.0):
            values = values * np.float32(self.scale) + np.float32(self.offset)
        return values


def draw_augmentation(
    settings: PairSettings, camera: CameraNoise | None, rng: np.random.Generator
) -> Augmentation | None:
    """Draw a change; None where the settings want none."""
    if not settings.augment:
        return None
    kept = 1.0
    if camera is not None and rng.random() < DIMMED_SHARE:
        kept = float(np.exp(rng.uniform(*np.log(DIMMED_TO))))
    scale, offset = 1.0, 0.0
    if settings.kind != "anscombe":
        scale = float(np.exp(rng.uniform(-WINDOW_SCALE, WINDOW_SCALE)))
        offset = float(rng.uniform(-WINDOW_OFFSET, WINDOW_OFFSET))
    return Augmentation(draw_orientation(settings.along, rng), kept, camera, scale, offset)
