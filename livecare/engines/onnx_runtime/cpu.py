"""ONNX Runtime on the CPU: in fp32, what every other engine is compared with; and in int8."""

from typing import ClassVar

from livecare.engines.host_engine import HostEngine
from livecare.engines.int8_range import RangedNetwork
from livecare.engines.onnx_runtime.session import (
    CPU,
    FAILURES,
    OrtNetwork,
    open_network,
    session_options,
)
from livecare.engines.quantised import find_quantised
from livecare.engines.workspace import Network
from livecare.models.package import Model


class OnnxRuntimeEngine(HostEngine):
    """Runs a model on the CPU. See `livecare.engines.protocol.Engine`."""

    name: ClassVar[str] = "onnxruntime"
    failures: ClassVar[tuple[type[Exception], ...]] = FAILURES

    def _open(self, model: Model, threads: int) -> Network:
        plain = self._session(model, str(model.onnx_path), threads)
        if self._precision != "int8":
            return plain
        int8 = find_quantised(model)
        return RangedNetwork(self._session(model, int8.onnx, threads), plain, int8.limits)

    def _session(self, model: Model, source: str | bytes, threads: int) -> OrtNetwork:
        return open_network(self.name, model, source, session_options(threads), [(CPU, {})])
