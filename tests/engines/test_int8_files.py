"""The files that quantising a model reads and writes on its way."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from window_package import load_window_model

from livecare.errors import EngineError

pytest.importorskip("onnx", reason="the extra 'build' is missing")
pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from livecare.engines.int8_files import onnx, prepare, quantise_file
from livecare.engines.quantise import quantise


def test_the_input_may_have_any_name(tmp_path: Path) -> None:
    network = onnx.load(load_window_model().onnx_path)
    name = network.graph.input[0].name
    for node in network.graph.node:
        node.input[:] = ["frames" if each == name else each for each in node.input]
    network.graph.input[0].name = "frames"
    onnx.save(network, tmp_path / "other.onnx")
    prepared, made = tmp_path / "prepared.onnx", tmp_path / "int8.onnx"
    prepare(tmp_path / "other.onnx", prepared)
    quantise_file(prepared, made, [np.ones((1, 1, 32, 32), np.float32)], [])
    assert any(node.op_type == "QuantizeLinear" for node in onnx.load(made).graph.node)


def test_a_temporary_folder_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(EngineError, match=r"^int8: .*gone, cannot be written .*TMPDIR"):
        quantise(load_window_model())
