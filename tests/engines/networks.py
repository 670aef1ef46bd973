"""Small ONNX networks, made by hand, and models that carry them."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from window_package import load_window_model

from livecare.models import Model


def blur_network(axes: str, channels: int, reach: int, stride: int = 1) -> bytes:
    """Blur with random weights; of two channels the second is the first's square plus 0.1.

    With a stride, values are averaged over blocks before and repeated after, so that the place of
    a window matters.
    """
    onnx = pytest.importorskip("onnx", reason="the extra 'train' is missing")
    helper, float_ = onnx.helper, onnx.TensorProto.FLOAT
    sides = [2 * reach + 1] * len(axes)
    weights = np.random.default_rng(2).random(sides).astype(np.float32)
    weights /= weights.sum()
    constants = {
        "kernel": weights[np.newaxis, np.newaxis],
        "scales": np.array([1, 1, *[stride] * len(axes)], np.float32),
        "least": np.array(0.1, np.float32),
    }
    block = {"kernel_shape": [stride] * len(axes), "strides": [stride] * len(axes)}
    nodes = [
        helper.make_node("AveragePool", ["raw"], ["small"], **block),
        helper.make_node("Conv", ["small", "kernel"], ["blurred"], pads=[reach] * 2 * len(axes)),
        helper.make_node("Resize", ["blurred", "", "scales"], ["mean"], mode="nearest"),
        helper.make_node("Mul", ["mean", "mean"], ["square"]),
        helper.make_node("Add", ["square", "least"], ["scale"]),
        helper.make_node("Concat", ["mean", "scale"][:channels], ["restored"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "blur",
        [helper.make_tensor_value_info("raw", float_, ["n", 1, *axes])],
        [helper.make_tensor_value_info("restored", float_, ["n", channels, *axes])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    network = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(network)
    serialised: bytes = network.SerializeToString()
    return serialised


def blur_model(
    folder: Path, axes: str = "yx", channels: int = 1, reach: int = 3, stride: int = 1
) -> Model:
    network = blur_network(axes, channels, reach, stride)
    path = folder / f"{axes}{channels}.onnx"
    path.write_bytes(network)
    halo_px = (reach + 1) * stride - 1
    return replace(
        load_window_model(),
        onnx_path=path,
        sha256=hashlib.sha256(network).hexdigest(),
        axes=axes,
        multiple_of=(stride,) * len(axes),
        halo_px=(halo_px,) * len(axes),
        outputs=("estimate", "scale")[:channels],
    )


def pointwise_model(folder: Path, operator: str) -> Model:
    """A model that does one thing with each value."""
    onnx = pytest.importorskip("onnx", reason="the extra 'test' is missing")
    helper, float_ = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"])],
        "pointwise",
        [helper.make_tensor_value_info("x", float_, ["n", 1, "y", "x"])],
        [helper.make_tensor_value_info("y", float_, ["n", 1, "y", "x"])],
    )
    opset = [helper.make_opsetid("", 17)]
    path = folder / f"{operator}.onnx"
    network = helper.make_model(graph, opset_imports=opset, ir_version=8)
    path.write_bytes(network.SerializeToString())
    return replace(load_window_model(), onnx_path=path)
