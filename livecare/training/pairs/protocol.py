"""What a trainer needs to know of its examples, wherever they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.models.anscombe import CameraNoise

Batch = NDArray[np.float32]
UnitsKind = Literal["fixed", "per-frame", "anscombe"]


@dataclass(frozen=True, slots=True)
class Units:
    """How camera counts became network units: what a model's package has to say of it.

    Attributes
    ----------
    kind : {"fixed", "per-frame", "anscombe"}
        A window locked to the first frames of each recording, a window per frame, noise units.
    low_percentile, high_percentile : float
        Percentiles that become 0 and 1; not used in noise units.
    noise : CameraNoise or None
        The camera in noise units where the user gave it; None where it was estimated for each
        recording.
    """

    kind: UnitsKind
    low_percentile: float
    high_percentile: float
    noise: CameraNoise | None = None


@dataclass(frozen=True, slots=True)
class Patches:
    """Some patches, in network units.

    Attributes
    ----------
    source : ndarray, shape (n, c, y, x), float32
        What the network sees; noisy.
    target : ndarray, shape (n, 1, y, x), float32, or None
        What it is compared with; None for methods that learn from the noisy frame alone.

    Raises
    ------
    UsageError
        If source and target are not of one size.
    """

    source: Batch
    target: Batch | None = None

    def __post_init__(self) -> None:
        if self.target is None:
            return
        count, _, rows, columns = self.source.shape
        if self.target.shape != (count, 1, rows, columns):
            raise UsageError(
                f"patches: source has shape {self.source.shape} and target {self.target.shape}; "
                "give (n, c, y, x) and (n, 1, y, x) of the same n, y and x"
            )


class PatchSource(Protocol):
    """An endless supply of patches to learn from, and a fixed set to judge by."""

    @property
    def units(self) -> Units:
        """What network units are."""

    @property
    def provenance(self) -> Mapping[str, object]:
        """Names, sizes and settings that the patches came from; plain values for YAML or JSON."""

    @property
    def notes(self) -> Sequence[str]:
        """What the user should be told before training starts: warnings, assumptions."""

    def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
        """Draw patches of `side` × `side` pixels from the training part.

        The same state of `rng` gives the same patches.
        """

    def validation(self, side: int) -> Sequence[Patches]:
        """Return the patches to judge by: always the same, from recordings kept apart."""
