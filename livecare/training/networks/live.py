"""The networks of the default models: a U-Net at half resolution that knows how sure it is.

A U-Net of the CARE family (Weigert et al. 2018, doi:10.1038/s41592-018-0216-7) made for speed:
space-to-depth first (Shi et al. 2016, doi:10.1109/CVPR.2016.207), so that every convolution sees a
quarter of the pixels; skips added instead of concatenated; strided convolutions instead of
pooling. A linear filter runs beside it, so that brightness passes through unchanged. Two values
come out per pixel: the estimate and the scale of a Laplace distribution around it, as in CARE's
probabilistic networks.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS: Final = (32, 48, 80, 112)
DEPTHS: Final = (1, 1, 1, 2)
"""Channels and convolutions per level of the bundled models. Multiples of 8 fill AVX2 registers;
most of the arithmetic is spent at half resolution, where detail is: 7 GFLOP per 512 × 512 frame."""
SMALLEST_SCALE: Final = 1e-3
"""Noise units; CARE adds the same."""
INPUT_SCALE: Final = 0.1
"""Noise units to what the first layer likes to see: 100 photons come as 2."""


class Levels(nn.Module):
    """What networks at half resolution share: the way down and up again, skips added."""

    down_features: nn.ModuleList
    down: nn.ModuleList
    middle: nn.Module
    up: nn.ModuleList
    up_features: nn.ModuleList

    def through_levels(self, features: Tensor) -> Tensor:
        """Return the features of the first level, when the deeper ones have seen them."""
        skips = []
        for here, down in zip(self.down_features, self.down, strict=True):
            features = here(features)
            skips.append(features)
            features = down(features)
        features = self.middle(features)
        for level in reversed(range(len(skips))):
            wide = functional.interpolate(
                self.up[level](features), scale_factor=2.0, mode="nearest"
            )
            features = self.up_features[level](wide + skips[level])
        return features


class LiveNet(Levels):
    """Restores frames in noise units.

    Parameters
    ----------
    widths : sequence of int
        Channels at half, quarter, ... of the resolution.
    depths : sequence of int
        Convolutions per level on the way down; as many come on the way up, one more at the top.

    Notes
    -----
    `forward` takes float32 (n, 1, y, x) and returns (n, 2, y, x): estimate and Laplace scale. Rows
    and columns must be multiples of `multiple_of`.
    """

    def __init__(self, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self.multiple_of = 2 ** len(widths)
        self.stem = layers(4, widths[0], 1)
        self.down_features = nn.ModuleList()
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        self.up_features = nn.ModuleList()
        for level, (here, below) in enumerate(pairwise(widths)):
            self.down_features.append(layers(here, here, depths[level]))
            self.down.append(nn.Conv2d(here, below, kernel_size=2, stride=2))
            self.up.append(nn.Conv2d(below, here, kernel_size=1))
            self.up_features.append(layers(here, here, depths[level] + (level == 0)))
        self.middle = layers(widths[-1], widths[-1], depths[-1])
        self.to_pixels = nn.Conv2d(widths[0], 8, kernel_size=3, padding=1)
        self.straight = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        nn.init.constant_(self.straight.weight, 1 / 36)
        nn.init.zeros_(self.to_pixels.bias)  # type: ignore[arg-type]  # it has a bias

    def forward(self, frames: Tensor) -> Tensor:
        """Return estimates and scales, noise units."""
        folded = functional.pixel_unshuffle(frames * INPUT_SCALE, 2)
        features = self.stem(folded)
        both = self.to_pixels(self.through_levels(features))
        estimate = functional.pixel_shuffle(both[:, :4] + self.straight(folded), 2)
        scale = functional.softplus(functional.pixel_shuffle(both[:, 4:], 2))
        return torch.cat([estimate / INPUT_SCALE, scale + SMALLEST_SCALE], dim=1)


def layers(channels_in: int, channels_out: int, count: int) -> nn.Sequential:
    """Make `count` 3 × 3 convolutions with rectifiers."""
    made: list[nn.Module] = []
    for index in range(count):
        first = channels_in if index == 0 else channels_out
        made += [nn.Conv2d(first, channels_out, kernel_size=3, padding=1), nn.ReLU()]
    return nn.Sequential(*made)
