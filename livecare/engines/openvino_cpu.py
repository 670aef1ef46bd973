"""OpenVINO on the CPU: which arithmetic it may use, and how much of the machine."""

from typing import Any, ClassVar, Final

from livecare.engines.host_engine import HostEngine
from livecare.engines.int8_range import RangedNetwork
from livecare.engines.model_network import read_network_file
from livecare.engines.openvino_network import DEVICE, FAILURES, open_network
from livecare.engines.openvino_runtime import openvino
from livecare.engines.quantised import find_quantised
from livecare.engines.workspace import Network
from livecare.errors import EngineError
from livecare.models.package import Model

HINTS: Final = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
"""Arithmetic of all that the graph itself does not say; never OpenVINO's own choice, which is
bfloat16 wherever the processor has it."""
CAPABILITIES: Final = {"bf16": "BF16"}
"""What the processor must be able to; elsewhere OpenVINO would compute in fp32 in silence."""


class OpenVINOEngine(HostEngine):
    """Runs a model on the CPU. See `livecare.engines.protocol.Engine`."""

    name: ClassVar[str] = "openvino"
    failures: ClassVar[tuple[type[Exception], ...]] = FAILURES

    def _open(self, model: Model, threads: int) -> Network:
        self._check_capability()
        settings = compile_settings(HINTS[self._precision], threads)
        plain = open_network(self.name, model, read_network_file(self.name, model), settings)
        if self._precision != "int8":
            return plain
        int8 = find_quantised(model)
        return RangedNetwork(
            open_network(self.name, model, int8.onnx, settings), plain, int8.limits
        )

    def _check_capability(self) -> None:
        needed = CAPABILITIES.get(self._precision)
        found = openvino.Core().get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")
        if needed is not None and needed not in found:
            raise EngineError(
                f"{self.name}: this CPU does not compute in {self._precision}; it has "
                f"{', '.join(found)}. Choose the precision fp32"
            )


def compile_settings(hint: str, threads: int) -> dict[str, Any]:
    """Return the properties that a network is compiled with.

    Threads are not pinned to cores, since the recorder and the viewer use the same ones (see
    docs/decisions/0005), and there is one stream: a frame at a time, as fast as it can be.
    """
    return {
        "INFERENCE_PRECISION_HINT": hint,
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False,
    }
