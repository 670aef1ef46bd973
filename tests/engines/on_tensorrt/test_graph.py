import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import blur_model, pointwise_model
from overflowing import overflowing_model
from window_package import load_window_model

onnx = pytest.importorskip("onnx", reason="the extra 'test' is missing")
pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from onnx.reference import ReferenceEvaluator
from wrapped import (
    CASES,
    WINDOWS,
    counts_feed,
    frames_of,
    from_bytes,
    restored_by_cpu,
    run,
)

from livecare.engines.protocol import Precision
from livecare.engines.tensorrt.graph import (
    MEAN,
    RAW,
    RESTORED,
    TABLE,
    UNITS,
    wrap,
)
from livecare.engines.tensorrt.packing import UNIT_COUNTS, kind_of
from livecare.errors import EngineError
from livecare.models import IntensityWindow, load_bundled
from livecare.models.noise_units import TABLE_STEPS


@pytest.mark.parametrize("shape_yx", [(65, 33), (64, 48), (1, 1), (7, 3)])
@pytest.mark.parametrize("name", CASES)
def test_counts_are_those_of_the_cpu(name: str, shape_yx: tuple[int, int]) -> None:
    make, normalisations = CASES[name]
    model, raw = make(), frames_of(shape_yx)
    graph = wrap(model, kind_of(normalisations), "counts", shape_yx, "fp32")
    made, mean = run(graph, counts_feed(raw, normalisations))
    expected = restored_by_cpu(model, raw, normalisations)
    assert np.abs(from_bytes(made).astype(int) - expected).max() <= 1
    assert mean.shape == (3,)
    assert np.isfinite(mean).all()


@pytest.mark.parametrize("name", CASES)
def test_counts_in_half_precision_are_close(name: str) -> None:
    make, normalisations = CASES[name]
    model, raw = make(), frames_of((65, 33))
    graph = wrap(model, kind_of(normalisations), "counts", (65, 33), "fp16")
    made, _ = run(graph, counts_feed(raw, normalisations))
    exact = restored_by_cpu(model, raw, normalisations).astype(float)
    change = np.sqrt(np.square(exact - raw).mean())
    assert np.sqrt(np.square(from_bytes(made) - exact).mean()) < 1e-2 * change


@pytest.mark.parametrize("name", CASES)
def test_a_frame_is_the_same_alone(name: str) -> None:
    make, normalisations = CASES[name]
    raw = frames_of((32, 48))
    graph = wrap(make(), kind_of(normalisations), "counts", (32, 48), "fp32")
    together, _ = run(graph, counts_feed(raw, normalisations))
    for index in range(len(raw)):
        one = slice(index, index + 1)
        alone, _ = run(graph, counts_feed(raw[one], normalisations[one]))
        np.testing.assert_array_equal(alone[0], together[index])


def test_a_network_that_is_gone_is_named(tmp_path: Path) -> None:
    model = replace(load_bundled(), onnx_path=tmp_path / "gone.onnx")
    with pytest.raises(EngineError, match=r"tensorrt: .*gone\.onnx cannot be read"):
        wrap(model, "noise", "units", (64, 64), "fp32")


def pass_through(folder: Path, counts: Sequence[int], units: Sequence[float]) -> list[int]:
    """What counts become by (counts - low) × factor × span + low alone."""
    raw = np.array(counts, np.uint16).reshape(1, 1, -1)
    graph = wrap(pointwise_model(folder, "Identity"), "window", "counts", (1, len(counts)), "fp32")
    feed = counts_feed(raw, [IntensityWindow(0.0, 1.0)])
    feed[UNITS][0] = units
    passed: list[int] = from_bytes(run(graph, feed)[0])[0, 0].tolist()
    return passed


@pytest.mark.parametrize("window", [(0.0, 1.0), (0.0, 65535.0), (1000.0, 1100.0), (-7.5, 3.0)])
@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_every_count_passes_a_network_that_does_nothing(
    tmp_path: Path, window: tuple[float, float], precision: Precision
) -> None:
    raw = np.arange(65536, dtype=np.uint16).reshape(1, 256, 256)
    graph = wrap(pointwise_model(tmp_path, "Identity"), "window", "counts", (256, 256), precision)
    made, mean = run(graph, counts_feed(raw, [IntensityWindow(*window)]))
    np.testing.assert_array_equal(from_bytes(made), raw)
    assert mean == pytest.approx((32767.5 - window[0]) / (window[1] - window[0]), rel=1e-3)


def test_halves_are_rounded_to_even(tmp_path: Path) -> None:
    passed = pass_through(tmp_path, [0, 1, 2, 3, 5, 7, 65533, 65535], [0.0, 0.5, 1.0])
    assert passed == [0, 0, 1, 2, 2, 4, 32766, 32768]


def test_counts_beyond_uint16_saturate(tmp_path: Path) -> None:
    assert pass_through(tmp_path, [0, 1, 100, 65535], [0.0, 700.0, 1.0]) == [0, 700, 65535, 65535]
    assert pass_through(tmp_path, [0, 1, 100, 65535], [0.0, -1.0, 1.0]) == [0] * 4
    assert pass_through(tmp_path, [0, 65535], [0.0, 1e30, 1e8]) == [0, 65535]


def test_what_is_not_finite_shows_in_the_mean(tmp_path: Path) -> None:
    """Counts cannot be NaN, so a network that overflows in fp16 must show elsewhere."""
    graph = wrap(overflowing_model(tmp_path), "window", "counts", (32, 32), "fp16")
    feed = counts_feed(frames_of((32, 32))[:2], WINDOWS[:2])
    with np.errstate(all="ignore"):
        made = dict(zip((RESTORED, MEAN), ReferenceEvaluator(graph).run(None, feed), strict=True))
    assert made[RESTORED].dtype == np.uint8
    assert not np.isfinite(made[MEAN]).any()


def test_one_pixel_that_is_not_finite_shows_in_its_frames_mean(tmp_path: Path) -> None:
    graph = wrap(pointwise_model(tmp_path, "Identity"), "window", "counts", (2, 2), "fp32")
    raw = np.array([[[0, 1], [2, 3]], [[0, 1], [2, 65535]]], np.uint16)
    feed = counts_feed(raw, [IntensityWindow(0.0, 1.0)] * 2)
    feed[UNITS][:, 1] = 1e34  # 65535 of it is more than fp32 holds
    assert np.isfinite(run(graph, feed)[1]).tolist() == [True, False]


@pytest.mark.parametrize("spread", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_units_are_those_of_the_network(name: str, *, spread: bool) -> None:
    model = CASES[name][0]()
    graph = wrap(model, "window", "units", (48, 64), "fp32", spread=spread)
    frames = np.random.default_rng(3).random((2, 1, 48, 64), np.float32) * 10
    (made,) = run(graph, {RAW: frames})
    (expected,) = run(model.onnx_path.read_bytes(), {RAW: frames})
    channels = len(model.outputs) if spread else 1
    assert made.shape == (2, channels, 48, 64)
    np.testing.assert_allclose(made, expected[:, :channels], rtol=1e-5, atol=1e-5)


def test_what_only_the_scale_needs_is_dropped() -> None:
    def operators(*, spread: bool) -> list[str]:
        graph = wrap(load_bundled("default"), "noise", "units", (32, 32), "fp16", spread=spread)
        return [node.op_type for node in onnx.load_from_string(graph).graph.node]

    assert "Softplus" in operators(spread=True)
    assert {"Softplus", "Where", "Sqrt", "Pow"}.isdisjoint(operators(spread=False))
    assert len(operators(spread=False)) < len(operators(spread=True))


@pytest.mark.parametrize("channels", [1, 2])
def test_other_networks_with_a_scale(tmp_path: Path, channels: int) -> None:
    model = blur_model(tmp_path, channels=channels, reach=2, stride=2)
    raw = frames_of((21, 30))
    graph = wrap(model, "window", "counts", (21, 30), "fp16")
    made, _ = run(graph, counts_feed(raw, WINDOWS))
    expected = restored_by_cpu(model, raw, WINDOWS)
    assert np.abs(from_bytes(made).astype(int) - expected).max() <= 1


def test_names_types_and_shapes() -> None:
    graph = onnx.load_from_string(wrap(load_bundled(), "noise", "counts", (65, 33), "fp16")).graph
    types = onnx.TensorProto
    found = {
        value.name: (
            value.type.tensor_type.elem_type,
            [each.dim_value or each.dim_param for each in value.type.tensor_type.shape.dim],
        )
        for value in (*graph.input, *graph.output)
    }
    assert found == {
        RAW: (types.UINT8, ["n", 65, 33, 2]),
        UNITS: (types.FLOAT, ["n", UNIT_COUNTS["noise"]]),
        TABLE: (types.FLOAT, ["n", TABLE_STEPS]),
        RESTORED: (types.UINT8, ["n", 65, 33, 2]),
        MEAN: (types.FLOAT, ["n"]),
    }


def test_the_same_graph_every_time() -> None:
    """Its digest names the engine in the cache."""
    one, other = (wrap(load_bundled(), "noise", "counts", (64, 48), "fp16") for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    ("axes", "shape_yx", "precision", "fault"),
    [
        ("yx", (30, 32), "fp32", r"multiple of the stride \(8, 8\)"),
        ("yx", (32, 32), "int8", "no precision 'int8'"),
        ("zyx", (32, 32), "fp32", "zyx"),
    ],
)
def test_what_cannot_be_wrapped(
    axes: str, shape_yx: tuple[int, int], precision: Precision, fault: str
) -> None:
    with pytest.raises(EngineError, match=fault):
        wrap(replace(load_window_model(), axes=axes), "window", "units", shape_yx, precision)


def test_a_damaged_network_is_named(tmp_path: Path) -> None:
    path = tmp_path / "damaged.onnx"
    path.write_bytes(load_window_model().onnx_path.read_bytes()[:5000])
    model = replace(load_window_model(), onnx_path=path)
    with pytest.raises(EngineError, match=re.escape(str(path))):
        wrap(model, "window", "counts", (32, 32), "fp32")


def test_a_newer_operator_set_is_converted(tmp_path: Path) -> None:
    newer = onnx.version_converter.convert_version(onnx.load(load_window_model().onnx_path), 19)
    path = tmp_path / "newer.onnx"
    path.write_bytes(newer.SerializeToString())
    model, raw = replace(load_window_model(), onnx_path=path), frames_of((33, 40))
    graph = wrap(model, "window", "counts", (33, 40), "fp16")
    assert [each.version for each in onnx.load_from_string(graph).opset_import] == [17]
    exact = wrap(load_window_model(), "window", "counts", (33, 40), "fp16")
    feed = counts_feed(raw, WINDOWS)
    np.testing.assert_array_equal(run(graph, feed)[0], run(exact, feed)[0])
