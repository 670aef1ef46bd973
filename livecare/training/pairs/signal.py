"""Where in a frame there is something to see."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.block_means import block_means

BLOCK_PX: Final = 16
"""Side of a block, pixels: its mean has a sixteenth of the noise."""
DARK_PERCENTILE: Final = 10.0
BRIGHT_PERCENTILE: Final = 99.0
LIT: Final = 0.15
"""A block counts as lit when it is so far from the dark to the bright blocks."""
BACKGROUND_SHARE: Final = 0.15
"""Part of the patches that may lie anywhere: a network must know background, too."""


@dataclass(frozen=True, slots=True)
class SignalMap:
    """The lit blocks of a frame.

    Attributes
    ----------
    lit_yx : ndarray, shape (blocks, 2), int32
        Row and column of the first pixel of each lit block.
    """

    lit_yx: NDArray[np.int32]

    @classmethod
    def of(cls, frame: Pixels) -> "SignalMap":
        """Find the lit blocks of a frame, shape (y, x), of at least one block."""
        blocks = block_means(frame, BLOCK_PX)
        dark, bright = np.percentile(blocks, (DARK_PERCENTILE, BRIGHT_PERCENTILE))
        lit = np.argwhere(blocks >= dark + LIT * (bright - dark))
        return cls((lit * BLOCK_PX).astype(np.int32))

    def draw_corner(
        self, side: int, region: tuple[slice, slice], rng: np.random.Generator
    ) -> tuple[int, int]:
        """Draw the first pixel of a patch within a region, around a lit block most of the time.

        Parameters
        ----------
        side : int
            Rows and columns of the patch, at most those of the region.
        region : pair of slice
            Rows and columns that the patch may use.
        rng : numpy.random.Generator
            Chooses.
        """
        room = [(part.start, part.stop - side) for part in region]
        if rng.random() >= BACKGROUND_SHARE and len(self.lit_yx):
            block = self.lit_yx[int(rng.integers(len(self.lit_yx)))]
            middle = block + rng.integers(0, BLOCK_PX, 2)
            corner = middle - rng.integers(0, side, 2)
            clipped = [int(np.clip(at, *bounds)) for at, bounds in zip(corner, room, strict=True)]
            return clipped[0], clipped[1]
        drawn = [int(rng.integers(low, high + 1)) for low, high in room]
        return drawn[0], drawn[1]
