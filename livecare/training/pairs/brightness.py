"""Which scale and offset take the clean picture of a pair to the noisy one's camera counts.

The two may differ in exposure, in averaging or in how their files were stretched. A network that
is to keep intensities learns towards the clean picture in the noisy one's own counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.models.block_means import block_means

ALIKE: Final = 0.05
"""Scales that differ by less (standard deviation over mean) are one scale, measured often."""
LEAST_CORRELATION: Final = 0.15
"""Correlation of a pair's pictures below which they cannot be of the same scene: a frame with a
tenth of a photon per pixel still has more."""
SHRUNK_PX: Final = 4
"""Pictures are compared as means of so many pixels squared: less noise, and no harm by a shift."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """counts of the noisy picture = scale * counts of the clean picture + offset."""

    scale: float
    offset: float

    @classmethod
    def between(cls, noisy: Pixels, clean: Pixels, pair: str) -> Self:
        """Fit by least squares; noise of the noisy picture does not bias it.

        Raises
        ------
        UsageError
            If the pictures have nothing in common; `pair` names them.
        """
        first, second = (
            block_means(np.asarray(each, np.float32), SHRUNK_PX) for each in (noisy, clean)
        )
        first_mean, second_mean = float(first.mean()), float(second.mean())
        common = float(((first - first_mean) * (second - second_mean)).mean())
        strength = float(first.std() * second.std())
        if not common > LEAST_CORRELATION * strength:
            measured = common / strength if strength > 0 else 0.0
            raise UsageError(
                f"{pair}: the two pictures have nothing in common (correlation {measured:.2f}); "
                "check that low and high are listed in the same order and show the same field"
            )
        scale = common / float(second.var())
        return cls(scale, first_mean - scale * second_mean)

    def apply(self, clean: Values) -> Values:
        """Return the clean picture in the noisy one's counts."""
        return np.asarray(np.float32(self.scale) * clean + np.float32(self.offset), np.float32)


def settle(matches: Sequence[Match]) -> tuple[list[Match], bool]:
    """Return one match for all where they agree within what fits scatter by; else as they are.

    The second value says whether they agreed.
    """
    scales = np.array([match.scale for match in matches])
    if scales.std() > ALIKE * scales.mean():
        return list(matches), False
    offsets = np.array([match.offset for match in matches])
    common = Match(float(np.median(scales)), float(np.median(offsets)))
    return [common] * len(matches), True
