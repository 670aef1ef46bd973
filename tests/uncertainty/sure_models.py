"""Packages with small networks whose estimates and scales tests can reckon."""

from pathlib import Path

import numpy as np
import pytest

from livecare.models import Model
from livecare.models.writer import PackageSpec, write_package

SIDE = 32


def write_sure(
    folder: Path,
    gain: float = 1.0,
    scale: float | None = 0.25,
    *,
    kind: str = "anscombe",
    multiple_of: int = 1,
    halo_px: int = 2,
) -> Model:
    """Write a network that gives `gain` times the mean of 5 × 5 pixels, and one scale for all."""
    outputs = ("estimate",) if scale is None else ("estimate", "scale")
    spec = PackageSpec(
        name=f"smooth times {gain:g}",
        description="For tests.",
        document="For tests.",
        provenance={"made": "by a test"},
        multiple_of=multiple_of,
        halo_px=halo_px,
        normalisation=(kind, 2.0, 99.8),
        outputs=outputs,
    )
    rng = np.random.default_rng(4)
    given = rng.uniform(4, 20, (1, 1, SIDE, SIDE)).astype(np.float32)
    output = np.zeros((1, len(outputs), SIDE, SIDE), np.float32)
    return write_package(folder, spec, _network(gain, scale), given, output)


def _network(gain: float, scale: float | None) -> bytes:
    """Return the network as ONNX."""
    onnx = pytest.importorskip("onnx", reason="makes the networks")
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    held = {"gain": gain, "zero": 0.0} | ({} if scale is None else {"scale": scale})
    smooth = {"kernel_shape": [5, 5], "pads": [2] * 4, "count_include_pad": 0}
    nodes = [
        helper.make_node("AveragePool", ["raw"], ["smooth"], **smooth),
        helper.make_node("Mul", ["smooth", "gain"], ["mean" if scale is not None else "restored"]),
    ]
    if scale is not None:
        nodes += [
            helper.make_node("Mul", ["raw", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "scale"], ["scales"]),
            helper.make_node("Concat", ["mean", "scales"], ["restored"], axis=1),
        ]
    channels = 1 if scale is None else 2
    graph = helper.make_graph(
        nodes,
        "sure",
        [helper.make_tensor_value_info("raw", number, ["n", 1, "y", "x"])],
        [helper.make_tensor_value_info("restored", number, ["n", channels, "y", "x"])],
        [helper.make_tensor(name, number, [], [value]) for name, value in held.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    serialised: bytes = made.SerializeToString()
    return serialised
