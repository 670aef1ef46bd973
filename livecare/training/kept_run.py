"""A training that keeps where it is: network, average and optimiser, in a checkpoint."""

import copy
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from livecare.training.averaging import follow

LARGEST_GRADIENT: Final = 1.0
"""Norm that gradients are cut off at: one odd patch must not undo a training."""


class KeptRun:
    """A network in training, its average, its optimiser, and how far they are.

    Parameters
    ----------
    network : torch.nn.Module
        With its first weights.
    folder : Path
        Holds `checkpoint.pt`.
    learning_rate : float
        Of Adam, before the first step says another.

    Attributes
    ----------
    network, average : torch.nn.Module
        The network, and the mean of its weights over the last steps.
    step : int
        Steps done.
    stops : list of int
        Steps after which it was stopped and went on.
    """

    def __init__(self, network: nn.Module, folder: Path, learning_rate: float) -> None:
        self._file = folder / "checkpoint.pt"
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network)
        self._optimiser = torch.optim.Adam(self.network.parameters(), lr=learning_rate)
        self.step = 0
        self.stops: list[int] = []

    def go_on(self) -> None:
        """Take up the checkpoint if there is one."""
        if not self._file.exists():
            return
        kept = torch.load(self._file, weights_only=True)
        self.network.load_state_dict(kept["net"])
        self.average.load_state_dict(kept["average"])
        self._optimiser.load_state_dict(kept["opt"])
        self.step = kept["step"]
        self.stops = [*kept.get("stops", []), self.step]

    def keep(self) -> None:
        """Replace the checkpoint."""
        part = self._file.with_suffix(".part")
        states = {
            "net": self.network.state_dict(),
            "average": self.average.state_dict(),
            "opt": self._optimiser.state_dict(),
            "step": self.step,
            "stops": self.stops,
        }
        torch.save(states, part)
        part.replace(self._file)

    def learn(self, loss: Tensor, rate: float) -> float:
        """Take one step down a loss at a learning rate; return the loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self._optimiser.step()
        self.step += 1
        follow(self.average, self.network, self.step)
        return loss.item()
