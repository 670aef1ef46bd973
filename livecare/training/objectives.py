"""What a network is asked for: what it gets to see, and how its answer is judged."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from livecare.errors import UsageError
from livecare.training.losses import Loss
from livecare.training.masking import BlindSpots, hide
from livecare.training.pairs.protocol import Patches


class Objective(Protocol):
    """Turns patches into a loss."""

    def __call__(self, network: nn.Module, patches: Patches, rng: np.random.Generator) -> Tensor:
        """Return the loss of a network on some patches, a scalar.

        Parameters
        ----------
        network : torch.nn.Module
            Maps (n, 1, y, x) to (n, 1 or 2, y, x).
        patches : Patches
            Standardised.
        rng : numpy.random.Generator
            For what is drawn anew each time.
        """


@dataclass(frozen=True, slots=True)
class Supervised:
    """The network sees the noisy patch and is compared with the target (CARE, Noise2Noise)."""

    loss: Loss

    def __call__(self, network: nn.Module, patches: Patches, rng: np.random.Generator) -> Tensor:
        """Return the loss; see `Objective`."""
        del rng
        if patches.target is None:
            raise UsageError("this method compares with targets: give pairs or several frames")
        return self.loss(
            network(on_device(patches.source, network)), on_device(patches.target, network), None
        )


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """The network has to guess pixels that are hidden from it (Noise2Void and its kin)."""

    loss: Loss
    spots: BlindSpots

    def __call__(self, network: nn.Module, patches: Patches, rng: np.random.Generator) -> Tensor:
        """Return the loss at the hidden pixels; see `Objective`."""
        hidden = hide(patches.source, self.spots, rng)
        made = network(on_device(hidden.patches, network))
        places = tuple(torch.from_numpy(each).to(made.device) for each in hidden.places)
        return self.loss(made, on_device(patches.source, network), places)


def on_device(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float32]], network: nn.Module
) -> Tensor:
    """Return an array (n, c, ...) where the network is, laid out as it computes fastest."""
    device = next(network.parameters()).device
    tensor = torch.from_numpy(np.ascontiguousarray(values)).to(device, non_blocking=True)
    layout = torch.channels_last if tensor.ndim == 4 else torch.channels_last_3d  # noqa: PLR2004
    return tensor.contiguous(memory_format=layout)
