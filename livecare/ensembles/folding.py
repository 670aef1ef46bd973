"""Folding: the ONNX graphs of several networks as one, with the mixture of what they make."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from livecare.engines.onnx_files import helper, numpy_helper, onnx, read_network
from livecare.ensembles.mixture import SMALLEST_VARIANCE
from livecare.models.writer import INPUT_NAME, OPERATOR_SET, OUTPUT_NAME

IR_VERSION: Final = 8
"""Of the ONNX format, as old as the operator set."""
PURPOSE: Final = "folding an ensemble"
CHANNELS: Final = 1
"""The axis of channels in (n, c, [z,] y, x)."""
NAME: Final = "mixture."
"""Begins the names of what is added, so that none meets a member's."""


def fold(networks: Sequence[bytes], axes: str, *, scales: bool) -> bytes:
    """Return a network that runs the members and mixes what they make.

    Parameters
    ----------
    networks : sequence of bytes
        ONNX files, each (n, 1, [z,] y, x) to (n, channels, [z,] y, x).
    axes : str
        "yx" or "zyx".
    scales : bool
        Whether the members make two channels, estimate and Laplace scale.

    Returns
    -------
    bytes
        ONNX of `livecare.models.writer.OPERATOR_SET`: (n, 1, ...) to (n, 3, ...), the channels of
        `livecare.ensembles.mixture.mix`.

    Raises
    ------
    EngineError
        If a network cannot be read, or converted to that operator set.
    """
    tail = _Tail()
    made = [_add(tail, content, number) for number, content in enumerate(networks)]
    sides = ["n", None, *axes]
    graph = helper.make_graph(
        [*tail.nodes, *_mixture(tail, made, scales=scales)],
        "ensemble",
        [_value(INPUT_NAME, sides, 1)],
        [_value(OUTPUT_NAME, sides, 3)],
        tail.weights,
    )
    opset = helper.make_opsetid("", OPERATOR_SET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


class _Tail:
    """What the graph is made of so far."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, name: str, values: Sequence[float] | float, dtype: type) -> str:
        """Add a constant; returns its name."""
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype), NAME + name))
        return NAME + name


def _add(tail: _Tail, content: bytes, number: int) -> str:
    """Add a member's operators under names of its own; returns its output's name."""
    model = read_network(content, PURPOSE, OPERATOR_SET)
    graph = onnx.compose.add_prefix_graph(model.graph, f"member{number}.")
    weights = {each.name for each in graph.initializer}
    given = next(each.name for each in graph.input if each.name not in weights)
    tail.nodes.append(helper.make_node("Identity", [INPUT_NAME], [given]))
    tail.nodes.extend(graph.node)
    tail.weights.extend(graph.initializer)
    return str(graph.output[0].name)


def _mixture(tail: _Tail, made: Sequence[str], *, scales: bool) -> list[onnx.NodeProto]:
    """Return the operators of `livecare.ensembles.mixture.mix`."""
    nodes: list[onnx.NodeProto] = []

    def node(kind: str, inputs: Sequence[str], name: str) -> str:
        nodes.append(helper.make_node(kind, list(inputs), [NAME + name]))
        return NAME + name

    places = [tail.constant(f"place{place}", [place], np.int64) for place in range(3)]
    channels = tail.constant("channels", [CHANNELS], np.int64)
    half = tail.constant("half", 0.5, np.float32)
    twice = tail.constant("twice", 2.0, np.float32)
    least = tail.constant("least", SMALLEST_VARIANCE, np.float32)

    def channel(name: str, number: int, place: int) -> str:
        cut = [name, places[place], places[place + 1], channels]
        return node("Slice", cut, f"{number}.channel{place}")

    estimates = [channel(name, number, 0) for number, name in enumerate(made)]
    mean = node("Mean", estimates, "mean")
    misses = [node("Sub", [each, mean], f"miss{k}") for k, each in enumerate(estimates)]
    squares = [node("Mul", [each, each], f"square{k}") for k, each in enumerate(misses)]
    disagreement = node("Mean", squares, "disagreement")
    variance = node("Add", [disagreement, least], "variance")
    if scales:
        own = [channel(name, number, 1) for number, name in enumerate(made)]
        powers = [node("Mul", [each, each], f"power{k}") for k, each in enumerate(own)]
        doubled = node("Mul", [node("Mean", powers, "powers"), twice], "doubled")
        variance = node("Add", [variance, doubled], "total")
    scale = node("Sqrt", [node("Mul", [variance, half], "halved")], "scale")
    deviation = node("Sqrt", [disagreement], "deviation")
    joined = helper.make_node("Concat", [mean, scale, deviation], [OUTPUT_NAME], axis=CHANNELS)
    return [*nodes, joined]


def _value(name: str, sides: Sequence[str | None], channels: int) -> onnx.ValueInfoProto:
    """Declare a float32 tensor whose sizes are free but for its channels."""
    shape = [channels if each is None else each for each in sides]
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
