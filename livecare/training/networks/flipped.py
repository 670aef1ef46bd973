"""Four or eight looks at one frame: the mean of what a network makes of its mirror images.

What a network gets wrong by chance differs between mirror images; what it got from the photons does
not. The mean is closer to the truth by one to two tenths of a decibel, and where the looks
disagree, the predicted spread grows: they are the members of a mixture of Laplace distributions
(Lakshminarayanan et al. 2017, arXiv:1612.01474), whose variance is mean(2 b²) + var(μ).
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

MIRRORS: Final[tuple[tuple[int, ...], ...]] = ((), (2,), (3,), (2, 3))
"""Axes of (n, c, y, x) that each look turns round."""


class FlippedMean(nn.Module):
    """Averages the looks of a network that returns estimates, with Laplace scales or without.

    Parameters
    ----------
    network : torch.nn.Module
        Maps (n, 1, y, x) to (n, 1 or 2, y, x) and has `multiple_of`.
    transposed : bool
        Whether rows and columns are exchanged as well: eight looks, all ways to lay a frame down.
    """

    def __init__(self, network: nn.Module, *, transposed: bool = False) -> None:
        super().__init__()
        self.network = network
        self._turns = (False, True) if transposed else (False,)
        self.multiple_of = int(network.multiple_of)  # type: ignore[arg-type]  # ours have it

    def forward(self, frames: Tensor) -> Tensor:
        """Return mean estimates, and the scales of Laplace distributions as wide as the mixture."""
        looks = [self._look(frames, axes, turned) for turned in self._turns for axes in MIRRORS]
        count = len(looks)
        mean = total([look[:, :1] for look in looks]) / count
        if looks[0].shape[1] == 1:
            return mean
        variance = total(
            [2 * torch.square(look[:, 1:]) + torch.square(look[:, :1] - mean) for look in looks]
        )
        return torch.cat([mean, torch.sqrt(variance / (2 * count))], dim=1)

    def _look(self, frames: Tensor, axes: tuple[int, ...], turned: bool) -> Tensor:  # noqa: FBT001 ours alone
        """Return what the network makes of a mirror image, turned back."""
        seen = torch.flip(frames, axes) if axes else frames
        made: Tensor = self.network(seen.transpose(2, 3) if turned else seen)
        if turned:
            made = made.transpose(2, 3)
        return torch.flip(made, axes) if axes else made


def total(parts: Sequence[Tensor]) -> Tensor:
    """Add up one by one: the mean of a stack has no ONNX operator that all engines know alike."""
    summed = parts[0]
    for part in parts[1:]:
        summed = summed + part
    return summed
