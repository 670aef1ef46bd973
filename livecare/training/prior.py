"""Probabilistic Noise2Void: a network that says what a pixel may be, before it is looked at.

Krull et al. 2020 (doi:10.3389/fcomp.2020.00005). The network sees a frame with hidden pixels and
answers each with a handful of values that are equally likely a priori. How likely each makes what
the camera read there is the business of a noise model; the mean of the values weighted by that is
the best estimate, which, unlike Noise2Void's, has looked at the pixel itself.
"""

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from livecare.training.masking import BlindSpots, hide
from livecare.training.networks.care import CareNet, CareShape
from livecare.training.objectives import on_device
from livecare.training.pairs.protocol import Patches
from livecare.training.standard_patches import Standard

PRIOR_SAMPLES: Final = 64
"""Values per pixel; the paper takes 800. The weighted mean of 64 lies within a tenth of the prior's
spread of it, and costs a twelfth."""
FIRST_SPREAD: Final = 0.5
"""How far the first values lie around the network's estimate, standard units."""


class NoiseModel(Protocol):
    """What is known of the camera."""

    def log_likelihood(self, observed: Tensor, signal: Tensor) -> Tensor:
        """Return the log of the chance to read `observed` where the signal is `signal`.

        Both in network units, of shapes that broadcast; differentiable in `signal`.
        """


class PriorNet(nn.Module):
    """A U-Net with many answers per pixel.

    Parameters
    ----------
    samples : int
        Answers per pixel.

    Notes
    -----
    `forward` takes standardised float32 (n, 1, y, x) and returns (n, samples, y, x).
    """

    def __init__(self, samples: int = PRIOR_SAMPLES) -> None:
        super().__init__()
        self.core = CareNet(CareShape(kernel=3, residual=False, blur_pool=True))
        self.multiple_of = self.core.multiple_of
        self.samples = nn.Conv2d(self.core.shape.filters, samples, kernel_size=1)
        nn.init.zeros_(self.samples.weight)
        quantiles = (torch.arange(samples) + 0.5) / samples
        with torch.no_grad():
            spread = FIRST_SPREAD * math.sqrt(2) * torch.erfinv(2 * quantiles - 1)
            self.samples.bias = nn.Parameter(spread)

    def forward(self, frames: Tensor) -> Tensor:
        """Return the values that each pixel may have, standard units."""
        features = self.core.features(frames)
        return torch.as_tensor(self.core.estimate(features) + self.samples(features))


@dataclass(frozen=True, slots=True)
class PriorObjective:
    """How unlikely the hidden pixels are under the network's answers.

    Attributes
    ----------
    noise : NoiseModel
        In network units.
    standard : Standard
        What standard units are in network units.
    spots : BlindSpots
        How pixels are hidden.
    """

    noise: NoiseModel
    standard: Standard
    spots: BlindSpots

    def __call__(self, network: nn.Module, patches: Patches, rng: np.random.Generator) -> Tensor:
        """Return the mean negative log likelihood of what was hidden."""
        hidden = hide(patches.source, self.spots, rng)
        answers = network(on_device(hidden.patches, network))
        index, _, rows, columns = (
            torch.from_numpy(each).to(answers.device) for each in hidden.places
        )
        signal = answers[index, :, rows, columns]
        seen = on_device(patches.source, network)[index, 0, rows, columns]
        return -_log_evidence(self, seen[:, None], signal).mean()

    def estimate(self, network: nn.Module, frames: Tensor) -> Tensor:
        """Return the best estimates (n, 1, y, x) of standardised frames: they look at the pixel."""
        signal: Tensor = network(frames)
        log_chance = self.log_likelihood(frames, signal)
        weight = torch.softmax(log_chance, dim=1)
        return torch.sum(weight * signal, dim=1, keepdim=True)

    def log_likelihood(self, seen: Tensor, signal: Tensor) -> Tensor:
        """Return the log chance of what was seen, both in standard units."""
        mean, spread = self.standard.mean, self.standard.spread
        return self.noise.log_likelihood(seen * spread + mean, signal * spread + mean)


def _log_evidence(objective: PriorObjective, seen: Tensor, signal: Tensor) -> Tensor:
    """Return the log of the mean chance over the answers in dimension 1."""
    log_chance = objective.log_likelihood(seen, signal)
    return torch.logsumexp(log_chance, dim=1) - math.log(signal.shape[1])
