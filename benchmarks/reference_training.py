"""What the reference network learns: enough of denoising that its weights are a denoiser's.

Some steps on smooth random pictures with photon noise. It is no good model, and need not
be: but a network that does nothing sensible is changed more by int8 than one that denoises.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

STEPS: Final = 150
BATCH: Final = 8
PATCH_PX: Final = 64
LEARNING_RATE: Final = 1e-3
MOST_PHOTONS: Final = 60.0
"""Photons of the brightest pixels of the brightest pictures."""
OFFSET, GAIN = 100.0, 2.0
"""Counts without light, and per photon."""
LOW, HIGH = 100.0, 220.0
"""Counts that become 0 and 1 in training."""

Frames = NDArray[np.float32]


def draw(noise: np.random.Generator, count: int, side: int) -> tuple[Frames, Frames]:
    """Return noisy frames and what is behind the noise: counts, shape (count, side, side)."""
    flat = torch.from_numpy(noise.normal(size=(count, 1, side // 2, side // 2)).astype(np.float32))
    wide = functional.interpolate(flat, size=(side, side), mode="bilinear")
    smooth = functional.avg_pool2d(wide, 5, stride=1, padding=2, count_include_pad=False)
    shape = smooth[:, 0].numpy()
    shape = np.clip(shape / shape.std() - 0.3, 0, 3) / 3  # dark between bright patches
    brightness = noise.uniform(0.1, 1, (count, 1, 1))
    photons = MOST_PHOTONS * brightness * shape + 1
    noisy = OFFSET + GAIN * noise.poisson(photons)
    return noisy.astype(np.float32), (OFFSET + GAIN * photons).astype(np.float32)


def train(network: nn.Module, seed: int) -> None:
    """Train in place; the network is in evaluation mode afterwards."""
    noise = np.random.default_rng(seed)
    optimiser = torch.optim.Adam(network.parameters(), LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    network.train()
    for _ in range(STEPS):
        noisy, clean = (
            torch.from_numpy((frames[:, None] - LOW) / (HIGH - LOW))
            for frames in draw(noise, BATCH, PATCH_PX)
        )
        loss = functional.l1_loss(network(noisy), clean)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    network.eval()
