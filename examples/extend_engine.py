"""An engine of your own: ONNX's reference implementation, slow and exact.

A network that reads and writes float32 in this machine's memory needs these two classes only:
`HostEngine` does the rest (normalisation, padding, tiles, checks). To keep it, put them into
livecare/engines/reference.py, and `ENTRY`, with "livecare.engines.reference" as its module, into
`ENGINES` of livecare/engines/__init__.py as "reference". From then on it is one of `--engine`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from livecare.engines import EngineEntry
from livecare.engines.host_engine import HostEngine
from livecare.errors import EngineError
from livecare.models import Model

Values = NDArray[np.float32]


class ReferenceNetwork:
    """A network that was opened: it knows its device, and how to run between two arrays."""

    device = "numpy"
    estimate_alone = False  # it always computes every output

    def __init__(self, path: str) -> None:
        self._evaluator: Any = ReferenceEvaluator(path)
        self._input = self._evaluator.input_names[0]

    def bind(self, given: Values, made: Values) -> Callable[[], None]:
        """Return what restores `given`, shape (y, x), into `made`, shape (outputs, y, x)."""

        def run() -> None:
            made[...] = self._evaluator.run(None, {self._input: given[None, None]})[0][0]

        return run


class ReferenceEngine(HostEngine):
    """See `livecare.engines.protocol.Engine`; tests/contracts/engine.py says what it must do."""

    name = "reference"
    failures = (RuntimeError, ValueError)  # what the library raises when a network fails

    def _open(self, model: Model, threads: int) -> ReferenceNetwork:
        del threads  # numpy has its own
        try:
            return ReferenceNetwork(str(model.onnx_path))
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"reference: {model.onnx_path} cannot be opened: {error}") from error


ENTRY = EngineEntry("extend_engine", "ReferenceEngine", ("onnx",), "import", precisions=("fp32",))
