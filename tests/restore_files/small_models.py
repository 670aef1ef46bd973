"""Packages with networks of which tests know the result: the mean of 3 × 3 (× 3) pixels."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from livecare.frame import Pixels
from livecare.restore_files import Outcome

Restore = Callable[..., Outcome]
"""The fixture `restore`: takes IN, OUT and options."""

SCALE = 0.25
"""Laplace scale that the probabilistic ones give everywhere, network units."""


def write_model(
    folder: Path, *, kind: str = "fixed", axes: str = "yx", probabilistic: bool = False
) -> Path:
    network = _network(axes, probabilistic=probabilistic)
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(network)
    outputs = ["estimate", "scale"] if probabilistic else ["estimate"]
    described = {
        "type": "model",
        "format_version": "0.5.4",
        "name": f"mean of {axes}",
        "description": "For tests.",
        "weights": {
            "onnx": {"source": "model.onnx", "sha256": hashlib.sha256(network).hexdigest()}
        },
        "config": {
            "livecare": {
                "normalisation": {"kind": kind, "low_percentile": 2, "high_percentile": 99.8},
                "axes": axes,
                "outputs": outputs,
                "multiple_of": 1,
                "halo_px": 1,
                "provenance": {"made": "by a test"},
            }
        },
    }
    (folder / "bioimageio.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    return folder


def mean(frame: Pixels) -> Pixels:
    """Return what the networks make of a frame or stack in a fixed window: an affine step."""
    padded = np.pad(frame.astype(np.float64), 1, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3,) * frame.ndim)
    return np.nanmean(windows, axis=tuple(range(frame.ndim, 2 * frame.ndim)))


def _network(axes: str, *, probabilistic: bool) -> bytes:
    onnx = pytest.importorskip("onnx", reason="makes the networks")
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    shape = ["n", 1, *axes]
    sides = len(axes)
    mean_name = "mean" if probabilistic else "restored"
    nodes = [
        helper.make_node(
            "AveragePool",
            ["raw"],
            [mean_name],
            kernel_shape=[3] * sides,
            pads=[1] * 2 * sides,
            count_include_pad=0,
        )
    ]
    constants = []
    if probabilistic:
        constants = [
            helper.make_tensor("zero", number, [], [0.0]),
            helper.make_tensor("scale", number, [], [SCALE]),
        ]
        nodes += [
            helper.make_node("Mul", ["raw", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "scale"], ["scales"]),
            helper.make_node("Concat", ["mean", "scales"], ["restored"], axis=1),
        ]
    made = ["n", 2 if probabilistic else 1, *axes]
    graph = helper.make_graph(
        nodes,
        "mean",
        [helper.make_tensor_value_info("raw", number, shape)],
        [helper.make_tensor_value_info("restored", number, made)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    network: bytes = model.SerializeToString()
    return network
