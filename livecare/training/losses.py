"""How wrong an estimate is: the losses of the CARE family.

All are means over the pixels that count, of estimates (n, 1, ...) or estimates with Laplace scales
(n, 2, ...) against targets (n, 1, ...).
"""

import math
from collections.abc import Callable
from typing import Final, Literal

import torch
from torch import Tensor

from livecare.errors import ConfigError

LossName = Literal["mae", "mse", "laplace"]
Places = tuple[Tensor, ...]
Loss = Callable[[Tensor, Tensor, Places | None], Tensor]
"""Takes what the network made, the target, and which pixels of the target count (None: all)."""


def absolute_error(made: Tensor, target: Tensor, places: Places | None = None) -> Tensor:
    """Return the mean absolute error: its minimum is the median."""
    estimate, target = _picked(made[:, :1], target, places)
    return torch.abs(estimate - target).mean()


def squared_error(made: Tensor, target: Tensor, places: Places | None = None) -> Tensor:
    """Return the mean squared error: its minimum is the mean, which keeps brightness."""
    estimate, target = _picked(made[:, :1], target, places)
    return torch.square(estimate - target).mean()


def laplace_surprise(made: Tensor, target: Tensor, places: Places | None = None) -> Tensor:
    """Return the mean negative log likelihood of a Laplace distribution.

    Parameters
    ----------
    made : Tensor, shape (n, 2, ...)
        Estimates and scales.
    target : Tensor, shape (n, 1, ...)
        Network units.
    places : tuple of Tensor, or None
        Which pixels of `target` count.
    """
    estimate, at_target = _picked(made[:, :1], target, places)
    scale, _ = _picked(made[:, 1:2], target, places)
    miss = torch.abs(estimate - at_target)
    return (miss / scale + torch.log(scale)).mean() + math.log(2)


def squared_error_and_scale(made: Tensor, target: Tensor, places: Places | None = None) -> Tensor:
    """Return the squared error plus the surprise of the scale alone.

    The scale learns how far the estimate is off without drawing the estimate to the median, which
    is darker than the mean where photons are few.
    """
    surprise = laplace_surprise(torch.cat([made[:, :1].detach(), made[:, 1:]], 1), target, places)
    return squared_error(made, target, places) + SCALE_WEIGHT * surprise


SCALE_WEIGHT: Final = 0.1
"""Of the scale's surprise beside the squared error; both are about 1 in standardised units."""

LOSSES: Final[dict[LossName, Loss]] = {
    "mae": absolute_error,
    "mse": squared_error,
    "laplace": laplace_surprise,
}


def choose_loss(name: LossName, *, probabilistic: bool) -> Loss:
    """Return a loss by its name.

    A probabilistic network needs one that its scale counts in: `mse` becomes the squared error
    with a scale learnt beside it, `mae` the Laplace likelihood, whose estimate is a median too.

    Raises
    ------
    ConfigError
        If the Laplace likelihood is asked for without a network that predicts scales.
    """
    if name == "laplace" and not probabilistic:
        raise ConfigError("loss 'laplace' needs a network that predicts a scale: --probabilistic")
    if probabilistic:
        return squared_error_and_scale if name == "mse" else laplace_surprise
    return LOSSES[name]


def noisy_target_loss(variance: float) -> Loss:
    """Return the loss of estimates with scales against targets whose noise is known.

    What a target is off by is the estimate's error plus the target's own noise. Only the first is
    asked of the scale, so the two variances are added before they are compared with it; the
    likelihood is Gaussian, since the noise has most of the sum.

    Parameters
    ----------
    variance : float
        Of the targets' noise, squared units of the targets; above 0.
    """

    def loss(made: Tensor, target: Tensor, places: Places | None = None) -> Tensor:
        estimate, at_target = _picked(made[:, :1], target, places)
        scale, _ = _picked(made[:, 1:2], target, places)
        spread = 2 * torch.square(scale) + variance
        miss = torch.square(estimate.detach() - at_target)
        surprise = (miss / spread + torch.log(spread)).mean() / 2
        return squared_error(made, target, places) / variance + SCALE_WEIGHT * surprise

    return loss


def _picked(made: Tensor, target: Tensor, places: Places | None) -> tuple[Tensor, Tensor]:
    return (made, target) if places is None else (made[places], target[places])
