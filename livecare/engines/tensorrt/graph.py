"""The ONNX graph that a GPU runs: a model's network, and around it the way from counts and back.

Two kinds (`IO`). "counts": the bytes of uint16 frames come in and go out, and normalisation,
padding, cropping, rounding and clipping are part of the graph, in fp32. "units": float32 network
units that the caller normalises and pads; for every other type of pixels and for spreads.
"""

from typing import Final, Literal

import numpy as np

from livecare.engines.half import to_half
from livecare.engines.model_network import read_network_file
from livecare.engines.onnx_files import TensorProto, helper, onnx, read_network, rename
from livecare.engines.onnx_wiring import Wiring
from livecare.engines.protocol import Precision
from livecare.engines.tensorrt.counts_way import CountsWay
from livecare.engines.tensorrt.estimate import keep_estimate
from livecare.engines.tensorrt.packing import UNIT_COUNTS, Kind
from livecare.errors import EngineError
from livecare.models.noise_units import TABLE_STEPS
from livecare.models.package import Model
from livecare.models.padding import Padding

IO = Literal["counts", "units"]

RAW: Final = "raw"
"""Input: "counts" UINT8 [n, y, x, 2], little-endian uint16; "units" float32 [n, 1, y, x]."""
UNITS: Final = "units"
"""Input of "counts": float32 [n, UNIT_COUNTS[kind]]."""
TABLE: Final = "table"
"""Input of "counts" with kind "noise" only: float32 [n, TABLE_STEPS]."""
RESTORED: Final = "restored"
"""Output: "counts" UINT8 [n, y, x, 2]; "units" float32 [n, c, y, x]."""
MEAN: Final = "mean"
"""Output of "counts" only: float32 [n], the mean estimate in network units; it is finite exactly if
every restored value was, which counts cannot show any more."""

BATCH: Final = "n"
"""The free length in the shapes of inputs and outputs."""
OPERATOR_SET: Final = 17
"""The newest that TensorRT 8.6 reads."""
IR_VERSION: Final = 8
"""Of the ONNX format, as old as the operator set."""
NETWORK: Final = "network."
"""Begins the names of the model's own tensors, so that none meets the graph's."""


def wrap(
    model: Model,
    kind: Kind,
    io: IO,
    shape_yx: tuple[int, int],
    precision: Precision,
    *,
    spread: bool = False,
) -> bytes:
    """Return the graph of a model for frames of one size; only the batch is free.

    Parameters
    ----------
    model : Model
        With the axes yx.
    kind : {"window", "noise"}
        Normalisation of "counts"; "units" does not look at it.
    io : {"counts", "units"}
        See above.
    shape_yx : tuple of int
        Of the frames, pixels; for "units" multiples of the model's stride.
    precision : {"fp32", "fp16"}
        Of the network; see `livecare.engines.half`.
    spread : bool
        Whether "units" gives all channels of the model; otherwise the estimate alone.

    Returns
    -------
    bytes
        ONNX, operator set 17.

    Raises
    ------
    EngineError
        If the model is one for stacks, its network's file cannot be read, the network not
        converted, or the frames of "units" are no multiple of its stride.
    """
    _check_fit(model, io, shape_yx)
    network = _network(model, precision, estimate_only=io == "counts" or not spread)
    if io == "counts":
        return _finish(_counts_graph(model, network.graph, kind, shape_yx))
    return _finish(_units_graph(network.graph, shape_yx))


def _check_fit(model: Model, io: IO, shape_yx: tuple[int, int]) -> None:
    """Refuse a model for stacks, and frames that do not fit its stride."""
    if model.axes != "yx":
        raise EngineError(
            f"tensorrt: the model '{model.name}' restores stacks ({model.axes}), this engine "
            "frames (yx): use the engine 'onnxruntime'"
        )
    fits_stride = [
        length % stride == 0 for length, stride in zip(shape_yx, model.multiple_of, strict=True)
    ]
    if io == "units" and not all(fits_stride):
        raise EngineError(
            f"tensorrt: frames of {shape_yx} pixels are no multiple of the stride "
            f"{model.multiple_of} of the model '{model.name}'; pad them"
        )


def _network(model: Model, precision: Precision, *, estimate_only: bool) -> onnx.ModelProto:
    """Return the model's network in its precision, with our names for its input and output."""
    if precision not in ("fp32", "fp16"):
        raise EngineError(f"tensorrt: there is no precision '{precision}' here; use fp16 or fp32")
    content = read_network_file("tensorrt", model)
    network = read_network(content, f"tensorrt: {model.onnx_path}", OPERATOR_SET)
    if estimate_only and len(model.outputs) > 1:
        keep_estimate(network)
    if precision == "fp16":
        network = onnx.load_from_string(to_half(network.SerializeToString()))
    del network.graph.value_info[:]  # of free sizes; here they are fixed
    return onnx.compose.add_prefix(network, NETWORK)


def _units_graph(network: onnx.GraphProto, shape_yx: tuple[int, int]) -> onnx.GraphProto:
    """Give the network its fixed size and our names."""
    wiring = Wiring("io.")
    channels = network.output[0].type.tensor_type.shape.dim[1].dim_value
    _join(wiring, network, RAW, RESTORED)
    return helper.make_graph(
        wiring.nodes,
        "units",
        [_value(RAW, TensorProto.FLOAT, 1, *shape_yx)],
        [_value(RESTORED, TensorProto.FLOAT, channels, *shape_yx)],
        wiring.weights,
    )


def _counts_graph(
    model: Model, network: onnx.GraphProto, kind: Kind, shape_yx: tuple[int, int]
) -> onnx.GraphProto:
    """Write the way from counts, the network, and the way back."""
    wiring = Wiring("io.")
    way = CountsWay(wiring, kind, shape_yx, UNITS, TABLE)
    padding = Padding.to_multiple(shape_yx, model.multiple_of)
    padded = _pad(wiring, way.to_units(RAW), padding)
    estimate = _crop(wiring, _join(wiring, network, padded), padding)
    wiring.add("ReduceMean", estimate, output=MEAN, axes=[1, 2, 3], keepdims=0)
    way.to_bytes(estimate, RESTORED)
    inputs = [
        _value(RAW, TensorProto.UINT8, *shape_yx, 2),
        _value(UNITS, TensorProto.FLOAT, UNIT_COUNTS[kind]),
    ]
    if kind == "noise":
        inputs.append(_value(TABLE, TensorProto.FLOAT, TABLE_STEPS))
    outputs = [_value(RESTORED, TensorProto.UINT8, *shape_yx, 2), _value(MEAN, TensorProto.FLOAT)]
    return helper.make_graph(wiring.nodes, "counts", inputs, outputs, wiring.weights)


def _join(wiring: Wiring, network: onnx.GraphProto, given: str, made: str = "") -> str:
    """Write the network behind a tensor; return the name of its output, `made` if there is one."""
    names = {network.input[0].name: given}
    output = network.output[0].name
    if made:
        names[output] = made
    rename(network.node, names)
    wiring.nodes.extend(network.node)
    wiring.weights.extend(network.initializer)
    return made or output


def _pad(wiring: Wiring, frames: str, padding: Padding) -> str:
    """Write the mirroring at the far ends, axis by axis as `Padding.fill`."""
    for axis, (length, source) in enumerate(zip(padding.shape, padding.sources, strict=True)):
        if len(source):
            places = wiring.constant([*range(length), *source], np.int64)
            frames = wiring.add("Gather", frames, places, axis=2 + axis)
    return frames


def _crop(wiring: Wiring, frames: str, padding: Padding) -> str:
    """Write the cutting off of what was padded."""
    for axis, (length, padded) in enumerate(zip(padding.shape, padding.padded, strict=True)):
        if padded > length:
            frames = wiring.cut(frames, 2 + axis, 0, length)
    return frames


def _value(name: str, kind: int, *lengths: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, [BATCH, *lengths])


def _finish(graph: onnx.GraphProto) -> bytes:
    """Return a graph as a checked ONNX file."""
    opsets = [helper.make_opsetid("", OPERATOR_SET)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString())
