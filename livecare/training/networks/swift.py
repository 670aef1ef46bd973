"""The network of `default-fast`: for live frames on a processor without a graphics card.

A U-Net at half resolution like `livecare.training.networks.live`, with what costs time and little
else left out: the frame is folded by the first convolution itself (6 × 6 with stride 2, which is a
space-to-depth and a 3 × 3 convolution in one), the scale is cut off from below instead of going
through a logarithm, and one depth-to-space makes estimate and scale.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from livecare.training.networks.live import INPUT_SCALE, SMALLEST_SCALE, Levels, layers

FOLD: Final = 2
"""Pixels per side that become one place of the first level."""
WIDTHS: Final = (16, 32, 64)
DEPTHS: Final = (1, 1, 2)
"""Channels and convolutions per level of the bundled model; as many convolutions come on the way
up. 2.2 GFLOP per 512 × 512 frame; docs/engines.md has what else was tried."""
LOWEST_ESTIMATE: Final = -1e5
"""Noise units, far below what any frame gives, and within half precision once scaled."""
FIRST_SCALE: Final = 0.5
"""Noise units that a new network is unsure by, everywhere: about a denoised frame's error."""


class SwiftNet(Levels):
    """Restores frames in noise units.

    Parameters
    ----------
    widths : sequence of int
        Channels at half, quarter, ... of the resolution.
    depths : sequence of int
        Convolutions per level.

    Notes
    -----
    `forward` takes float32 (n, 1, y, x) and returns (n, 2, y, x): estimate and Laplace scale. Rows
    and columns must be multiples of `multiple_of`.
    """

    least: Tensor

    def __init__(self, widths: Sequence[int] = WIDTHS, depths: Sequence[int] = DEPTHS) -> None:
        super().__init__()
        self.multiple_of = 2 ** len(widths)
        places = FOLD**2
        self.stem = _folding(widths[0])
        self.straight = _folding(2 * places)
        self.down_features, self.down = nn.ModuleList(), nn.ModuleList()
        self.up, self.up_features = nn.ModuleList(), nn.ModuleList()
        for depth, (here, below) in zip(depths, pairwise(widths), strict=False):
            self.down_features.append(layers(here, here, depth))
            self.down.append(nn.Conv2d(here, below, kernel_size=2, stride=2))
            self.up.append(nn.Conv2d(below, here, kernel_size=1))
            self.up_features.append(layers(here, here, depth))
        self.middle = layers(widths[-1], widths[-1], depths[-1])
        self.to_pixels = nn.Conv2d(widths[0], 2 * places, kernel_size=3, padding=1)
        least = torch.full((1, 2 * places, 1, 1), LOWEST_ESTIMATE)
        least[:, places:] = SMALLEST_SCALE
        least *= INPUT_SCALE
        self.register_buffer("least", least)
        self._start(places)

    def forward(self, frames: Tensor) -> Tensor:
        """Return estimates and scales, noise units."""
        scaled = frames * INPUT_SCALE
        features = functional.relu(self.stem(scaled))
        both = self.to_pixels(self.through_levels(features)) + self.straight(scaled)
        kept = torch.maximum(both, self.least)
        if self.training:  # what is cut off learns nevertheless
            kept = both + (kept - both).detach()
        return functional.pixel_shuffle(kept, FOLD) / INPUT_SCALE

    @torch.no_grad()
    def _start(self, places: int) -> None:
        """Let a new network begin as a mean over 3 × 3 pixels that is unsure of itself."""
        self.straight.weight.zero_()
        for place in range(places):
            row, column = divmod(place, FOLD)
            rows = slice(FOLD + row - 1, FOLD + row + 2)
            self.straight.weight[place, 0, rows, FOLD + column - 1 : FOLD + column + 2] = 1 / 9
        for layer in (self.straight, self.to_pixels):
            if layer.bias is not None:
                layer.bias.zero_()
        if self.to_pixels.bias is not None:
            self.to_pixels.bias[places:] = FIRST_SCALE * INPUT_SCALE


def _folding(channels: int) -> nn.Conv2d:
    """Make a 3 × 3 convolution of folded pixels, as one with a stride of the pixels themselves."""
    return nn.Conv2d(1, channels, kernel_size=3 * FOLD, stride=FOLD, padding=FOLD)
