"""ONNX Runtime's DirectML provider: any maker's GPU under Windows."""

from collections.abc import Mapping
from typing import ClassVar

import onnxruntime

from livecare.engines.onnx_runtime.gpu import OrtGpuEngine


class DirectMLEngine(OrtGpuEngine):
    """Runs a model with Direct3D 12. See `livecare.engines.protocol.Engine`.

    Never run on a GPU by livecare's own tests: those see that it refuses where there is none.
    """

    name: ClassVar[str] = "onnxruntime-directml"
    provider: ClassVar[str] = "DmlExecutionProvider"
    extra: ClassVar[str] = "onnxruntime-directml"
    settings: ClassVar[Mapping[str, str]] = {"device_id": "0"}

    def _options(self, threads: int) -> onnxruntime.SessionOptions:
        """Return options with what DirectML demands: no memory patterns, one operator at a time."""
        options = super()._options(threads)
        options.enable_mem_pattern = False
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        return options
