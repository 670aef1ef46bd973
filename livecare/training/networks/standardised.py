"""A network behind an affine map: whatever the units of the frames, it sees mean 0 and spread 1."""

import math

import torch
from torch import Tensor, nn

from livecare.errors import ConfigError


class Standardised(nn.Module):
    """Runs a network on standardised frames and takes its answer back to their units.

    Photon counts, window units and noise units differ by a hundred; weights that start alike learn
    alike only where the values that they see are alike.

    Parameters
    ----------
    network : torch.nn.Module
        Maps (n, 1, ...) to (n, 1 or 2, ...): estimate and Laplace scale.
    mean, spread : float
        Of the frames of the training, network units; `spread` is above 0.

    Raises
    ------
    ConfigError
        If the two are not finite or the spread is not above 0.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, network: nn.Module, mean: float, spread: float) -> None:
        super().__init__()
        if not (math.isfinite(mean) and math.isfinite(spread) and spread > 0):
            raise ConfigError(
                f"training values have the mean {mean} and the spread {spread}: "
                "give recordings that are finite and not constant"
            )
        self.network = network
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("spread", torch.tensor(spread, dtype=torch.float32))

    @property
    def multiple_of(self) -> int:
        """The stride of the network, pixels."""
        return int(self.network.multiple_of)  # type: ignore[arg-type]  # every network here has it

    def forward(self, frames: Tensor) -> Tensor:
        """Return estimates, and Laplace scales if the network gives them, in the frames' units."""
        made = self.network((frames - self.mean) / self.spread) * self.spread
        estimate = made[:, :1] + self.mean
        return estimate if made.shape[1] == 1 else torch.cat([estimate, made[:, 1:]], dim=1)
