"""ONNX Runtime's CUDA provider: on NVIDIA's GPUs where TensorRT is not installed."""

import contextlib
import io
from collections.abc import Mapping
from typing import ClassVar

import onnxruntime

from livecare.engines.onnx_runtime.gpu import OrtGpuEngine
from livecare.logs import logger


class CudaEngine(OrtGpuEngine):
    """Runs a model with CUDA and cuDNN. See `livecare.engines.protocol.Engine`.

    Never run on a GPU by livecare's own tests: those see that it refuses where there is none.
    """

    name: ClassVar[str] = "onnxruntime-cuda"
    provider: ClassVar[str] = "CUDAExecutionProvider"
    extra: ClassVar[str] = "onnxruntime-gpu"
    settings: ClassVar[Mapping[str, str]] = {
        "use_tf32": "0",  # 10 bits of mantissa would be no fp32
    }

    def _prepare(self) -> None:
        """Load CUDA and cuDNN from NVIDIA's Python packages, where those are installed."""
        told = io.StringIO()
        with contextlib.redirect_stdout(told):  # it prints what it does not find
            onnxruntime.preload_dlls(directory="")
        if told.getvalue():
            logger().info("CUDA libraries looked for", found=told.getvalue().strip())
