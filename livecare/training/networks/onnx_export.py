"""From a torch network to ONNX that every engine opens, in two or three dimensions.

Operator set 17 without external data, since that is the newest that TensorRT 8.6 reads.
"""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Final

import onnx
import torch
from onnx import version_converter
from torch import nn
from torch.export import Dim

from livecare.models.writer import INPUT_NAME, OPERATOR_SET, OUTPUT_NAME

EXPORTED_OPERATOR_SET: Final = 18
"""The oldest that torch's exporter writes by itself; it is converted afterwards."""
EXAMPLE_STRIDES: Final = 6
"""Sides of the frame that the network is traced with, in strides."""


def to_onnx(network: nn.Module, multiple_of: int, dimensions: int = 2) -> bytes:
    """Return a network that maps (n, 1, [z,] y, x) to (n, c, [z,] y, x) as an ONNX file's bytes.

    Parameters
    ----------
    network : torch.nn.Module
        On the CPU, in evaluation mode.
    multiple_of : int
        Stride of the network: each side is a multiple of it, pixels.
    dimensions : int
        2 or 3.
    """
    names = "zyx"[-dimensions:]
    sizes = {0: Dim("n")} | {
        axis: multiple_of * Dim(name) for axis, name in enumerate(names, start=2)
    }
    side = EXAMPLE_STRIDES * multiple_of
    with _quiet():
        program = torch.onnx.export(
            network,
            (torch.zeros(2, 1, *[side] * dimensions),),
            dynamic_shapes=(sizes,),
            input_names=[INPUT_NAME],
            output_names=[OUTPUT_NAME],
            opset_version=EXPORTED_OPERATOR_SET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export returned no program: check the version of torch")
    model = version_converter.convert_version(program.model_proto, OPERATOR_SET)
    for value in (*model.graph.input, *model.graph.output):
        for axis, name in {0: "n", **dict(enumerate(names, start=2))}.items():
            value.type.tensor_type.shape.dim[axis].dim_param = name
    del model.graph.value_info[:]  # shapes inside the network follow from those names
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter from telling users of its inside and of packages that are not needed."""
    talker = logging.getLogger("torch.onnx")
    level = talker.level
    talker.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        talker.setLevel(level)
