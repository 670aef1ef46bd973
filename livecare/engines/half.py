"""Half precision: which tensors of an ONNX network become fp16, and which must stay fp32.

The rule. *Heavy* operators (`HEAVY`) do the arithmetic. One that is the only heavy one on every way
through it from the frame to the output is *straight*: the linear filter beside a body that carries
the brightness through. All other heavy operators are the *body*. The body, and whatever lies
between two operators of it, is fp16. All else stays fp32: what prepares the frame, straight paths,
and everything after the body: the sum of its answer and the straight path or the frame, the scale's
softplus, means over mirrored looks. So an error of fp16 is one of the body's answer only, which is
small beside the frame where a network adds it to the frame.

A network without such a sum gives its answer itself in fp16: 11 bits of it are right.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from livecare.engines.onnx_files import (
    TensorProto,
    drop_unused_weights,
    helper,
    numpy_helper,
    onnx,
    read_network,
    rename,
)
from livecare.errors import EngineError

HEAVY: Final = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum"})
"""Operators that do the arithmetic of a network."""
SHAPES: Final = frozenset({"Shape", "Size"})
"""Operators that look at no value: their input may be of any type."""
CONTROL_INPUTS: Final[Mapping[str, frozenset[int]]] = {"Resize": frozenset({1, 2})}
"""Inputs that are float32 whatever the type of the others: regions and scales."""
LARGEST: Final = float(np.finfo(np.float16).max)
"""65504, the largest number that fp16 holds."""
SUFFIX: Final = "_half"
"""Ends the names of fp16 tensors that exist as fp32 as well."""


def to_half(network: bytes) -> bytes:
    """Return a network with fp16 inside and float32 in and out, as the module says.

    Parameters
    ----------
    network : bytes
        ONNX with float32 inputs and outputs.

    Returns
    -------
    bytes
        ONNX of the same operator set, inputs and outputs; types change at Cast operators.

    Raises
    ------
    EngineError
        If a weight does not fit into fp16 (names the tensor), the network has branches or loops, or
        is no ONNX.
    """
    model = read_network(network, "half precision")
    _check_flat(model.graph)
    _Halving(model.graph, _types(model.graph)).run()
    del model.graph.value_info[:]  # types inside follow from the operators
    return bytes(model.SerializeToString())


@dataclass(slots=True)
class _Halving:
    """The change of one graph in place.

    Attributes
    ----------
    graph : onnx.GraphProto
        The network.
    types : mapping of str to int
        ONNX type of each tensor before the change.
    nodes : list
        The operators of the changed graph, in order.
    halves : set of str
        Tensors that are fp16 now under their old names.
    cast : dict
        (name, type) to the name under which the tensor is had in that type.
    """

    graph: onnx.GraphProto
    types: Mapping[str, int]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    halves: set[str] = field(default_factory=set)
    cast: dict[tuple[str, int], str] = field(default_factory=dict)

    def run(self) -> None:
        """Change the graph."""
        _constants_to_weights(self.graph)
        weights = {weight.name: weight for weight in self.graph.initializer}
        body = _between_heavy(self.graph)
        for index, node in enumerate(self.graph.node):
            kind = TensorProto.FLOAT16 if index in body else TensorProto.FLOAT
            self._take_inputs(node, kind, weights)
            if index in body:
                self._make_halves(node)
            self.nodes.append(node)
        self._give_outputs()
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)
        drop_unused_weights(self.graph)

    def _take_inputs(
        self, node: onnx.NodeProto, kind: int, weights: Mapping[str, TensorProto]
    ) -> None:
        """Point each floating input at the tensor of the type that the operator computes in."""
        for place, name in enumerate(node.input):
            if (
                self.types.get(name) == TensorProto.FLOAT
                and node.op_type not in SHAPES
                and place not in CONTROL_INPUTS.get(node.op_type, ())
            ):
                node.input[place] = self._as(name, kind, weights)

    def _as(self, name: str, kind: int, weights: Mapping[str, TensorProto]) -> str:
        """Return the name of a tensor in this type; makes it where there is none yet."""
        is_now = TensorProto.FLOAT16 if name in self.halves else TensorProto.FLOAT
        if is_now == kind:
            return name
        if (name, kind) not in self.cast:
            made = f"{name}{SUFFIX}" if kind == TensorProto.FLOAT16 else f"{name}_single"
            if name in weights:
                self.graph.initializer.append(_half_weight(weights[name], made))
            else:
                self.nodes.append(helper.make_node("Cast", [name], [made], to=kind))
            self.cast[name, kind] = made
        return self.cast[name, kind]

    def _make_halves(self, node: onnx.NodeProto) -> None:
        """Note that an operator's floating results are fp16 now."""
        self.halves.update(
            name for name in node.output if self.types.get(name) == TensorProto.FLOAT
        )
        for attribute in node.attribute:
            if (node.op_type, attribute.name, attribute.i) == ("Cast", "to", TensorProto.FLOAT):
                attribute.i = TensorProto.FLOAT16

    def _give_outputs(self) -> None:
        """Turn outputs that became fp16 back to float32 under their names."""
        for name in [value.name for value in self.graph.output if value.name in self.halves]:
            inner = f"{name}{SUFFIX}"
            rename(self.nodes, {name: inner})
            self.nodes.append(helper.make_node("Cast", [inner], [name], to=TensorProto.FLOAT))


def _types(graph: onnx.GraphProto) -> dict[str, int]:
    """Return the element type of every tensor that has a name."""
    values = (*graph.input, *graph.value_info, *graph.output)
    found = {value.name: value.type.tensor_type.elem_type for value in values}
    return found | {weight.name: weight.data_type for weight in graph.initializer}


def _check_flat(graph: onnx.GraphProto) -> None:
    for node in graph.node:
        if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
            raise EngineError(
                f"half precision: the network has a branch or loop ('{node.op_type}'), which is "
                "not converted: use precision fp32"
            )


def _constants_to_weights(graph: onnx.GraphProto) -> None:
    """Turn Constant operators that hold a tensor into weights."""
    for node in [node for node in graph.node if node.op_type == "Constant"]:
        if node.attribute[0].name == "value":
            weight = graph.initializer.add()
            weight.CopyFrom(node.attribute[0].t)
            weight.name = node.output[0]
            graph.node.remove(node)


def _between_heavy(graph: onnx.GraphProto) -> frozenset[int]:
    """Return the indices of the operators that become fp16."""
    heavy = {index for index, node in enumerate(graph.node) if node.op_type in HEAVY}
    before, after = _reached(graph, heavy)
    body = {index for index in heavy if index in before or index in after}
    before, after = _reached(graph, body)
    return frozenset(body | (before & after))


def _reached(graph: onnx.GraphProto, some: Iterable[int]) -> tuple[set[int], set[int]]:
    """Return the operators that have one of these before them, and those that have one after.

    ONNX keeps operators in the order of their computation, so one pass each way suffices.
    """
    some = set(some)
    below: set[str] = set()
    before: set[int] = set()
    for index, node in enumerate(graph.node):
        if node.op_type not in SHAPES and not below.isdisjoint(node.input):
            before.add(index)
        if index in some or index in before:
            below.update(node.output)
    above: dict[str, bool] = defaultdict(bool)
    after: set[int] = set()
    for index in reversed(range(len(graph.node))):
        node = graph.node[index]
        if any(above[name] for name in node.output):
            after.add(index)
        if node.op_type not in SHAPES and (index in some or index in after):
            above.update(dict.fromkeys(node.input, True))
    return before, after


def _half_weight(weight: TensorProto, name: str) -> TensorProto:
    """Return a weight as fp16 under another name. Raises EngineError if it does not fit."""
    values = numpy_helper.to_array(weight)
    largest = float(np.abs(values).max(initial=0))
    if not largest <= LARGEST:  # NaN compares false
        raise EngineError(
            f"half precision: the weights '{weight.name}' reach {largest:g}, but fp16 ends at "
            f"{LARGEST:g}: use precision fp32 for this model"
        )
    return numpy_helper.from_array(values.astype(np.float16), name)
