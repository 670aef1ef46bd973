"""The U-Net that CARE, Noise2Void and N2V2 share, in two and three dimensions, as published.

Weigert et al. 2018 (doi:10.1038/s41592-018-0216-7) gave it its shape: convolutions in pairs, widths
that double from level to level, maximum pooling on the way down, repetition on the way up, and the
skip joined behind the enlarged features. Krull et al. 2019 (doi:10.1109/CVPR.2019.00223) added
batch normalisation; Höck et al. 2022 (arXiv:2211.08512) blurred the pooling and cut the top skip,
against the checkerboard that blind-spot training leaves.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from livecare.errors import ConfigError

SMALLEST_SCALE: Final = 1e-3
"""Network units; added to each predicted Laplace scale, which is never 0 then."""
BATCH_NORM_EPSILON: Final = 1e-3
BATCH_NORM_MOMENTUM: Final = 0.01
"""What Keras, in which the networks were published, takes by default."""
CONVOLUTIONS: Final = (nn.Conv2d, nn.Conv3d)
BATCH_NORMS: Final = (nn.BatchNorm2d, nn.BatchNorm3d)
POOLS: Final = (nn.MaxPool2d, nn.MaxPool3d)


@dataclass(frozen=True, slots=True)
class CareShape:
    """What a U-Net of this family looks like.

    Attributes
    ----------
    dimensions : int
        2 for (y, x), 3 for (z, y, x).
    depth : int
        How often the resolution is halved.
    filters : int
        Channels at full resolution; each level below has twice as many.
    kernel : int
        Side of the convolutions, pixels, odd.
    residual : bool
        Whether the network predicts what to add to the frame.
    batch_norm : bool
        Whether each convolution is followed by batch normalisation (Noise2Void).
    blur_pool : bool
        Whether pooling is a maximum followed by a 1-2-1 blur, and the top skip is left out (N2V2).
    probabilistic : bool
        Whether a second head predicts the scale of a Laplace distribution.
    noise_channels : int
        Further input channels that say how noisy the frame is.

    Raises
    ------
    ConfigError
        If a value is out of its range; names it.
    """

    dimensions: int = 2
    depth: int = 2
    filters: int = 32
    kernel: int = 5
    residual: bool = True
    batch_norm: bool = False
    blur_pool: bool = False
    probabilistic: bool = False
    noise_channels: int = 0

    def __post_init__(self) -> None:
        checks = {
            "dimensions": (self.dimensions, self.dimensions in (2, 3), "2 or 3"),
            "depth": (self.depth, self.depth >= 1, "1 or more"),
            "filters": (self.filters, self.filters >= 1, "1 or more"),
            "kernel": (self.kernel, self.kernel >= 1 and self.kernel % 2 == 1, "an odd number"),
            "noise_channels": (self.noise_channels, self.noise_channels >= 0, "0 or more"),
        }
        for name, (value, good, cure) in checks.items():
            if not good:
                raise ConfigError(f"network: {name} is {value}; give {cure}")


class CareNet(nn.Module):
    """A U-Net of the CARE family.

    Parameters
    ----------
    shape : CareShape
        Its depth, widths and parts.

    Notes
    -----
    `forward` takes float32 (n, 1 + noise channels, [z,] y, x) and returns (n, 1, ...): the
    estimate, or (n, 2, ...): estimate and Laplace scale. Each side must be a multiple of
    `multiple_of`.
    """

    def __init__(self, shape: CareShape) -> None:
        super().__init__()
        self.shape = shape
        self.multiple_of = 2**shape.depth
        filters, depth = shape.filters, shape.depth
        widths = [filters * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList()
        channels = 1 + shape.noise_channels
        for width in widths[:-1]:
            self.down.append(_pair(shape, channels, width, width))
            channels = width
        self.pool = _BlurredMaximum(shape) if shape.blur_pool else POOLS[shape.dimensions - 2](2)
        self.middle = _pair(shape, channels, widths[-1], widths[-2])
        self.up = nn.ModuleList()
        for level in reversed(range(depth)):
            joined = widths[level] * (1 if self._skipless(level) else 2)
            self.up.append(_pair(shape, joined, widths[level], widths[max(0, level - 1)]))
        convolution = CONVOLUTIONS[shape.dimensions - 2]
        self.estimate = convolution(filters, 1, kernel_size=1)
        self.scale = convolution(filters, 1, kernel_size=1) if shape.probabilistic else None
        self.apply(_start)

    def forward(self, frames: Tensor) -> Tensor:
        """Return estimates, and Laplace scales if the network has that head."""
        features = self.features(frames)
        estimate: Tensor = self.estimate(features)
        if self.shape.residual:
            estimate = estimate + frames[:, :1]
        if self.scale is None:
            return estimate
        scale = functional.softplus(self.scale(features)) + SMALLEST_SCALE
        return torch.cat([estimate, scale], dim=1)

    def features(self, frames: Tensor) -> Tensor:
        """Return what the heads see: (n, filters, [z,] y, x)."""
        features: Tensor = frames
        skips: list[Tensor] = []
        for here in self.down:
            features = here(features)
            skips.append(features)
            features = self.pool(features)
        features = self.middle(features)
        for here, skip in zip(self.up, reversed(skips), strict=True):
            features = functional.interpolate(features, scale_factor=2.0, mode="nearest")
            if not (self.shape.blur_pool and skip is skips[0]):
                features = torch.cat([features, skip], dim=1)
            features = here(features)
        return features

    def _skipless(self, level: int) -> bool:
        return self.shape.blur_pool and level == 0


class _BlurredMaximum(nn.Module):
    """Halve by a maximum over 2 pixels per axis, a 1-2-1 blur, and every other pixel."""

    blur: Tensor

    def __init__(self, shape: CareShape) -> None:
        super().__init__()
        dimensions = shape.dimensions
        line = torch.tensor([1.0, 2.0, 1.0]) / 4
        kernel = line
        for _ in range(dimensions - 1):
            kernel = kernel[..., None] * line
        self.register_buffer("blur", kernel[None, None], persistent=False)
        self._maximum = POOLS[dimensions - 2](2, stride=1, padding=1)
        self._convolve = (functional.conv2d, functional.conv3d)[dimensions - 2]
        self._all = (slice(None), slice(None))
        self._after_first = (*self._all, *[slice(1, None)] * dimensions)
        self._every_other = (*self._all, *[slice(1, None, 2)] * dimensions)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of half the size.

        Frames are extended at their ends only, by what cutting off the first row and column of a
        frame extended on both sides leaves: older ONNX operators have no padding of one side.
        """
        channels = features.shape[1]
        largest = self._maximum(features)[self._after_first]
        kernel = self.blur.expand(channels, *self.blur.shape[1:])
        blurred: Tensor = self._convolve(largest, kernel, padding=1, groups=channels)
        return blurred[self._every_other]


def _pair(shape: CareShape, channels_in: int, between: int, channels_out: int) -> nn.Sequential:
    """Make two convolutions with rectifiers."""
    return nn.Sequential(
        *_layer(shape, channels_in, between), *_layer(shape, between, channels_out)
    )


def _layer(shape: CareShape, channels_in: int, channels_out: int) -> list[nn.Module]:
    convolution = CONVOLUTIONS[shape.dimensions - 2]
    made: list[nn.Module] = [
        convolution(channels_in, channels_out, shape.kernel, padding=shape.kernel // 2)
    ]
    if shape.batch_norm:
        norm = BATCH_NORMS[shape.dimensions - 2]
        made.append(norm(channels_out, eps=BATCH_NORM_EPSILON, momentum=BATCH_NORM_MOMENTUM))
    return [*made, nn.ReLU()]


def _start(module: nn.Module) -> None:
    """Draw first weights as Keras does: uniform after Glorot, no bias."""
    if isinstance(module, CONVOLUTIONS):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
