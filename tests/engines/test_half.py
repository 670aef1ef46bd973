from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import blur_network
from overflowing import overflowing_model
from window_package import load_window_model

from livecare.errors import EngineError
from livecare.models import Model, load_bundled

onnx = pytest.importorskip("onnx", reason="the extra 'test' is missing")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from onnx.reference import ReferenceEvaluator

from livecare.engines.half import to_half

Run = Callable[[bytes, np.ndarray], np.ndarray]
FLOAT, HALF = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16
MODELS = {
    "default-fast": lambda: load_bundled("default-fast"),
    "default": lambda: load_bundled("default"),
    "window": load_window_model,
}


def run(network: bytes, frames: np.ndarray) -> np.ndarray:
    """What ONNX Runtime makes; for fp16 it computes in fp32 in between."""
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    made: np.ndarray = session.run(None, {session.get_inputs()[0].name: frames})[0]
    return made


def run_exactly(network: bytes, frames: np.ndarray) -> np.ndarray:
    """What ONNX's own definition makes; each fp16 tensor is really rounded to fp16."""
    with np.errstate(all="ignore"):
        made: np.ndarray = ReferenceEvaluator(network).run(None, {"raw": frames})[0]
    return made


def frames_for(model: Model, shape: tuple[int, ...]) -> np.ndarray:
    """Noisy frames in the model's units."""
    rng = np.random.default_rng(0)
    photons = rng.poisson(rng.gamma(2.0, 20.0, shape))
    scaled = photons / 100 if model.normalisation.kind != "anscombe" else 2 * np.sqrt(photons + 0.4)
    return np.asarray(scaled, np.float32)


def relative(difference: np.ndarray, signal: np.ndarray) -> float:
    return float(np.sqrt(np.square(difference).mean() / np.square(signal).mean()))


def nodes_of(network: bytes, operator: str) -> list[Any]:
    graph = onnx.load_from_string(network).graph
    return [node for node in graph.node if node.op_type == operator]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("evaluate", "side"), [(run, 96), (run_exactly, 32)])
def test_close_to_fp32(name: str, evaluate: Run, side: int) -> None:
    if name == "default" and evaluate is run_exactly:
        side = 16  # four looks
    model = MODELS[name]()
    network = model.onnx_path.read_bytes()
    frames = frames_for(model, (2, 1, side, side))
    exact, half = run(network, frames), evaluate(to_half(network), frames)
    assert half.dtype == np.float32
    assert half.shape == exact.shape
    difference = half - exact
    assert relative(difference[:, 0], exact[:, 0] - frames[:, 0]) < 1e-2
    for channel in range(1, exact.shape[1]):
        assert relative(difference[:, channel], exact[:, channel]) < 1e-2
    assert np.abs(difference).max() > 0  # it is another network


@pytest.mark.parametrize("name", MODELS)
def test_the_file_is_sound_and_half_as_large(name: str) -> None:
    network = MODELS[name]().onnx_path.read_bytes()
    half = to_half(network)
    onnx.checker.check_model(onnx.load_from_string(half), full_check=True)
    assert len(half) < 0.55 * len(network)
    before, after = (onnx.load_from_string(each).graph for each in (network, half))
    assert after.input == before.input
    assert after.output == before.output


def test_the_straight_path_and_the_sum_stay_fp32() -> None:
    """A body that answers nothing lets the frame through as fp32 does, to the last bit."""
    network = onnx.load_from_string(load_bundled("default-fast").onnx_path.read_bytes())
    for weight in network.graph.initializer:
        if "to_pixels" in weight.name:
            silent = np.zeros(tuple(weight.dims), np.float32)
            weight.CopyFrom(onnx.numpy_helper.from_array(silent, weight.name))
    content = network.SerializeToString()
    frames = frames_for(load_bundled("default-fast"), (1, 1, 32, 32)) * np.float32(37.7)
    exact, half = run(content, frames), run_exactly(to_half(content), frames)
    np.testing.assert_allclose(half[:, 0], exact[:, 0], rtol=1e-6)


@pytest.mark.slow
def test_the_frame_that_a_network_adds_stays_fp32() -> None:
    torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
    pytest.importorskip("onnxscript", reason="the extra 'train' is missing")
    from livecare.training.networks.care import CareNet, CareShape  # noqa: PLC0415
    from livecare.training.networks.onnx_export import to_onnx  # noqa: PLC0415
    from livecare.training.networks.standardised import Standardised  # noqa: PLC0415

    torch.manual_seed(0)
    care = CareNet(CareShape(depth=1, filters=4, kernel=3, probabilistic=True)).eval()
    network = to_onnx(Standardised(care, 1000.0, 30.0).eval(), 2)
    frames = np.random.default_rng(1).normal(1000, 30, (1, 1, 32, 32)).astype(np.float32)
    exact, half = run(network, frames), run_exactly(to_half(network), frames)
    # fp16 holds 1000 to 0.5: had the frame or the sum gone through it, this would show
    assert np.abs(half[:, 0] - exact[:, 0]).max() < 0.1
    assert relative((half - exact)[:, 0], exact[:, 0] - frames[:, 0]) < 1e-2
    assert relative((half - exact)[:, 1], exact[:, 1]) < 1e-2


@pytest.mark.parametrize("axes", ["yx", "zyx"])
def test_a_linear_network_stays_as_it_is(axes: str) -> None:
    """Its only convolution is a straight path."""
    network = blur_network(axes, 2, reach=1, stride=2)
    assert not nodes_of(to_half(network), "Cast")
    frames = np.random.default_rng(0).random((1, 1, *[16] * len(axes)), np.float32)
    np.testing.assert_array_equal(run(to_half(network), frames), run(network, frames))


def chain(*weights: np.ndarray, as_constants: bool = False) -> bytes:
    """Convolutions 1 × 1 with rectifiers between, from raw to restored."""
    helper = onnx.helper
    names = ["raw", *(f"t{index}" for index in range(len(weights) - 1)), "restored"]
    nodes, initializers = [], []
    for index, ((given, made), values) in enumerate(zip(pairwise(names), weights, strict=True)):
        weight = onnx.numpy_helper.from_array(values.astype(np.float32), f"w{index}")
        if as_constants:
            nodes.append(helper.make_node("Constant", [], [f"w{index}"], value=weight))
        else:
            initializers.append(weight)
        convolved = made if made == "restored" else f"{made}_convolved"
        nodes.append(helper.make_node("Conv", [given, f"w{index}"], [convolved]))
        if made != "restored":
            nodes.append(helper.make_node("Relu", [convolved], [made]))
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "chain",
        [value("raw", FLOAT, ["n", 1, "y", "x"])],
        [value("restored", FLOAT, ["n", 1, "y", "x"])],
        initializers,
    )
    opset = [helper.make_opsetid("", 17)]
    content: bytes = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    return content


ONE = np.ones((1, 1, 1, 1))


@pytest.mark.parametrize("as_constants", [False, True])
def test_an_output_out_of_the_body_comes_as_fp32(*, as_constants: bool) -> None:
    half = to_half(chain(ONE * 0.5, ONE * 3, as_constants=as_constants))
    frames = np.full((1, 1, 2, 2), 0.3, np.float32)
    made = run_exactly(half, frames)
    assert made.dtype == np.float32
    assert made == pytest.approx(0.45, rel=2e-3)
    assert {weight.data_type for weight in onnx.load_from_string(half).graph.initializer} == {HALF}


@pytest.mark.parametrize("as_constants", [False, True])
@pytest.mark.parametrize("bad", [70000.0, np.inf, np.nan])
def test_weights_that_do_not_fit_are_named(bad: float, *, as_constants: bool) -> None:
    with pytest.raises(EngineError, match=r"'w1'.*precision fp32"):
        to_half(chain(ONE, ONE * bad, as_constants=as_constants))


def test_branches_are_refused() -> None:
    helper = onnx.helper
    model = onnx.load_from_string(chain(ONE, ONE))
    value = helper.make_tensor_value_info("other", FLOAT, None)
    branch = helper.make_graph([helper.make_node("Relu", ["raw"], ["other"])], "b", [], [value])
    yes = onnx.numpy_helper.from_array(np.array(True), "yes")
    model.graph.initializer.append(yes)
    node = helper.make_node("If", ["yes"], ["unused"], then_branch=branch, else_branch=branch)
    model.graph.node.append(node)
    with pytest.raises(EngineError, match="branch or loop"):
        to_half(model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"no network at all", b"\x08\x08"])
def test_what_is_no_network_is_refused(content: bytes) -> None:
    with pytest.raises(EngineError, match="half precision"):
        to_half(content)


def test_a_network_that_overflows_fits_fp32_only(tmp_path: Path) -> None:
    loud, quiet = overflowing_model(tmp_path), load_window_model()
    frames = frames_for(quiet, (1, 1, 32, 32))
    network = loud.onnx_path.read_bytes()
    np.testing.assert_array_equal(run(network, frames), run(quiet.onnx_path.read_bytes(), frames))
    assert not np.isfinite(run_exactly(to_half(network), frames)).all()
