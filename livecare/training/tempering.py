"""How far to go from where a training began: most of the way, if that keeps most of the gain.

Weights between those of a broad model and those that were fitted to a few recordings do better on
other recordings than either, while they lose little on the few: Wortsman et al. 2022, "Robust
fine-tuning of zero-shot models", doi:10.1109/CVPR52688.2022.00780.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from torch import Tensor

SHARES: Final = (0.5, 0.75, 1.0)
"""Parts of the way that are tried, the shortest first."""
KEPT_GAIN: Final = 0.75
"""Part of the gain in validation that has to be kept: what a loss like a bowl keeps half way. Three
quarters of the way it keeps 0.94; where the way is rough, all of the gain is gone."""

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Tempered:
    """Weights on the way.

    Attributes
    ----------
    weights : mapping of str to Tensor
        By name.
    share : float
        Part of the way: 0 where it began, 1 where it ended.
    validation : float
        Loss of these weights.
    began : float or None
        Loss of those where it began; None where nobody asked.
    """

    weights: Weights
    share: float
    validation: float
    began: float | None = None


def temper(began: Weights, ended: Weights, judge: Callable[[Weights], float]) -> Tempered:
    """Return the weights least far on the way that keep most of the gain in validation.

    Parameters
    ----------
    began, ended : mapping of str to Tensor
        Weights by name, floating-point.
    judge : callable
        Gives the validation loss of weights.
    """
    at_first, at_last = judge(began), judge(ended)
    if at_first <= at_last:
        return Tempered(began, 0.0, at_first, at_first)
    wanted = at_first - KEPT_GAIN * (at_first - at_last)
    for share in SHARES[:-1]:
        weights = {name: first.lerp(ended[name], share) for name, first in began.items()}
        loss = judge(weights)
        if loss <= wanted:
            return Tempered(weights, share, loss, at_first)
    return Tempered(ended, SHARES[-1], at_last, at_first)
