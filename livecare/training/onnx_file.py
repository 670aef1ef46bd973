"""From a torch network to an ONNX file that every engine opens.

Operator set 17 without external data, since that is the newest that TensorRT 8.6 reads.
"""

from pathlib import Path

import onnx
import torch
from onnx import version_converter
from torch import nn
from torch.export import Dim

from livecare.models.writer import INPUT_NAME, OPERATOR_SET, OUTPUT_NAME

EXPORTED_OPERATOR_SET = 18
"""The oldest that torch's exporter writes by itself; it is converted afterwards."""
AXIS_NAMES = {0: "n", 2: "y", 3: "x"}
"""Axes of any size; axis 1 has one channel."""


def write_onnx(network: nn.Module, multiple_of: int, file: Path) -> None:
    """Write a network that maps (n, 1, y, x) to the same shape.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode.
    multiple_of : int
        Stride of the network: y and x are multiples of it, pixels.
    file : Path
        Where to write.
    """
    sizes = {0: Dim("n"), 2: multiple_of * Dim("y"), 3: multiple_of * Dim("x")}
    program = torch.onnx.export(
        network,
        (torch.zeros(2, 1, 8 * multiple_of, 8 * multiple_of),),
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
        for axis, name in AXIS_NAMES.items():
            value.type.tensor_type.shape.dim[axis].dim_param = name
    del model.graph.value_info[:]  # shapes inside the network follow from those names
    onnx.checker.check_model(model, full_check=True)
    onnx.save_model(model, file)
