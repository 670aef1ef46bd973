"""The estimate alone: a network without the operators that only its Laplace scale needs."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.engines.onnx_files import drop_unused_weights, numpy_helper, onnx, rename
from livecare.engines.onnx_wiring import Wiring

ELEMENTWISE: Final = frozenset({"Add", "Sub", "Mul", "Div"})
"""Operators that are alike for each channel, if one operand is a weight."""
CHANNELS: Final = 1
"""The axis of channels in (n, c, y, x)."""
CHANNEL_AXES: Final = 3
"""Axes that an operand needs at least to differ between channels: (c, y, x)."""


def keep_estimate(model: onnx.ModelProto) -> None:
    """Reduce a network's output to its first channel, in place.

    The choice of the channel is moved up through what treats channels apart (joining, mirroring,
    scaling); what nothing reads any more is dropped.

    Parameters
    ----------
    model : ModelProto
        With inferred shapes; one output (n, c, y, x).
    """
    graph = model.graph
    _FirstChannel(graph).run()
    _drop_unused_nodes(graph)
    drop_unused_weights(graph)
    del graph.value_info[:]  # some are of tensors that are gone
    graph.output[0].type.tensor_type.shape.dim[CHANNELS].dim_value = 1


class _FirstChannel:
    """The change of one graph.

    Parameters
    ----------
    graph : GraphProto
        With inferred shapes.
    """

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._weights = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        self._channels = _channel_counts(graph)
        self._makers: dict[str, onnx.NodeProto] = {}
        self._found: dict[str, str] = {}
        self._wiring = Wiring("estimate.")

    def run(self) -> None:
        """Change the graph: operators stay in the order of their computation."""
        renamed: dict[str, str] = {}
        for node in self._graph.node:
            for place, name in enumerate(node.input):
                node.input[place] = renamed.get(name, name)
            if _cut_of(node, self._weights) == {CHANNELS: (0, 1, 1)}:
                renamed[node.output[0]] = self.of(node.input[0])
            else:
                self._wiring.nodes.append(node)
            self._makers.update(dict.fromkeys(node.output, node))
        output = self._graph.output[0].name
        first = self.of(renamed.get(output, output))
        del self._graph.node[:]
        self._graph.node.extend(self._wiring.nodes)
        self._graph.initializer.extend(self._wiring.weights)
        if first != output:
            rename(self._graph.node, {output: f"{output}.all", first: output})

    def of(self, name: str) -> str:
        """Return the name of a tensor's first channel; writes what makes it where need be."""
        if self._channels.get(name) == 1:
            return name
        if name not in self._found:
            self._found[name] = self._write(name)
            self._channels[self._found[name]] = 1
        return self._found[name]

    def _write(self, name: str) -> str:
        maker = self._makers.get(name)
        if maker is None:
            return self._wiring.cut(name, CHANNELS, 0, 1)
        cut = _cut_of(maker, self._weights)
        if cut is not None and CHANNELS not in cut:
            return self._wiring.add("Slice", self.of(maker.input[0]), *maker.input[1:])
        if cut is not None and cut[CHANNELS][0::2] == (0, 1):
            return self.of(maker.input[0])
        if maker.op_type == "Concat" and maker.attribute[0].i == CHANNELS:
            return self.of(maker.input[0])
        if maker.op_type in ELEMENTWISE and any(each in self._weights for each in maker.input):
            return self._wiring.add(maker.op_type, *map(self._operand, maker.input))
        return self._wiring.cut(name, CHANNELS, 0, 1)

    def _operand(self, name: str) -> str:
        values = self._weights.get(name)
        if values is None:
            return self.of(name)
        if values.ndim < CHANNEL_AXES or values.shape[-CHANNEL_AXES] == 1:
            return name
        return self._wiring.constant(values[..., :1, :, :])


def _channel_counts(graph: onnx.GraphProto) -> dict[str, int]:
    """Return how many channels the tensors (n, c, ...) have that shape inference knows."""
    counts = {}
    for value in (*graph.input, *graph.value_info, *graph.output):
        lengths = value.type.tensor_type.shape.dim
        if len(lengths) > CHANNELS and lengths[CHANNELS].HasField("dim_value"):
            counts[value.name] = lengths[CHANNELS].dim_value
    return counts


def _cut_of(
    node: onnx.NodeProto, weights: Mapping[str, NDArray[np.generic]]
) -> dict[int, tuple[int, int, int]] | None:
    """Return what a Slice cuts: (start, stop, step) by axis; None if it is none or not constant."""
    if node.op_type != "Slice" or any(name not in weights for name in node.input[1:]):
        return None
    starts, stops = (weights[name].tolist() for name in node.input[1:3])
    given = [weights[name].tolist() for name in node.input[3:]]
    axes = given[0] if given else range(len(starts))
    steps = given[1] if len(given) > 1 else [1] * len(starts)
    return dict(zip(axes, zip(starts, stops, steps, strict=True), strict=True))


def _drop_unused_nodes(graph: onnx.GraphProto) -> None:
    needed = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if not needed.isdisjoint(node.output):
            kept.append(node)
            needed.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
