"""What the training loop needs of a source of patches: less than a whole `PatchSource`."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from livecare.training.pairs.protocol import Patches


class Batches(Protocol):
    """An endless supply of patches to learn from, and a fixed set to judge by."""

    def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
        """Draw patches of `side` × `side` pixels; the same state of `rng` gives the same."""

    def validation(self, side: int) -> Sequence[Patches]:
        """Return the patches to judge by, always the same."""
