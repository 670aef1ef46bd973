"""An engine that really computes in half precision, slowly, by ONNX's own definition."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from livecare.engines.half import to_half
from livecare.engines.host_engine import HostEngine
from livecare.models import Model

Values = NDArray[np.float32]


class RoundingNetwork:
    """Runs a network and rounds every value between its layers to fp16."""

    device = "ONNX's reference"
    estimate_alone = False

    def __init__(self, network: bytes) -> None:
        self._evaluator: Any = ReferenceEvaluator(network)

    def bind(self, given: Values, made: Values) -> Callable[[], None]:
        def run() -> None:
            with np.errstate(all="ignore"):
                made[...] = self._evaluator.run(None, {"raw": given[None, None]})[0][0]

        return run


class RoundingEngine(HostEngine):
    """See `livecare.engines.protocol.Engine`."""

    name = "rounding"
    failures = ()

    def _open(self, model: Model, threads: int) -> RoundingNetwork:  # noqa: ARG002
        return RoundingNetwork(to_half(model.onnx_path.read_bytes()))
