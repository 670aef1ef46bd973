"""A training recipe of your own: Neighbor2Neighbor (Huang et al., CVPR 2021), from noise alone.

Each patch is thinned into two of half the size: of every 2 × 2 pixels one goes to the picture that
the network sees, and a neighbour of it to the one that it is compared with. To keep it:
1. `METHOD` goes into `METHODS` of livecare/training/methods.py, its name into `MethodName` there
   and into `MethodChoice` of livecare/cli/training_choices.py.
2. `NeighbourPatches` goes into livecare/training/pairs/, and into `supply` of
   livecare/training/supply.py: where the method's name is "neighbour",
   `return Supply(NeighbourPatches(noisy_stacks(inputs.recordings, settings)), known)`.
Then `livecare train --method neighbour` trains, packs and exports it like every other.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from livecare.training.methods import Method
from livecare.training.pairs.protocol import Patches, PatchSource

METHOD: Final = Method(
    name="neighbour",  # type: ignore[arg-type]  # until it is in MethodName
    says="noisy pictures alone",
    network="fast",
    loss="mse",
    paper=("Huang et al., Neighbor2Neighbor, CVPR 2021", "10.48550/arXiv.2101.02824"),
)
PAIRS: Final = ((0, 1), (1, 0), (0, 2), (2, 0), (1, 3), (3, 1), (2, 3), (3, 2))
"""Neighbours among the pixels 0 1 / 2 3 of a cell."""


def thin(noisy: np.ndarray, rng: np.random.Generator) -> Patches:
    """Thin patches, shape (n, 1, y, x), into two of neighbouring pixels, half as large."""
    n, c, y, x = noisy.shape
    cells = noisy.reshape(n, c, y // 2, 2, x // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    cells = cells.reshape(n, c, y // 2, x // 2, 4)
    chosen = np.array(PAIRS)[rng.integers(len(PAIRS), size=cells.shape[:-1])]
    picked = np.take_along_axis(cells, chosen, axis=-1)
    return Patches(np.ascontiguousarray(picked[..., 0]), np.ascontiguousarray(picked[..., 1]))


class NeighbourPatches:
    """Patches to learn from and to judge by, made of those of noisy frames."""

    def __init__(self, noisy: PatchSource) -> None:
        self._noisy = noisy
        self.units, self.provenance, self.notes = noisy.units, noisy.provenance, noisy.notes

    def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
        """Draw patches of `side` pixels from the training part."""
        return thin(self._noisy.batch(patches, 2 * side, rng).source, rng)

    def validation(self, side: int) -> Sequence[Patches]:
        """Return the same patches each time, from frames that are kept apart."""
        rng = np.random.default_rng(0)
        return [thin(each.source, rng) for each in self._noisy.validation(2 * side)]
