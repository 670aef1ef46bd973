"""What every command that runs a model asks of its engine, in the same words."""

from enum import StrEnum
from typing import Annotated, Final

import typer

ENGINE_HELP: Final = (
    "auto, tensorrt, onnxruntime-cuda, onnxruntime-directml, openvino, onnxruntime or identity."
)
PRECISION_HELP: Final = "What the engine computes in; auto is fp16 with TensorRT, fp32 elsewhere."


class PrecisionOption(StrEnum):
    """What an engine can compute in; see `livecare.frame.PrecisionName`."""

    AUTO = "auto"
    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"
    INT8 = "int8"


class PixelTypeOption(StrEnum):
    """Types of pixels; see `livecare.frame.PixelType`."""

    UINT8 = "uint8"
    UINT16 = "uint16"
    FLOAT32 = "float32"


Engine = Annotated[str, typer.Option(help=ENGINE_HELP)]
Precision = Annotated[PrecisionOption, typer.Option(help=PRECISION_HELP)]
Threads = Annotated[
    int | None, typer.Option(min=1, help="CPU threads of the engine; else one per core.")
]
