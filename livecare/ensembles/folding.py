"""Folding: the ONNX graphs of several networks as one, with the mixture of what they make."""

from collections.abc import Sequence
from typing import Final

from livecare.engines.onnx_files import helper, onnx, read_network
from livecare.engines.onnx_wiring import Wiring
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
    wiring = Wiring(NAME)
    made = [_add(wiring, content, number) for number, content in enumerate(networks)]
    _mix(wiring, made, scales=scales)
    sides = ["n", None, *axes]
    graph = helper.make_graph(
        wiring.nodes,
        "ensemble",
        [_value(INPUT_NAME, sides, 1)],
        [_value(OUTPUT_NAME, sides, 3)],
        wiring.weights,
    )
    opset = helper.make_opsetid("", OPERATOR_SET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _add(wiring: Wiring, content: bytes, number: int) -> str:
    """Add a member's operators under names of its own; returns its output's name."""
    model = read_network(content, PURPOSE, OPERATOR_SET)
    graph = onnx.compose.add_prefix_graph(model.graph, f"member{number}.")
    weights = {each.name for each in graph.initializer}
    given = next(each.name for each in graph.input if each.name not in weights)
    wiring.add("Identity", INPUT_NAME, output=given)
    wiring.nodes.extend(graph.node)
    wiring.weights.extend(graph.initializer)
    return str(graph.output[0].name)


def _mix(wiring: Wiring, made: Sequence[str], *, scales: bool) -> None:
    """Write the operators of `livecare.ensembles.mixture.mix`."""
    add = wiring.add

    def squared(names: Sequence[str]) -> list[str]:
        return [add("Mul", each, each) for each in names]

    estimates = [wiring.cut(name, CHANNELS, 0, 1) for name in made]
    mean = add("Mean", *estimates)
    disagreement = add("Mean", *squared([add("Sub", each, mean) for each in estimates]))
    variance = add("Add", disagreement, wiring.constant(SMALLEST_VARIANCE))
    if scales:
        powers = add("Mean", *squared([wiring.cut(name, CHANNELS, 1, 2) for name in made]))
        variance = add("Add", variance, add("Mul", powers, wiring.constant(2)))
    scale = add("Sqrt", add("Mul", variance, wiring.constant(1 / 2)))
    deviation = add("Sqrt", disagreement)
    add("Concat", mean, scale, deviation, output=OUTPUT_NAME, axis=CHANNELS)


def _value(name: str, sides: Sequence[str | None], channels: int) -> onnx.ValueInfoProto:
    """Declare a float32 tensor whose sizes are free but for its channels."""
    shape = [channels if each is None else each for each in sides]
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
