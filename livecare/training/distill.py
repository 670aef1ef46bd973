"""A slow teacher's answers as targets for a plain network."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from livecare.training.batches import Batches
from livecare.training.objectives import on_device
from livecare.training.pairs.protocol import Patches


class TaughtPatches:
    """Noisy patches with a teacher's estimates as targets.

    Parameters
    ----------
    source : Batches
        Noisy patches, standard units.
    teacher : torch.nn.Module
        In evaluation mode.
    estimate : callable
        Takes the teacher and frames (n, 1, y, x), returns its estimates of the same shape.
    """

    def __init__(
        self, source: Batches, teacher: nn.Module, estimate: Callable[[nn.Module, Tensor], Tensor]
    ) -> None:
        self._source, self._estimate = source, estimate
        self._teacher = teacher.to("cuda" if torch.cuda.is_available() else "cpu")

    def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
        """Draw patches; see `Batches.batch`."""
        return self._taught(self._source.batch(patches, side, rng))

    def validation(self, side: int) -> Sequence[Patches]:
        """Return the patches to judge by; see `Batches.validation`."""
        return [self._taught(each) for each in self._source.validation(side)]

    @torch.no_grad()
    def _taught(self, patches: Patches) -> Patches:
        frames = on_device(patches.source, self._teacher)
        target = self._estimate(self._teacher, frames).cpu().numpy()
        return Patches(patches.source, np.asarray(target, np.float32))
