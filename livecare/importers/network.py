"""Running a bare network: network units in, network units out, nothing around it.

The engines of `livecare.engines` do more: padding, tiles, camera units. Here only the network's own
arithmetic counts, to compare it with its source.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.importers.extras import load_extra

Values = NDArray[np.float32]

THREADS: Final = 1
"""CPU threads: an import is short and a run may be going on beside it."""


class Network:
    """An ONNX network, opened on the CPU.

    Parameters
    ----------
    content : bytes
        The ONNX file.

    Raises
    ------
    ModelError
        If ONNX Runtime cannot open it, or it has not one input and one output.
    MissingExtraError
        If ONNX Runtime is not installed.
    """

    def __init__(self, content: bytes) -> None:
        runtime = load_extra("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.log_severity_level = 4  # what fails is raised, and said better
        self._failures = _failures()
        try:
            self._session = runtime.InferenceSession(
                content, sess_options=options, providers=["CPUExecutionProvider"]
            )
        except self._failures as error:
            raise ModelError(
                f"the network cannot be opened by ONNX Runtime ({error}): export it again"
            ) from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1:
            raise ModelError(
                f"the network has {len(inputs)} inputs and {len(outputs)} outputs: livecare runs "
                "networks with one of each"
            )
        self._input, self._output = inputs[0].name, outputs[0].name

    def run(self, values: Values) -> Values:
        """Return what the network makes of values of shape (n, c, [z,] y, x).

        Raises
        ------
        ModelError
            If it cannot run on an input of that shape.
        """
        try:
            (made,) = self._session.run([self._output], {self._input: values})
        except self._failures as error:
            raise ModelError(
                f"the network fails on an input of the shape {values.shape}: {error}"
            ) from error
        return np.asarray(made, np.float32)

    def fits(self, shape: Sequence[int]) -> bool:
        """Return whether an input of this shape comes out in the same size."""
        try:
            made = self.run(np.zeros(shape, np.float32))
        except ModelError:
            return False
        return made.shape[2:] == tuple(shape[2:])


def _failures() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises; its exceptions have no base class of their own."""
    states = load_extra("onnxruntime").capi.onnxruntime_pybind11_state
    names = ("EPFail", "Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoModel")
    more = ("NoSuchFile", "NotImplemented", "RuntimeException")
    return tuple(getattr(states, name) for name in (*names, *more))
