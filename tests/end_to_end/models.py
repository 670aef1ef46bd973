"""Model packages that fail on purpose."""

import hashlib
from pathlib import Path

import yaml


def write_package(folder: Path, network: bytes) -> Path:
    """Write a package that is whole, whatever its network is."""
    folder.mkdir()
    (folder / "model.onnx").write_bytes(network)
    described = {
        "type": "model",
        "format_version": "0.5.4",
        "name": "broken",
        "description": "For tests.",
        "weights": {
            "onnx": {"source": "model.onnx", "sha256": hashlib.sha256(network).hexdigest()}
        },
        "config": {
            "livecare": {
                "normalisation": {
                    "kind": "fixed",
                    "low_percentile": 2,
                    "high_percentile": 99.8,
                },
                "multiple_of": 1,
                "halo_px": 0,
                "provenance": {"made": "by a test"},
            }
        },
    }
    (folder / "bioimageio.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    return folder


def nan_above(threshold: float) -> bytes:
    """Make a network that changes nothing up to a threshold and yields NaN above it."""
    import onnx  # noqa: PLC0415 - the test that needs it looks whether it is there
    from onnx import TensorProto, helper  # noqa: PLC0415

    shape = ["n", 1, "y", "x"]
    constants = [
        helper.make_tensor("threshold", TensorProto.FLOAT, [], [threshold]),
        helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0]),
    ]
    nodes = [
        helper.make_node("Sub", ["threshold", "raw"], ["room"]),
        helper.make_node("Sqrt", ["room"], ["root"]),
        helper.make_node("Mul", ["root", "zero"], ["nothing"]),
        helper.make_node("Add", ["raw", "nothing"], ["restored"]),
    ]
    graph = helper.make_graph(
        nodes,
        "nan above",
        [helper.make_tensor_value_info("raw", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("restored", TensorProto.FLOAT, shape)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    network: bytes = model.SerializeToString()
    return network
