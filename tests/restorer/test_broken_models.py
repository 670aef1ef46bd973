"""Models that are no good, run by real engines: refused in words that name them and the cure."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from lock_orders import lit, spec_with
from window_package import WINDOW_PACKAGE

from livecare.errors import EngineError, ModelError
from livecare.link import RestorerSpec
from livecare.models import IntensityWindow
from livecare.restorer import serving
from livecare.restorer.serving import Serving

onnx = pytest.importorskip("onnx", reason="onnx, which makes the models, is missing")
pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from onnx import TensorProto, helper

ENGINES = ["onnxruntime", "openvino"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "cache_folder", lambda: tmp_path / "cache")


def spec_of(folder: Path, engine: str) -> RestorerSpec:
    pytest.importorskip(engine, reason=f"the extra '{engine}' is missing")
    return spec_with(model=str(folder), engine=engine, window=(90.0, 250.0))


def package(folder: Path, network: bytes | None = None) -> Path:
    """Copy a good package; where a network is given, it is a whole package with that."""
    shutil.copytree(WINDOW_PACKAGE, folder)
    if network is not None:
        file = folder / "bioimageio.yaml"
        described = yaml.safe_load(file.read_text(encoding="utf-8"))
        described["name"] = "a model that is no good"
        described["weights"]["onnx"]["sha256"] = hashlib.sha256(network).hexdigest()
        (folder / described["weights"]["onnx"]["source"]).write_bytes(network)
        file.write_text(yaml.safe_dump(described), encoding="utf-8")
    return folder


def weights_of(folder: Path) -> Path:
    [weights] = folder.glob("*.onnx")
    return weights


def network(*nodes: "onnx.NodeProto", **constants: float) -> bytes:
    shape = ["n", 1, "y", "x"]
    graph = helper.make_graph(
        list(nodes),
        "no good",
        [helper.make_tensor_value_info("raw", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("restored", TensorProto.FLOAT, shape)],
        [helper.make_tensor(k, TensorProto.FLOAT, [], [v]) for k, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def adding(value: float) -> bytes:
    """Make a network whose every output is this, or this more than its input."""
    return network(helper.make_node("Add", ["raw", "more"], ["restored"]), more=value)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_network_that_makes_no_finite_value_is_refused_before_the_first_frame(
    tmp_path: Path, engine: str, value: float
) -> None:
    folder = package(tmp_path / "model", adding(value))
    with pytest.raises(EngineError) as caught:
        Serving.prepare(spec_of(folder, engine))
    words = str(caught.value)
    assert "no engine can run the model 'a model that is no good'" in words
    assert "not finite" in words
    assert "use another model" in words


def test_auto_tries_them_all_and_says_so(tmp_path: Path) -> None:
    folder = package(tmp_path / "model", adding(float("nan")))
    with pytest.raises(EngineError, match="a model that is no good") as caught:
        Serving.prepare(spec_with(model=str(folder), engine="auto", window=(90.0, 250.0)))
    assert "onnxruntime fp32" in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_network_that_fails_on_some_frames_fails_on_those(tmp_path: Path, engine: str) -> None:
    """Above a brightness it takes the root of a negative number."""
    nodes = [
        helper.make_node("Sub", ["most", "raw"], ["room"]),
        helper.make_node("Sqrt", ["room"], ["root"]),
        helper.make_node("Mul", ["root", "zero"], ["nothing"]),
        helper.make_node("Add", ["raw", "nothing"], ["restored"]),
    ]
    folder = package(tmp_path / "model", network(*nodes, most=100.0, zero=0.0))
    found = Serving.prepare(spec_of(folder, engine))
    dim, bright = lit(0), lit(0)
    bright[5, 5] = 60000
    batch = np.stack([dim, bright])
    restored = np.empty_like(batch)
    window = IntensityWindow(90.0, 250.0)
    found.choice.engine.infer(batch[:1], restored[:1], [window])
    with pytest.raises(EngineError, match="not finite from frame 1"):
        found.choice.engine.infer(batch, restored, [window, window])
    found.choice.engine.infer(batch[:1], restored[:1], [window])
    found.choice.engine.close()


@pytest.mark.parametrize("at", [0.0, 0.3, 0.999])
def test_a_flipped_bit_is_found_and_its_file_named(tmp_path: Path, at: float) -> None:
    folder = package(tmp_path / "model")
    weights = weights_of(folder)
    content = bytearray(weights.read_bytes())
    content[int(at * len(content))] ^= 0x10
    weights.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        Serving.prepare(spec_of(folder, "onnxruntime"))
    assert str(weights) in str(caught.value)
    assert "damaged or was exchanged" in str(caught.value)


@pytest.mark.parametrize("gone", ["weights", "description", "all"])
def test_a_file_that_is_gone_is_named(tmp_path: Path, gone: str) -> None:
    folder = package(tmp_path / "model")
    if gone == "weights":
        weights_of(folder).unlink()
    elif gone == "description":
        (folder / "bioimageio.yaml").unlink()
    else:
        shutil.rmtree(folder)
    with pytest.raises(ModelError) as caught:
        Serving.prepare(spec_of(folder, "onnxruntime"))
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("content", [b"", b"no network at all", "half"])
def test_a_network_that_is_none_is_named_although_its_package_is_whole(
    tmp_path: Path, engine: str, content: bytes | str
) -> None:
    if isinstance(content, str):
        whole = next(WINDOW_PACKAGE.glob("*.onnx")).read_bytes()
        content = whole[: len(whole) // 2]
    folder = package(tmp_path / "model", content)
    with pytest.raises(EngineError) as caught:
        Serving.prepare(spec_of(folder, engine))
    assert str(weights_of(folder)) in str(caught.value)
    assert "export the model again" in str(caught.value)
