"""When to stop, and which weights to keep: those that did best on what training does not see."""

import math
from dataclasses import dataclass, field
from typing import Final

from torch import Tensor

PATIENCE_CHECKS: Final = 30
"""Validations without a better one after which training stops."""


@dataclass(slots=True)
class BestSoFar:
    """The weights with the lowest validation loss.

    Attributes
    ----------
    patience : int
        Validations without a better one after which `exhausted`.
    loss : float
        The lowest validation loss; infinite before the first.
    step : int
        After how many steps.
    weights : dict of Tensor
        Of the network then; empty before the first validation.
    waited : int
        Validations since.
    """

    patience: int = PATIENCE_CHECKS
    loss: float = math.inf
    step: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)
    waited: int = 0

    @property
    def exhausted(self) -> bool:
        """Whether nothing has got better for too long."""
        return self.waited >= self.patience

    def see(self, loss: float, step: int, weights: dict[str, Tensor]) -> bool:
        """Take a validation into account; returns whether it is the best so far."""
        if not loss < self.loss:
            self.waited += 1
            return False
        self.loss, self.step, self.waited = loss, step, 0
        self.weights = {name: each.detach().clone() for name, each in weights.items()}
        return True
