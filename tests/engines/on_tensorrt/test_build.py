"""Real engines of TensorRT for RTX, which needs no GPU to build, and builds that fail."""

from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from unittest.mock import MagicMock, Mock

import pytest

onnx = pytest.importorskip("onnx", reason="the extra 'test' is missing")
pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from overflowing import overflowing_model
from wrapped import CASES

from livecare.engines.protocol import Precision
from livecare.engines.tensorrt.build import Plan, build_network
from livecare.engines.tensorrt.flavour import Flavour, find_flavour
from livecare.engines.tensorrt.key import Gpu
from livecare.engines.tensorrt.packing import kind_of
from livecare.errors import EngineError
from livecare.models import Model, load_bundled

SMALL = Plan((64, 48), 2, "fp16", "counts", "noise")
TURING = Gpu("NVIDIA GeForce RTX 2080 Ti", (7, 5), 68, "13.0")
MAGIC = b"vtrt"
PRECISIONS: tuple[Precision, ...] = ("fp16", "fp32")


@pytest.fixture(scope="module")
def rtx() -> Flavour:
    pytest.importorskip("tensorrt_rtx", reason="the extra 'tensorrt-rtx' is missing")
    return find_flavour("tensorrt_rtx")


@pytest.fixture(scope="module")
def model() -> Model:
    return load_bundled("default-fast")


def build(model: Model, plan: Plan, flavour: Flavour, gpu: Gpu | None = None) -> bytes:
    return build_network(plan.wrap(model), plan, flavour, gpu).engine


def is_engine(plan: bytes) -> bool:
    """Whether bytes look like an engine, weights and all; only a GPU could load them."""
    return plan[:4] == MAGIC and len(plan) > 200_000


@pytest.mark.parametrize("name", CASES)
def test_engines_for_counts(rtx: Flavour, name: str) -> None:
    make, normalisations = CASES[name]
    plan = Plan((65, 33), 3, "fp16", "counts", kind_of(normalisations))
    half, single = (
        build(make(), replace(plan, precision=precision), rtx) for precision in PRECISIONS
    )
    assert is_engine(half)
    assert is_engine(single)
    assert len(single) - len(half) > 0.4 * make().onnx_path.stat().st_size  # of the weights


@pytest.mark.parametrize(
    ("name", "spread"), [("default-fast", False), ("default", True), ("default-gpu", False)]
)
def test_an_engine_for_units(rtx: Flavour, name: str, *, spread: bool) -> None:
    plan = Plan((64, 48), 1, "fp16", "units", "noise", spread)
    assert is_engine(build(load_bundled(name), plan, rtx))


def test_an_engine_for_turing_is_another(rtx: Flavour, model: Model) -> None:
    assert is_engine(build(model, SMALL, rtx, TURING))


def test_a_model_that_overflows_is_built_all_the_same(rtx: Flavour, tmp_path: Path) -> None:
    """Only a comparison with fp32 finds it."""
    plan = Plan((64, 48), 1, "fp16", "counts", "window")
    assert is_engine(build(overflowing_model(tmp_path), plan, rtx))


def test_what_is_no_network(rtx: Flavour) -> None:
    with pytest.raises(EngineError, match=r"tensorrt_rtx 1\..* cannot read the network"):
        build_network(b"no network", SMALL, rtx)


def test_an_operator_that_is_not_known_is_named(rtx: Flavour) -> None:
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Sharpen", ["raw"], ["restored"], domain="elsewhere")],
        "sharp",
        [value("raw", onnx.TensorProto.FLOAT, ["n", 1, 8, 8])],
        [value("restored", onnx.TensorProto.FLOAT, ["n", 1, 8, 8])],
    )
    opsets = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("elsewhere", 1)]
    network = onnx.helper.make_model(graph, opset_imports=opsets).SerializeToString()
    with pytest.raises(EngineError, match="Sharpen"):
        build_network(network, SMALL, rtx)


class OldNetworkFlag(IntEnum):
    EXPLICIT_BATCH = 0


class OldBuilderFlag(IntEnum):
    FP16 = 0
    TF32 = 7
    OBEY_PRECISION_CONSTRAINTS = 12


class Severity(IntEnum):
    INTERNAL_ERROR = 0
    ERROR = 1


def old_layer(kind: str, result: str) -> Mock:
    layer = Mock(type=kind, num_outputs=1, precision=None)
    layer.get_output.return_value.dtype = result
    return layer


@pytest.mark.parametrize(("precision", "held"), [("fp16", ["sum"]), ("fp32", [])])
def test_types_are_orders_for_8_6_too(precision: Precision, held: list[str]) -> None:
    """Held against a hand-made API: neither 8.6 nor its bindings run on a test machine."""
    layers = {
        "weights": old_layer("CONSTANT", "FLOAT"),
        "body": old_layer("CONVOLUTION", "HALF"),
        "sum": old_layer("ELEMENTWISE", "FLOAT"),
    }
    trt = MagicMock(
        NetworkDefinitionCreationFlag=OldNetworkFlag,
        BuilderFlag=OldBuilderFlag,
        ILogger=type("ILogger", (), {"Severity": Severity}),
        float32="FLOAT",
    )
    trt.LayerType.CONSTANT = "CONSTANT"
    builder = trt.Builder.return_value
    definition, config = builder.create_network.return_value, builder.create_builder_config()
    definition.num_layers, definition.num_inputs = len(layers), 1
    definition.get_layer.side_effect = list(layers.values()).__getitem__
    definition.get_input.return_value = Mock(shape=(-1, 64, 48, 2))
    config.add_optimization_profile.return_value = 0
    builder.build_serialized_network.return_value = b"engine"
    config.create_timing_cache.return_value.serialize.return_value = b"times"
    plan = replace(SMALL, precision=precision)
    built = build_network(b"network", plan, Flavour("tensorrt", (8, 6), trt), TURING)
    assert (built.engine, built.timings) == (b"engine", b"times")
    builder.create_network.assert_called_once_with(1 << OldNetworkFlag.EXPLICIT_BATCH)
    set_flags = [each.args[0] for each in config.set_flag.call_args_list]
    constraints = [OldBuilderFlag.FP16, OldBuilderFlag.OBEY_PRECISION_CONSTRAINTS]
    assert set_flags == (constraints if precision == "fp16" else [])
    assert [name for name, layer in layers.items() if layer.precision == "FLOAT"] == held
