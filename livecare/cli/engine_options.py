"""What every command that runs a model asks of its engine, in the same words."""

from enum import StrEnum
from typing import Final

ENGINE_HELP: Final = (
    "auto, tensorrt, onnxruntime-cuda, onnxruntime-directml, openvino, onnxruntime or identity."
)
PRECISION_HELP: Final = "What the engine computes in; auto is fp16 on a GPU, fp32 on the CPU."


class PrecisionOption(StrEnum):
    """What an engine can compute in; see `livecare.frame.PrecisionName`."""

    AUTO = "auto"
    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"
    INT8 = "int8"
