"""Stride and halo are measured: on U-Nets, and on networks that have no simple twin."""

import numpy as np
import onnx
import pytest
from importer_files import GOLDEN
from onnx import TensorProto, helper, numpy_helper

from livecare.errors import ModelError
from livecare.importers.csbdeep import import_folder
from livecare.importers.graph import Graph
from livecare.importers.network import Network
from livecare.importers.onnx_edit import append_steps, free_sizes, parse, positive_twin
from livecare.importers.processing import Affine, Clip, Sigmoid, Standardise
from livecare.importers.reach import Reach, measure_reach

RNG = np.random.default_rng(1)


def conv_network(sides: tuple[int, int], *extra: str) -> bytes:
    """One convolution, and nodes behind it."""
    kernel = RNG.normal(size=(1, 1, *sides)).astype(np.float32)
    pads = [side // 2 for side in sides] * 2
    nodes = [helper.make_node("Conv", ["a", "kernel"], ["b0"], pads=pads)]
    for index, kind in enumerate(extra):
        nodes.append(helper.make_node(kind, [f"b{index}"], [f"b{index + 1}"]))
    shape = ["n", 1, "y", "x"]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(f"b{len(extra)}", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


@pytest.mark.parametrize("extra", [(), ("Relu",), ("Sigmoid",), ("Softplus", "Abs")])
def test_a_single_convolution(extra: tuple[str, ...]) -> None:
    assert measure_reach(conv_network((3, 7), *extra), "yx") == Reach((1, 1), (1, 3))


def test_a_named_stride_is_kept() -> None:
    assert measure_reach(conv_network((3, 7)), "yx", at_least=4).multiple_of == (4, 4)


def test_no_pixel_beyond_the_halo_matters() -> None:
    network = import_folder(GOLDEN / "n2v2", None).network
    reach = measure_reach(network, "yx")
    assert reach == Reach((4, 4), (29, 29))
    twin = positive_twin(network)
    assert twin is not None
    runner = Network(twin)
    for distance, touched in ((29, True), (30, False)):
        seen = False
        for row in range(64, 68):
            frame = np.zeros((1, 1, 128, 8), np.float32)
            frame[0, 0, row] = 1e6
            output = runner.run(frame)[0, 0]
            seen |= bool(output[[row - distance, row + distance]].any())
        assert seen == touched


def test_dead_weights_do_not_hide_the_reach() -> None:
    graph = Graph(2)
    zeros = np.zeros((1, 1, 5, 5), np.float32)
    network = graph.finish(graph.conv("raw", zeros, np.full(1, -1, np.float32), relu=True), 1)
    assert measure_reach(network, "yx").halo_px == (2, 2)


def test_networks_that_look_at_the_whole_frame() -> None:
    model = onnx.load_model_from_string(conv_network((3, 3)))
    mean = helper.make_node("GlobalAveragePool", ["b0"], ["mean"])
    model.graph.node.extend([mean, helper.make_node("Add", ["b0", "mean"], ["all"])])
    model.graph.output[0].name = "all"
    with pytest.raises(ModelError, match="looks at the whole frame"):
        measure_reach(model.SerializeToString(), "yx")


def test_networks_of_one_size() -> None:
    model = onnx.load_model_from_string(conv_network((3, 3)))
    shape = numpy_helper.from_array(np.array([1, 1, 16, 16], np.int64), "shape")
    model.graph.initializer.append(shape)
    model.graph.node.append(helper.make_node("Reshape", ["b0", "shape"], ["c"]))
    model.graph.output[0].name = "c"
    with pytest.raises(ModelError, match="one size only"):
        measure_reach(model.SerializeToString(), "yx")


def test_declared_sizes_are_made_free() -> None:
    model = onnx.load_model_from_string(conv_network((3, 3)))
    for value in (*model.graph.input, *model.graph.output):
        for dim, size in zip(value.type.tensor_type.shape.dim, (1, 1, 16, 16), strict=True):
            dim.dim_value = size
    fixed = model.SerializeToString()
    assert not Network(fixed).fits((1, 1, 24, 40))
    free = Network(free_sizes(fixed))
    assert free.fits((1, 1, 24, 40))


def test_steps_behind_the_network() -> None:
    content = conv_network((3, 3))
    frame = RNG.normal(size=(1, 1, 9, 9)).astype(np.float32)
    steps = [Affine(2.0, 1.0), Sigmoid(), Clip(0.3, 0.6)]
    expected = Network(content).run(frame)
    for step in steps:
        expected = step.apply(expected)
    found = append_steps(content, steps)
    np.testing.assert_allclose(Network(found).run(frame), expected, atol=1e-6)
    assert measure_reach(found, "yx").halo_px == (1, 1)
    with pytest.raises(ModelError, match="depends on the frame"):
        append_steps(content, [Standardise()])


def test_files_that_are_no_network() -> None:
    with pytest.raises(ModelError, match="cannot be opened"):
        Network(b"no network")
    with pytest.raises(ModelError, match="cannot be read"):
        parse(b"no network")
    model = onnx.load_model_from_string(conv_network((3, 3)))
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL
    with pytest.raises(ModelError, match="weights in other files"):
        parse(model.SerializeToString())
