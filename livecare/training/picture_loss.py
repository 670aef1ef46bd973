"""What the default models are trained to make small: error as an eye sees it, and surprise.

The error is taken where the exact inverse is nearly a straight line: in squares of noise units,
which are photons up to a factor. Its least is the mean of the photons, so intensities are kept;
an error in the noise units themselves would darken what the network is unsure of. It is counted
twice, relative to each pixel's noise and as it stands: dim parts and bright ones both matter. Its
logarithm lets every frame weigh the same, as it does in a PSNR.
"""

from typing import Final

import torch
from torch import Tensor

ERROR_FLOOR: Final = 1e-3
"""Squared noise units added to a frame's error: below it the frame is as good as restored."""
LEAST_ESTIMATE: Final = 0.5
LEAST_DIVISOR: Final = 1.0
"""Noise units: estimates below count as so many, where a new network errs wildly."""
SURPRISE_WEIGHT: Final = 0.1
"""How much the Laplace scale's error counts: the picture comes first."""


def picture_loss(restored: Tensor, truth: Tensor) -> Tensor:
    """Return the loss of a batch.

    Parameters
    ----------
    restored : Tensor, shape (n, 2, y, x)
        Estimates and Laplace scales, noise units.
    truth : Tensor, shape (n, 1, y, x)
        Noise units.
    """
    estimate, scale = restored[:, :1], restored[:, 1:]
    picture = picture_error(estimate, truth)
    return picture + SURPRISE_WEIGHT * surprise(estimate.detach(), scale, truth)


def picture_error(estimate: Tensor, truth: Tensor) -> Tensor:
    """Return the error of estimates, both (n, 1, y, x), noise units; see the module."""
    held = estimate.detach().clamp_min(LEAST_DIVISOR)
    error = (estimate - truth) * (estimate.clamp_min(LEAST_ESTIMATE) + truth) / 2
    relative = torch.square(error / held).mean(dim=(1, 2, 3))
    absolute = torch.square(error).mean(dim=(1, 2, 3)) / torch.square(held).mean(dim=(1, 2, 3))
    logarithms = torch.log(relative + ERROR_FLOOR).mean() + torch.log(absolute + ERROR_FLOOR).mean()
    return logarithms / 2


def surprise(estimate: Tensor, scale: Tensor, truth: Tensor) -> Tensor:
    """Return the mean negative logarithm of a Laplace distribution at the truth, less log 2."""
    return (torch.abs(estimate - truth) / scale + torch.log(scale)).mean()
