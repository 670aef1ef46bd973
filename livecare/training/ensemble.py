"""Several networks as one: their mean, and how far they and their own scales leave it open."""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from livecare.errors import ConfigError
from livecare.training.networks.flipped import total

FEWEST_MEMBERS: Final = 2
SMALLEST_VARIANCE: Final = 1e-12
"""Squared network units; below it a root has no use for its slope."""


class Ensemble(nn.Module):
    """Networks that predict Laplace distributions, folded into one that predicts one.

    The mixture of their distributions has the mean of their estimates and a variance that is the
    mean of theirs (2 scale²) plus that of their estimates; out comes the scale of the Laplace
    distribution with that variance.

    Parameters
    ----------
    members : sequence of torch.nn.Module
        Two or more, each (n, 1, ...) to (n, 2, ...).

    Raises
    ------
    ConfigError
        If there are fewer than two.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        if len(members) < FEWEST_MEMBERS:
            raise ConfigError(f"an ensemble of {len(members)}: give 2 members or more")
        self.members = nn.ModuleList(members)
        self.multiple_of = max(int(member.multiple_of) for member in members)  # type: ignore[arg-type]

    def forward(self, frames: Tensor) -> Tensor:
        """Return the mean estimate and the equivalent Laplace scale, (n, 2, ...)."""
        made = [member(frames) for member in self.members]
        mean = _mean([each[:, :1] for each in made])
        disagreement = _mean([torch.square(each[:, :1] - mean) for each in made])
        variance = _mean([2 * torch.square(each[:, 1:]) for each in made]) + disagreement
        return torch.cat([mean, torch.sqrt(variance / 2 + SMALLEST_VARIANCE)], dim=1)


def _mean(tensors: Sequence[Tensor]) -> Tensor:
    return total(tensors) / len(tensors)
