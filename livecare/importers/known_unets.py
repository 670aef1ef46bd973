"""U-Nets whose layout is known by the names of their weights, so that none of their code is run."""

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.importers.graph import Graph

Values = NDArray[np.float32]
State = Mapping[str, Values]
"""Weights of a torch network by name."""

BATCH_NORM_EPSILON: Final = 1e-5
"""Added to the variance by torch's batch normalisation, which CAREamics leaves at its default."""
LEVEL: Final = re.compile(r"encoder\.encoder_blocks\.(\d+)\.conv1\.weight")
PLAIN_LEVEL: Final = re.compile(r"encoders\.(\d+)\.0\.weight")


def build_known_unet(state: State, settings: Mapping[str, Any]) -> bytes:
    """Return the ONNX file of a network of a known layout.

    Parameters
    ----------
    state : mapping
        Its weights.
    settings : mapping
        What CAREamics keeps beside them: `residual`, `n2v2`, `use_batch_norm`, `final_activation`.

    Raises
    ------
    ModelError
        If the layout is not known, has several channels, or lacks a layer.
    """
    try:
        if "encoder.encoder_blocks.0.conv1.weight" in state:
            return _Careamics(state, settings).build()
        if {"encoders.0.0.weight", "base.0.weight", "upsamplers.0.1.weight"} <= state.keys():
            return _plain_unet(state)
    except KeyError as error:
        raise ModelError(
            f"the weights lack {error}: they are of no U-Net that livecare knows"
        ) from error
    raise ModelError(
        "the weights are of no network that livecare knows by their names (they begin with "
        f"{', '.join(list(state)[:3])}), and code that comes with a model is never run: ask for "
        "the model as ONNX or TorchScript"
    )


class _Careamics:
    """The U-Net of CAREamics: kernel 3, linear upsampling, batch normalisation."""

    def __init__(self, state: State, settings: Mapping[str, Any]) -> None:
        self._state = state
        self._settings = settings
        first = state["encoder.encoder_blocks.0.conv1.weight"]
        last = state["final_conv.weight"]
        if first.shape[1] != 1 or last.shape[0] != 1:
            raise ModelError(
                f"the network has {first.shape[1]} input and {last.shape[0]} output channels: "
                "livecare restores one channel at a time. Train one model per channel"
            )
        self._graph = Graph(first.ndim - 2)
        self._depth = len([name for name in state if LEVEL.fullmatch(name)])
        self._blurred = bool(settings.get("n2v2", False))
        self._normed = bool(settings.get("use_batch_norm", True)) and (
            "encoder.encoder_blocks.0.batch_norm1.weight" in state
        )

    def build(self) -> bytes:
        """Return the ONNX file."""
        graph, features, skips = self._graph, self._graph.input, []
        for level in range(self._depth):
            features = self._pair(features, f"encoder.encoder_blocks.{2 * level}")
            skips.append(features)
            features = self._pool(features, f"encoder.encoder_blocks.{2 * level}.conv2.bias")
        features = self._pair(features, "decoder.bottleneck")
        for step, skip in enumerate(reversed(skips)):
            features = graph.upsample(features, linear=True)
            if not (self._blurred and step == self._depth - 1):
                features = graph.concat(features, skip)
            features = self._pair(features, f"decoder.decoder_blocks.{2 * step + 1}")
        head = (self._state["final_conv.weight"], self._state["final_conv.bias"])
        result = graph.conv(features, *head, relu=False)
        if self._settings.get("residual", False):
            result = graph.add(result, graph.input)
        return graph.finish(self._activated(result), 1)

    def _pair(self, source: str, name: str) -> str:
        for number in (1, 2):
            kernel = self._state[f"{name}.conv{number}.weight"]
            bias = self._state[f"{name}.conv{number}.bias"]
            if self._normed:
                kernel, bias = self._fold(kernel, bias, f"{name}.batch_norm{number}")
            source = self._graph.conv(source, kernel, bias, relu=True)
        return source

    def _pool(self, source: str, sized_by: str) -> str:
        if not self._blurred:
            return self._graph.max_pool(source)
        line = np.array([0.25, 0.5, 0.25], np.float32)
        blur = line
        for _ in range(self._graph.dimensions - 1):
            blur = np.multiply.outer(blur, line)
        channels = len(self._state[sized_by])
        return self._graph.blur_pool(source, np.stack([blur[np.newaxis]] * channels), same=False)

    def _fold(self, kernel: Values, bias: Values, norm: str) -> tuple[Values, Values]:
        """Fold a batch normalisation into the convolution before it."""
        names = ("weight", "bias", "running_mean", "running_var")
        gain, shift, mean, variance = (
            np.asarray(self._state[f"{norm}.{name}"], np.float64) for name in names
        )
        factor = gain / np.sqrt(variance + BATCH_NORM_EPSILON)
        spread = factor.reshape(-1, *[1] * (kernel.ndim - 1))
        folded = (bias - mean) * factor + shift
        return np.asarray(kernel * spread, np.float32), np.asarray(folded, np.float32)

    def _activated(self, result: str) -> str:
        name = str(self._settings.get("final_activation", "None"))
        if name not in ("None", "ReLU"):
            raise ModelError(f"the final activation '{name}' is none that restores intensities")
        return self._graph.relu(result) if name == "ReLU" else result


def _plain_unet(state: State) -> bytes:
    """Return the U-Net of the example `unet2d_nuclei_broad`: one ReLU per pair, linear upsampling.

    Upsampling is followed by a 1 × 1 convolution, and the skip stands before its result.
    """
    graph = Graph(state["encoders.0.0.weight"].ndim - 2)
    depth = len([name for name in state if PLAIN_LEVEL.fullmatch(name)])

    def conv(source: str, name: str, *, relu: bool = False) -> str:
        return graph.conv(source, state[f"{name}.weight"], state[f"{name}.bias"], relu=relu)

    def pair(source: str, name: str) -> str:
        return conv(conv(source, f"{name}.0"), f"{name}.1", relu=True)

    features, skips = graph.input, []
    for level in range(depth):
        features = pair(features, f"encoders.{level}")
        skips.append(features)
        features = graph.max_pool(features)
    features = pair(features, "base")
    for step, skip in enumerate(reversed(skips)):
        features = conv(graph.upsample(features, linear=True), f"upsamplers.{step}.1")
        features = pair(graph.concat(skip, features), f"decoders.{step}")
    return graph.finish(conv(features, "output"), len(state["output.weight"]))
