"""Patches brought to mean 0 and spread 1, whatever their units: what networks learn best from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from livecare.errors import UsageError
from livecare.training.batches import Batches
from livecare.training.pairs.protocol import Batch, Patches

MEASURED_PATCHES: Final = 64
"""Patches that mean and spread are taken from."""
MEASURING_SEED: Final = 40


@dataclass(frozen=True, slots=True)
class Standard:
    """What becomes 0 and 1.

    Attributes
    ----------
    mean, spread : float
        Of noisy patches, network units; `spread` is above 0.
    """

    mean: float
    spread: float

    @classmethod
    def of(cls, source: Batches, side: int) -> Self:
        """Measure it on some patches of `side` × `side` pixels.

        Raises
        ------
        UsageError
            If they are constant or not finite.
        """
        rng = np.random.default_rng(MEASURING_SEED)
        values = source.batch(MEASURED_PATCHES, side, rng).source
        mean, spread = float(np.mean(values)), float(np.std(values))
        if not (np.isfinite(mean) and np.isfinite(spread) and spread > 0):
            raise UsageError(
                f"training patches have the mean {mean} and the spread {spread}: "
                "give recordings that are finite and not constant"
            )
        return cls(mean, spread)

    def apply(self, values: Batch) -> Batch:
        """Return values in standard units."""
        scaled = (values - np.float32(self.mean)) * np.float32(1 / self.spread)
        return np.asarray(scaled, np.float32)


class StandardPatches:
    """A patch source in standard units.

    Parameters
    ----------
    source : Batches
        In network units.
    standard : Standard
        What becomes 0 and 1.
    """

    def __init__(self, source: Batches, standard: Standard) -> None:
        self._source, self._standard = source, standard

    def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
        """Draw patches; see `Batches.batch`."""
        return self._apply(self._source.batch(patches, side, rng))

    def validation(self, side: int) -> Sequence[Patches]:
        """Return the patches to judge by; see `Batches.validation`."""
        return [self._apply(each) for each in self._source.validation(side)]

    def _apply(self, patches: Patches) -> Patches:
        target = None if patches.target is None else self._standard.apply(patches.target)
        return Patches(self._standard.apply(patches.source), target)
