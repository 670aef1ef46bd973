"""How a batch's gradient is computed: at once, or in parts side by side.

A small network on small patches leaves a second thread little to do within each convolution: two
threads take as long as one. Two threads that each take half of the patches take half as long.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from livecare.training.objectives import Objective
from livecare.training.pairs.protocol import Patches

MOST_SEEDS: Final = 2**63
"""Seeds of the parts are drawn below this."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a batch led to, beside the gradient.

    Attributes
    ----------
    loss : float
        Of the batch.
    elsewhere_s : float
        Computing time, seconds, that the thread which asked did not spend itself.
    """

    loss: float
    elsewhere_s: float = 0.0


class Gradients(Protocol):
    """Puts the gradient of a batch's loss into the network's parameters."""

    def __call__(self, patches: Patches, rng: np.random.Generator) -> Learnt:
        """Replace the gradient by that of these patches."""

    def close(self) -> None:
        """End the threads, if there are any."""


def make_gradients(network: nn.Module, objective: Objective, patches: int) -> Gradients:
    """Return what is fastest for a network where it is.

    Parameters
    ----------
    network : torch.nn.Module
        On its device.
    objective : Objective
        What it is asked for.
    patches : int
        In a batch.
    """
    on_cpu = next(network.parameters()).device.type == "cpu"
    parts = min(torch.get_num_threads(), patches)
    whole = any(True for _ in network.buffers())  # such as batch normalisation's, of whole batches
    if on_cpu and parts > 1 and not whole:
        return SideBySide(network, objective, parts)
    return AtOnce(network, objective)


class AtOnce:
    """Takes the batch as it is; `torch` spreads each operation over its threads."""

    def __init__(self, network: nn.Module, objective: Objective) -> None:
        self._network, self._objective = network, objective

    def __call__(self, patches: Patches, rng: np.random.Generator) -> Learnt:
        """See `Gradients`."""
        loss = self._objective(self._network, patches, rng)
        self._network.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return Learnt(loss.item())

    def close(self) -> None:
        """There is nothing to end."""


class SideBySide:
    """Takes the batch in parts, each in a thread of its own.

    Parameters
    ----------
    network : torch.nn.Module
        On the CPU; without buffers, since the parts would fight over them.
    objective : Objective
        A mean over the patches.
    parts : int
        How many.
    """

    def __init__(self, network: nn.Module, objective: Objective, parts: int) -> None:
        self._network, self._objective, self._parts = network, objective, parts
        self._parameters = [each for each in network.parameters() if each.requires_grad]
        each_has = max(1, torch.get_num_threads() // parts)
        self._threads = ThreadPoolExecutor(
            parts, "livecare-gradient", torch.set_num_threads, (each_has,)
        )

    def __call__(self, patches: Patches, rng: np.random.Generator) -> Learnt:
        """See `Gradients`."""
        seeds = rng.integers(MOST_SEEDS, size=self._parts)
        found = list(self._threads.map(self._part, _split(patches, self._parts), seeds))
        shares = [part.share / len(patches.source) for part in found]
        for index, parameter in enumerate(self._parameters):
            terms = [
                share * part.gradient[index] for share, part in zip(shares, found, strict=True)
            ]
            parameter.grad = torch.stack(terms).sum(dim=0)
        loss = sum(share * part.loss for share, part in zip(shares, found, strict=True))
        return Learnt(loss, max(part.seconds for part in found))

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def _part(self, patches: Patches, seed: int) -> "_Part":
        began_s = time.thread_time()
        loss = self._objective(self._network, patches, np.random.default_rng(seed))
        gradient = torch.autograd.grad(loss, self._parameters)
        return _Part(len(patches.source), loss.item(), gradient, time.thread_time() - began_s)


@dataclass(frozen=True, slots=True)
class _Part:
    """The gradient of some patches, how many they are, and what it took."""

    share: int
    loss: float
    gradient: Sequence[Tensor]
    seconds: float


def _split(patches: Patches, parts: int) -> list[Patches]:
    """Deal patches out, as evenly as they go."""
    sources = np.array_split(patches.source, parts)
    if patches.target is None:
        return [Patches(source) for source in sources]
    targets = np.array_split(patches.target, parts)
    return [Patches(source, target) for source, target in zip(sources, targets, strict=True)]
