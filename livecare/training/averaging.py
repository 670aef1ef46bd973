"""Weights averaged over the last steps: calmer than the newest ones, and better."""

from typing import Final

import torch
from torch import nn

AVERAGE_DECAY: Final = 0.999
"""Weights are averaged over about 1 / (1 - this) steps."""
AVERAGE_START: Final = 10
"""Steps after which the average begins to lag: what it starts from is worth nothing."""


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, step: int) -> None:
    """Move averaged weights towards the network's, quickly while there is little to average.

    Parameters
    ----------
    average, network : torch.nn.Module
        Of one architecture; the former is changed.
    step : int
        Steps done, at least 1.
    """
    decay = min(AVERAGE_DECAY, step / (step + AVERAGE_START))
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, 1 - decay)
    for kept, newest in zip(average.buffers(), network.buffers(), strict=True):
        kept.copy_(newest)
