"""Pairs with a teacher's answer beside the truth, drawn once and kept, for small networks.

What a frame can tell of its truth is less than the truth: most of a small network's loss is noise
of the target. A large network's answer is nearly the mean of all truths that go with the frame,
which is what a small one is to learn (Hinton et al. 2015, arXiv:1503.02531).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from livecare.training.default_fields import DefaultPairs

PART_PATCHES: Final = 4096
"""Patches of a part of the pool; every second part is of finer textures."""
PARTS: Final = 2
"""A small network of 20,000 steps of 8 sees each of the patches twenty times, turned eight ways."""
SIDE: Final = 128
DRAWN_TOGETHER: Final = 16
REFRESHED: Final = 4
"""Patches that are drawn at once, and fields that are replaced after that."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TaughtBatch:
    """Frames, truths and a teacher's estimates, each (n, 1, y, x), float32, noise units."""

    noisy: Tensor
    truth: Tensor
    taught: Tensor


class TaughtPool:
    """Patches that were drawn and answered.

    Parameters
    ----------
    noisy, truth, taught : array, shape (n, y, x), float32
        See `TaughtBatch`.
    seed : int
        Of what is taken from it.
    """

    def __init__(self, noisy: Values, truth: Values, taught: Values, seed: int) -> None:
        self._stacks = (noisy, truth, taught)
        self._rng = np.random.default_rng(seed)

    @classmethod
    def make(cls, data: Path, folder: Path, teacher: nn.Module, seed: int) -> Self:
        """Draw the pool, or take the parts of it that lie in the folder already.

        Parameters
        ----------
        data : Path
            Folder of the recordings; see `livecare.training.default_fields`.
        folder : Path
            Where parts are kept, about 800 MB each.
        teacher : torch.nn.Module
            Maps (n, 1, y, x) to (n, 1 or 2, y, x), noise units; in evaluation mode.
        seed : int
            Of the first part; the others have the next ones.
        """
        parts = []
        for number in range(PARTS):
            file = folder / f"taught-{seed + number}.npz"
            if not file.exists():
                _draw_part(data, file, teacher, seed + number, fine=bool(number % 2))
            with np.load(file) as kept:
                parts.append([kept[key] for key in ("noisy", "truth", "taught")])
        noisy, truth, taught = (np.concatenate(each) for each in zip(*parts, strict=True))
        return cls(noisy, truth, taught, seed)

    def draw(self, patches: int) -> TaughtBatch:
        """Take patches at random, all of them turned and mirrored alike."""
        chosen = self._rng.integers(0, len(self._stacks[0]), patches)
        turns, mirrored = int(self._rng.integers(4)), bool(self._rng.integers(2))
        return TaughtBatch(*(_turned(stack[chosen], turns, mirrored) for stack in self._stacks))


def _turned(patches: Values, turns: int, mirrored: bool) -> Tensor:  # noqa: FBT001 ours alone
    turned = np.rot90(patches, turns, axes=(1, 2))
    if mirrored:
        turned = np.swapaxes(turned, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(turned))[:, np.newaxis]


def _draw_part(data: Path, file: Path, teacher: nn.Module, seed: int, *, fine: bool) -> None:
    """Draw a part of the pool and keep it in a file."""
    pairs = DefaultPairs(data, seed, fine=fine)
    noisy, truth, taught = (np.empty((PART_PATCHES, SIDE, SIDE), np.float32) for _ in range(3))
    for start in range(0, PART_PATCHES, DRAWN_TOGETHER):
        block = slice(start, start + DRAWN_TOGETHER)
        drawn = pairs.draw(DRAWN_TOGETHER, SIDE)
        for _ in range(REFRESHED):
            pairs.refresh()
        noisy[block] = [pair.noisy for pair in drawn]
        truth[block] = [pair.truth for pair in drawn]
        with torch.no_grad():
            taught[block] = teacher(torch.from_numpy(noisy[block])[:, np.newaxis])[:, 0].numpy()
    part = file.with_suffix(".part.npz")
    np.savez(part, noisy=noisy, truth=truth, taught=taught)
    part.replace(file)
