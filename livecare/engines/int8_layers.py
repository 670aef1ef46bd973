"""Which convolutions of a network may become int8, and how much of the work each is.

The first and the last ones never: what comes before the first is the frame itself, and what comes
after the last is the answer. A filter straight from the frame to the answer is both.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from livecare.engines.onnx_runtime.session import open_plain


@dataclass(frozen=True, slots=True)
class Layer:
    """Convolutions by the same weights, one for each look that a network takes at a frame.

    Attributes
    ----------
    convolutions : tuple of str
        Names of the operators.
    rectifiers : tuple of str
        Names of the rectifiers behind them.
    work : float
        Part of all the network's multiplications.
    inner : bool
        Whether each stands between other convolutions.
    """

    convolutions: tuple[str, ...]
    rectifiers: tuple[str, ...]
    work: float
    inner: bool


def find_layers(model: onnx.ModelProto, frame: NDArray[np.float32]) -> list[Layer]:
    """Return the layers of a prepared network.

    Parameters
    ----------
    model : onnx.ModelProto
        Operators have names.
    frame : array, shape (1, 1, y, x)
        Any frame: work is counted for its size.
    """
    graph = model.graph
    sizes = {weight.name: int(np.prod(weight.dims)) for weight in graph.initializer}
    groups: dict[str, list[Any]] = defaultdict(list)
    for node in graph.node:
        if node.op_type == "Conv" and node.input[1] in sizes:
            groups[node.input[1]].append(node)
    pixels = _pixels(model, [node.output[0] for group in groups.values() for node in group], frame)
    inner = _inner(graph)
    work = {
        name: sum(sizes[name] * pixels[node.output[0]] for node in group)
        for name, group in groups.items()
    }
    rectifiers = {node.input[0]: node.name for node in graph.node if node.op_type == "Relu"}
    return [
        Layer(
            convolutions=tuple(node.name for node in group),
            rectifiers=tuple(
                rectifiers[node.output[0]] for node in group if node.output[0] in rectifiers
            ),
            work=work[name] / sum(work.values()),
            inner=all(node.name in inner for node in group),
        )
        for name, group in groups.items()
    ]


def names_of(layers: Iterable[Layer]) -> list[str]:
    """Return the names of all operators of some layers."""
    return [name for layer in layers for name in (*layer.convolutions, *layer.rectifiers)]


def _inner(graph: onnx.GraphProto) -> set[str]:
    """Return the convolutions that have others before and behind them on some way."""
    behind: set[str] = set()
    after: set[str] = set()
    for node in graph.node:
        reached = any(name in after for name in node.input)
        if node.op_type == "Conv" and reached:
            behind.add(node.name)
        if reached or node.op_type == "Conv":
            after.update(node.output)
    before: set[str] = set()
    needed: set[str] = set()
    for node in reversed(graph.node):
        reached = any(name in needed for name in node.output)
        if node.op_type == "Conv" and reached:
            before.add(node.name)
        if reached or node.op_type == "Conv":
            needed.update(node.input)
    return behind & before


def _pixels(model: onnx.ModelProto, names: list[str], frame: NDArray[np.float32]) -> dict[str, int]:
    """Return how many pixels some tensors have, by running the network once."""
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    session = open_plain(shown.SerializeToString(), threads=1)
    made = session.run(names, {session.get_inputs()[0].name: frame})
    return {name: int(np.prod(values.shape[2:])) for name, values in zip(names, made, strict=True)}
