"""The package `onnx`, for those engines that change a network before they run it.

It is no part of livecare's own dependencies: the extras of those engines bring it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from livecare.errors import EngineError, MissingExtraError

try:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # onnx has it
    from onnx import TensorProto, helper, numpy_helper, shape_inference, version_converter
except ImportError as error:
    raise MissingExtraError("onnx", "tensorrt", "changing a network for a GPU") from error

__all__ = [
    "TensorProto",
    "drop_unused_weights",
    "helper",
    "numpy_helper",
    "onnx",
    "read_network",
    "rename",
]

FAULTS: Final = (
    DecodeError,
    RuntimeError,  # the converter's, for operators that it does not know
    onnx.checker.ValidationError,
    shape_inference.InferenceError,
    version_converter.ConvertError,
)


def read_network(network: bytes, purpose: str, operator_set: int | None = None) -> onnx.ModelProto:
    """Parse and check an ONNX file, and infer the shapes and types of its tensors.

    Parameters
    ----------
    network : bytes
        The file.
    purpose : str
        Begins the message of an error.
    operator_set : int or None
        It is converted to this one; None leaves it as it is.

    Raises
    ------
    EngineError
        If it is no sound ONNX, or cannot be converted; says why.
    """
    try:
        model = onnx.load_from_string(network)
        onnx.checker.check_model(model)
        versions = [opset.version for opset in model.opset_import if not opset.domain]
        if operator_set is not None and versions != [operator_set]:
            model = version_converter.convert_version(model, operator_set)
        return shape_inference.infer_shapes(model, strict_mode=True)
    except FAULTS as error:
        raise EngineError(
            f"{purpose}: the network is no ONNX file that can be used ({error}): "
            "export the model again, for operator set 17"
        ) from error


def rename(nodes: Iterable[onnx.NodeProto], names: Mapping[str, str]) -> None:
    """Rename tensors wherever an operator reads or makes them."""
    for node in nodes:
        for listed in (node.input, node.output):
            for place, name in enumerate(listed):
                listed[place] = names.get(name, name)


def drop_unused_weights(graph: onnx.GraphProto) -> None:
    """Remove the weights that nothing reads."""
    used = {name for node in graph.node for name in node.input}
    used.update(value.name for value in graph.output)
    kept = [weight for weight in graph.initializer if weight.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
