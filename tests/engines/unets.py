"""Small ONNX networks like U-Nets, made by hand: enlarged, joined, convolved; two heads."""

import numpy as np
import pytest


def tiny_unet(
    kernel: int, *, joined: bool = True, mode: str = "nearest", coordinates: str = "asymmetric"
) -> bytes:
    """Halve, convolve, enlarge, join with the frame, convolve; estimate and scale, times (1, 2)."""
    onnx = pytest.importorskip("onnx", reason="the extra 'build' is missing")
    make, float_ = onnx.helper.make_node, onnx.TensorProto.FLOAT
    constants = _constants(kernel, joined=joined)
    pads = [kernel // 2] * 4
    resize = {"mode": mode, "coordinate_transformation_mode": coordinates, "nearest_mode": "floor"}
    nodes = [
        make("MaxPool", ["raw"], ["small"], kernel_shape=[2, 2], strides=[2, 2]),
        make("Conv", ["small", "below"], ["deep"], pads=pads),
        make("Relu", ["deep"], ["deeper"]),
        make("Resize", ["deeper", "", "scales"], ["wide"], **resize),
        make("Concat", ["wide", "raw"], ["both"], axis=1),
        make("Conv", ["both" if joined else "wide", "above", "bias"], ["heads"], pads=pads),
        make("Slice", ["heads", "first", "cut", "cut"], ["estimate"]),
        make("Slice", ["heads", "cut", "last", "cut"], ["rough"]),
        make("Softplus", ["rough"], ["scale"]),
        make("Concat", ["estimate", "scale"], ["answers"], axis=1),
        make("Mul", ["answers", "factors"], ["restored"]),
    ]
    graph = onnx.helper.make_graph(
        [node for node in nodes if joined or node.output[0] != "both"],
        "tiny",
        [onnx.helper.make_tensor_value_info("raw", float_, ["n", 1, "y", "x"])],
        [onnx.helper.make_tensor_value_info("restored", float_, ["n", 2, "y", "x"])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [onnx.helper.make_opsetid("", 17)]
    network = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(network)
    serialised: bytes = network.SerializeToString()
    return serialised


def _constants(kernel: int, *, joined: bool) -> dict[str, np.ndarray]:
    """Draw the weights; say how much is enlarged, cut and multiplied."""
    rng = np.random.default_rng(kernel)

    def weights(made: int, seen: int) -> np.ndarray:
        return rng.normal(0, 0.2, (made, seen, kernel, kernel)).astype(np.float32)

    return {
        "below": weights(4, 1),
        "above": weights(2, 5 if joined else 4),
        "bias": rng.normal(0, 1, 2).astype(np.float32),
        "scales": np.array([1, 1, 2, 2], np.float32),
        "factors": np.array([1, 2], np.float32).reshape(1, 2, 1, 1),
        "cut": np.array([1], np.int64),
        "first": np.array([0], np.int64),
        "last": np.array([9], np.int64),
    }
