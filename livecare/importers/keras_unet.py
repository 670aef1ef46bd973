"""The U-Net of CSBDeep and Noise2Void, from Keras' named weights to ONNX.

The layers' names give the shape away: `down_level_1_no_0` is the first convolution of the second
level. Batch normalisations and heads are only numbered, in the order in which they were made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.importers.graph import Graph

Values = NDArray[np.float32]
Weights = Mapping[str, Mapping[str, Values]]
"""Per layer: `kernel`, `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`, `blur_kernel`."""

BATCH_NORM_EPSILON: Final = 1e-3
"""Added to the variance by Keras' batch normalisation, which CSBDeep leaves at its default."""
SCALE_FLOOR: Final = 1e-3
"""Added by CSBDeep to the predicted Laplace scale, network units."""
BLOCK: Final = re.compile(r"(?:channel_(\d+))?((?:down|up)_level_(\d+)_no_\d+|middle_\d+)")
NUMBERED: Final = re.compile(r"(.+?)(?:_(\d+))?")


@dataclass(frozen=True, slots=True)
class KerasUNet:
    """A network of the family, as its source describes it.

    Attributes
    ----------
    weights : mapping
        The layers' arrays in Keras' order of axes.
    residual : bool
        Whether the input is added to the estimate.
    probabilistic : bool
        Whether there is a second head for the Laplace scale.
    last_activation : str
        "linear" or "relu", of the estimate.
    top_skip : bool
        Whether the skip at full resolution is used; not in N2V2.
    """

    weights: Weights
    residual: bool
    probabilistic: bool
    last_activation: str = "linear"
    top_skip: bool = True

    @property
    def dimensions(self) -> int:
        """2 or 3, as the kernels say."""
        return self._layer("down_level_0_no_0")["kernel"].ndim - 2

    @property
    def depth(self) -> int:
        """How often the resolution is halved."""
        matches = (BLOCK.fullmatch(name) for name in self.weights)
        levels = [int(match[3]) for match in matches if match and match[3]]
        if not levels:
            raise ModelError(
                f"the weights name no layer of a CSBDeep U-Net but {', '.join(self.weights)[:200]}:"
                " livecare imports CARE and Noise2Void models"
            )
        return max(levels) + 1

    def to_onnx(self) -> bytes:
        """Return the network as an ONNX file.

        Raises
        ------
        ModelError
            If a layer is missing, too many, or of another shape than the family's.
        """
        return _Builder(self).build()

    def _layer(self, name: str) -> Mapping[str, Values]:
        for layer in (name, f"channel_0{name}"):
            if layer in self.weights:
                return self.weights[layer]
        raise ModelError(
            f"the weights lack the layer '{name}': livecare imports CARE and Noise2Void U-Nets with"
            " two convolutions per level"
        )


def numbered(weights: Weights, kind: str) -> list[Mapping[str, Values]]:
    """Return the layers `kind`, `kind_1`, `kind_2` … in the order of their numbers.

    A file lists `kind_10` before `kind_2`, and the first number need not be 0.
    """
    matches = ((NUMBERED.fullmatch(name), layer) for name, layer in weights.items())
    found = [(int(match[2] or 0), layer) for match, layer in matches if match and match[1] == kind]
    return [layer for _, layer in sorted(found, key=lambda each: each[0])]


class _Builder:
    """Walks through the U-Net once."""

    def __init__(self, network: KerasUNet) -> None:
        self._network = network
        self._graph = Graph(network.dimensions)
        self._norms = numbered(network.weights, "batch_normalization")
        self._blurred = any("blur_kernel" in layer for layer in network.weights.values())
        blocks = 4 * network.depth + 2
        if self._norms and len(self._norms) != blocks:
            raise ModelError(
                f"the weights have {len(self._norms)} batch normalisations for {blocks} "
                "convolutions: livecare imports CARE and Noise2Void U-Nets as published"
            )
        self._norms_left = iter(self._norms)

    def build(self) -> bytes:
        """Return the ONNX file."""
        features = self._up(*self._down())
        network, graph = self._network, self._graph
        heads = numbered(network.weights, f"conv{network.dimensions}d")
        if len(heads) != 1 + network.probabilistic:
            raise ModelError(
                f"the weights have {len(heads)} output layers where the model should have "
                f"{1 + network.probabilistic}: config.json and weights do not belong together"
            )
        result = self._head(features, heads[0])
        if network.residual:
            result = graph.add(result, graph.input)
        if network.last_activation == "relu":
            result = graph.relu(result)
        if network.probabilistic:
            scale = graph.softplus(self._head(features, heads[1]), SCALE_FLOOR)
            result = graph.concat(result, scale)
        return graph.finish(result, len(heads))

    def _down(self) -> tuple[str, list[str]]:
        """Return the features at the bottom and the skips, the finest first."""
        features, skips = self._graph.input, []
        for level in range(self._network.depth):
            for number in (0, 1):
                features = self._block(features, f"down_level_{level}_no_{number}")
            skips.append(features)
            if self._blurred:
                features = self._graph.blur_pool(features, self._blur(level), same=True)
            else:
                features = self._graph.max_pool(features)
        return features, skips

    def _up(self, features: str, skips: list[str]) -> str:
        """Return the features at full resolution."""
        for name in ("middle_0", "middle_2"):
            features = self._block(features, name)
        for level in reversed(range(self._network.depth)):
            features = self._graph.upsample(features, linear=False)
            if level > 0 or self._network.top_skip:
                features = self._graph.concat(features, skips[level])
            for number in (0, 2):
                features = self._block(features, f"up_level_{level}_no_{number}")
        return features

    def _block(self, source: str, name: str) -> str:
        """Add a convolution with its batch normalisation folded in, and a ReLU."""
        layer = self._network._layer(name)  # noqa: SLF001 the two are one
        kernel, bias = _kernel(layer), layer["bias"]
        if self._norms:
            kernel, bias = _fold(kernel, bias, next(self._norms_left))
        return self._graph.conv(source, kernel, bias, relu=True)

    def _head(self, features: str, layer: Mapping[str, Values]) -> str:
        return self._graph.conv(features, _kernel(layer), layer["bias"], relu=False)

    def _blur(self, level: int) -> Values:
        """Return the blur of a level's pooling, (channels, 1, 3, 3)."""
        layer = self._network._layer(f"max_{level}")  # noqa: SLF001 as above
        return np.asarray(np.moveaxis(layer["blur_kernel"], (2, 3), (0, 1)))


def _kernel(layer: Mapping[str, Values]) -> Values:
    """Move Keras' (sides, in, out) to ONNX's (out, in, sides)."""
    kernel = layer["kernel"]
    return np.asarray(np.moveaxis(kernel, (-1, -2), (0, 1)))


def _fold(kernel: Values, bias: Values, norm: Mapping[str, Values]) -> tuple[Values, Values]:
    """Fold a batch normalisation into the convolution before it."""
    exact = {name: np.asarray(values, np.float64) for name, values in norm.items()}
    factor = exact["gamma"] / np.sqrt(exact["moving_variance"] + BATCH_NORM_EPSILON)
    spread = factor.reshape(-1, *[1] * (kernel.ndim - 1))
    shifted = (bias - exact["moving_mean"]) * factor + exact["beta"]
    return np.asarray(kernel * spread, np.float32), np.asarray(shifted, np.float32)
