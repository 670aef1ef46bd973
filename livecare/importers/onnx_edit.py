"""Changing ONNX files: sizes made free, steps added behind the network, weights made plain."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import numpy as np

from livecare.errors import ModelError
from livecare.importers.extras import load_extra
from livecare.importers.processing import Affine, Clip, Sigmoid, Step
from livecare.models.writer import INPUT_NAME

MAX_BYTES: Final = 1 << 30
"""A gibibyte of weights: a hundred times a large U-Net."""
SIZE_NAMES: Final = {4: ("n", None, "y", "x"), 5: ("n", None, "z", "y", "x")}
"""Names of an input's free sizes by its number of axes; the channels stay as they are."""
POSITIVE: Final = frozenset(
    [
        "Add",
        "AveragePool",
        "Cast",
        "Concat",
        "Constant",
        "Conv",
        "ConvTranspose",
        "Dropout",
        "Identity",
        "MaxPool",
        "Pad",
        "Reshape",
        "Resize",
        "SequenceAt",
        "SequenceConstruct",
        "SequenceInsert",
        "Shape",
        "Upsample",
    ]
)
"""Operators that hand a positive value on to every place that looks at it."""
POINTWISE: Final = frozenset(
    [
        "BatchNormalization",
        "Clip",
        "Elu",
        "HardSigmoid",
        "LeakyRelu",
        "PRelu",
        "Relu",
        "Selu",
        "Sigmoid",
        "Softplus",
        "Tanh",
    ]
)
"""Operators that look at each place alone: they do not change how far a value reaches."""
ARITHMETIC: Final = frozenset(["Add", "Div", "Mul", "Sub"])
"""Operators that do so where one side is a constant."""


def parse(content: bytes) -> Any:  # noqa: ANN401 onnx brings no types
    """Return the model of an ONNX file.

    Raises
    ------
    ModelError
        If it is none, is too large, or keeps weights in other files.
    """
    onnx = load_extra("onnx")
    if len(content) > MAX_BYTES:
        raise ModelError(f"the ONNX file has more than {MAX_BYTES} bytes: do not trust it")
    try:
        model = onnx.load_model_from_string(content)
    except _decode_error() as error:
        raise ModelError(f"the ONNX file cannot be read ({error}): get the model again") from error
    if any(onnx.external_data_helper.uses_external_data(each) for each in model.graph.initializer):
        raise ModelError(
            "the ONNX file keeps weights in other files: save it as one file "
            "(onnx.save_model with save_as_external_data=False)"
        )
    return model


def operator_set(content: bytes) -> int:
    """Return the version of the standard operators that an ONNX file uses."""
    return max((each.version for each in parse(content).opset_import if not each.domain), default=1)


def free_sizes(content: bytes) -> bytes:
    """Return the network with a batch and a frame of any size declared, where one size was."""
    model = parse(content)
    for value in (*model.graph.input, *model.graph.output):
        dims = value.type.tensor_type.shape.dim
        for dim, name in zip(dims, SIZE_NAMES.get(len(dims), ()), strict=False):
            if name is not None:
                dim.dim_param = name
    del model.graph.value_info[:]  # shapes inside the network follow from those names
    return bytes(model.SerializeToString())


def append_steps(content: bytes, steps: Sequence[Step]) -> bytes:
    """Return the network with steps that work on each value alone added behind it."""
    if not steps:
        return content
    onnx = load_extra("onnx")
    model = parse(content)
    graph, last = model.graph, model.graph.output[0].name
    for number, step in enumerate(steps):
        kinds = _nodes(step)
        for index, (kind, values) in enumerate(kinds):
            names = []
            for place, value in enumerate(values):
                names.append(f"step_{number}_{index}_{place}")
                held = np.array(value, np.float32)
                graph.initializer.append(onnx.numpy_helper.from_array(held, names[-1]))
            made = f"step_{number}_{index}"
            graph.node.append(onnx.helper.make_node(kind, [last, *names], [made]))
            last = made
    graph.output[0].name = last
    return bytes(model.SerializeToString())


def positive_twin(content: bytes) -> bytes | None:
    """Return the network with weights that only average, or None where it is not of that kind.

    In the twin a positive value reaches every place that it can reach at all: no weight is 0, no
    ReLU holds it back, and nothing cancels.
    """
    onnx = load_extra("onnx")
    model = parse(content)
    graph = model.graph
    constants = {held.name for held in graph.initializer}
    constants |= {node.output[0] for node in graph.node if node.op_type == "Constant"}
    for node in graph.node:
        fixed = node.op_type in ARITHMETIC and not constants.isdisjoint(node.input)
        if fixed or node.op_type in POINTWISE:
            moving = next(name for name in node.input if name not in constants)
            node.CopyFrom(onnx.helper.make_node("Identity", [moving], node.output[:1]))
    convolutions = [node for node in graph.node if node.op_type in ("Conv", "ConvTranspose")]
    kernels = {node.input[1] for node in convolutions}
    biases = {name for node in convolutions for name in node.input[2:]}
    known = {node.op_type for node in graph.node} <= POSITIVE
    if not known or not kernels <= {held.name for held in graph.initializer}:
        return None
    for held in graph.initializer:
        values = onnx.numpy_helper.to_array(held)
        if held.name in kernels:
            averaging = np.full_like(values, 1 / max(1, values[0].size))
            held.CopyFrom(onnx.numpy_helper.from_array(averaging, held.name))
        elif held.name in biases:
            held.CopyFrom(onnx.numpy_helper.from_array(np.zeros_like(values), held.name))
    return bytes(model.SerializeToString())


def rename_input(content: bytes) -> bytes:
    """Return the network with its input called as in every package of livecare."""
    model = parse(content)
    graph = model.graph
    old = graph.input[0].name
    graph.input[0].name = INPUT_NAME
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == old:
                node.input[place] = INPUT_NAME
    return bytes(model.SerializeToString())


def _nodes(step: Step) -> list[tuple[str, tuple[float, ...]]]:
    """Return the operators of a step and their constants."""
    if isinstance(step, Sigmoid):
        return [("Sigmoid", ())]
    if isinstance(step, Clip):
        return [("Clip", (step.least, step.most))]
    if isinstance(step, Affine):
        return [("Mul", (step.gain,)), ("Add", (step.offset,))]
    raise ModelError(f"the step {step} depends on the frame and cannot follow the network")


def _decode_error() -> type[Exception]:
    """Return what onnx raises for bytes that are no model; protobuf comes with it."""
    found: type[Exception] = import_module("google.protobuf.message").DecodeError
    return found
