"""How a network is opened by ONNX Runtime, and bound to buffers in host memory."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from livecare.engines.faults import engine_failure
from livecare.engines.model_network import NetworkTensor, check_tensors
from livecare.engines.workspace import Run, Values
from livecare.errors import EngineError
from livecare.models.package import Model

CPU: Final = "CPUExecutionProvider"
"""The provider that runs anywhere."""

SPINNING: Final = "0"
"""Whether threads that wait for work keep a core busy. "1" saves 3 of 40 ms per frame and costs a
quarter more CPU time, which the recorder needs."""

LEAST_SEVERITY: Final = 3
"""Messages of ONNX Runtime below errors are not printed: what matters of them is raised here."""

FAILURES: Final[tuple[type[Exception], ...]] = (
    failures.EPFail,
    failures.Fail,
    failures.InvalidArgument,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.NoModel,
    failures.NoSuchFile,
    failures.NotImplemented,
    failures.RuntimeException,
    RuntimeError,
)
"""What ONNX Runtime raises; its exceptions have no base class of their own, and a run between bound
buffers raises Python's."""

Provider = tuple[str, Mapping[str, str]]
"""Name of what runs a network, and its options."""


class OrtNetwork:
    """A session. A `livecare.engines.workspace.Network`.

    Its one output has all channels, so there is no estimate alone.
    """

    estimate_alone = False

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    @property
    def device(self) -> str:
        """The provider that comes first in the session: the one that runs what it can."""
        return str(self._session.get_providers()[0])

    def bind(self, given: Values, made: Values) -> Run:
        """Let the session read ([z,] y, x) and write (channels, [z,] y, x) without copies."""
        session = self._session
        binding = session.io_binding()
        source, target = session.get_inputs()[0].name, session.get_outputs()[0].name
        binding.bind_input(source, "cpu", 0, np.float32, (1, 1, *given.shape), given.ctypes.data)
        binding.bind_output(target, "cpu", 0, np.float32, (1, *made.shape), made.ctypes.data)
        return lambda: session.run_with_iobinding(binding)


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """Return what all sessions are opened with, for these many CPU threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = LEAST_SEVERITY
    options.add_session_config_entry("session.intra_op.allow_spinning", SPINNING)
    return options


def open_plain(network: str | bytes, threads: int) -> onnxruntime.InferenceSession:
    """Open a network on the CPU, by its path or content, without a look at what it is."""
    return onnxruntime.InferenceSession(
        network, sess_options=session_options(threads), providers=[CPU]
    )


def open_network(
    engine: str,
    model: Model,
    source: str | bytes,
    options: onnxruntime.SessionOptions,
    providers: Sequence[Provider],
) -> OrtNetwork:
    """Open a network.

    Parameters
    ----------
    engine : str
        Key of the engine, for messages.
    model : Model
        Whose network it is.
    source : str or bytes
        Path of its ONNX file, or the file's content.
    options : onnxruntime.SessionOptions
        See `session_options`.
    providers : sequence of Provider
        What may run it; the first is the one that has to.

    Raises
    ------
    EngineError
        If it cannot be opened, is not what the package says, or runs on another provider.
    """
    try:
        session = onnxruntime.InferenceSession(
            source, sess_options=options, providers=[(name, dict(each)) for name, each in providers]
        )
    except FAILURES as error:
        words = f"{engine}: {model.onnx_path} cannot be loaded ({error}): export the model again"
        raise engine_failure(error, words) from error
    session.disable_fallback()
    network = OrtNetwork(session)
    wanted = providers[0][0]
    if network.device != wanted:
        raise EngineError(
            f"{engine}: {model.onnx_path} would run on {network.device} instead of {wanted}: "
            f"the libraries that {wanted} needs are missing or do not go with the driver; "
            "`livecare doctor` lists what was found"
        )
    check_tensors(engine, model, _told(session.get_inputs()), _told(session.get_outputs()))
    return network


def _told(values: Sequence[onnxruntime.NodeArg]) -> list[NetworkTensor]:
    """Return what a session says of its inputs or outputs."""
    return [
        NetworkTensor(
            words=f"{value.name} {value.type} {value.shape}",
            float32=value.type == "tensor(float)",
            axes=len(value.shape),
            channels=next((each for each in value.shape[1:2] if isinstance(each, int)), None),
        )
        for value in values
    ]
