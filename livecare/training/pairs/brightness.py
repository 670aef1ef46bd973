"""Which scale and offset take the clean picture of a pair to the noisy one's camera counts.

The two may differ in exposure, in averaging or in how their files were stretched. A network that
is to keep intensities learns towards the clean picture in the noisy one's own counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.block_means import block_means

ALIKE: Final = 0.05
"""Scales that differ by less (standard deviation over mean) are one scale, measured often."""
LEAST_CORRELATION: Final = 0.15
"""Correlation of a pair's pictures below which they cannot be of the same scene: a frame with a
tenth of a photon per pixel still has more, unless there is nothing in it."""
EXPECTED_CORRELATION: Final = 0.2
"""Correlation that a pair's pictures would have, by how much each shows, from which they must be
alike; those that show less are taken to show nothing."""
SHRUNK_PX: Final = 4
"""Pictures are compared as means of so many pixels squared: less noise, and no harm by a shift."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """counts of the noisy picture = scale * counts of the clean picture + offset."""

    scale: float
    offset: float

    @classmethod
    def between(cls, noisy: Pixels, clean: Pixels) -> Self | None:
        """Fit by least squares; None where the pictures have nothing in common.

        Noise of the noisy picture does not bias it.
        """
        first, second = _shrunk(noisy), _shrunk(clean)
        first_mean, second_mean = float(first.mean()), float(second.mean())
        common = float(((first - first_mean) * (second - second_mean)).mean())
        if not common > LEAST_CORRELATION * float(first.std() * second.std()):
            return None
        scale = common / float(second.var())
        return cls(scale, first_mean - scale * second_mean)

    def apply(self, clean: Values) -> Values:
        """Return the clean picture in the noisy one's counts."""
        return np.asarray(np.float32(self.scale) * clean + np.float32(self.offset), np.float32)


def both_show(noisy: Pixels, clean: Pixels) -> bool:
    """Tell whether both pictures show so much that they would be alike if it were one scene."""
    return _seen(noisy) * _seen(clean) > EXPECTED_CORRELATION**2


def _seen(picture: Pixels) -> float:
    """Return the part of a picture's variance that is no noise: what neighbouring blocks share."""
    blocks = _shrunk(picture)
    blocks = blocks - blocks.mean()
    shared = [(blocks[1:] * blocks[:-1]).mean(), (blocks[:, 1:] * blocks[:, :-1]).mean()]
    return max(0.0, float(min(shared))) / max(float(blocks.var()), 1e-12)


def settle(matches: Sequence[Match]) -> tuple[Match, bool]:
    """Return the match in the middle, and whether all agree with it within what fits scatter by."""
    scales = np.array([match.scale for match in matches])
    offsets = np.array([match.offset for match in matches])
    middle = Match(float(np.median(scales)), float(np.median(offsets)))
    return middle, not scales.std() > ALIKE * scales.mean()


def _shrunk(picture: Pixels) -> Values:
    return block_means(np.asarray(picture, np.float32), SHRUNK_PX)
