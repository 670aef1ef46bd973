"""How OpenVINO compiles a network for frames of one size and runs it between two buffers."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from livecare.engines.faults import engine_failure
from livecare.engines.openvino_graph import keep_estimate, widen_at_once
from livecare.engines.openvino_runtime import openvino
from livecare.engines.workspace import Run, Values
from livecare.errors import EngineError
from livecare.models.package import Model

DEVICE: Final = "CPU"

FAILURES: Final[tuple[type[Exception], ...]] = (RuntimeError,)
"""What OpenVINO raises: nothing of its own."""


class OpenVINONetwork:
    """A graph, compiled anew for each size. A `livecare.engines.workspace.Network`.

    Parameters
    ----------
    core : openvino.Core
        The library's.
    graph : openvino.Model
        What was read from the model's file.
    settings : mapping
        Properties that the graph is compiled with.
    """

    def __init__(
        self, core: "openvino.Core", graph: "openvino.Model", settings: Mapping[str, Any]
    ) -> None:
        self._core = core
        self._settings = dict(settings)
        self._graph = graph
        alone = graph.clone()
        self._alone = alone if keep_estimate(alone) else None

    @property
    def device(self) -> str:
        """The processor, as OpenVINO says."""
        return f"{DEVICE}: {str(self._core.get_property(DEVICE, 'FULL_DEVICE_NAME')).strip()}"

    @property
    def estimate_alone(self) -> bool:
        """Whether the graph's end is one from which the estimate can be had alone."""
        return self._alone is not None

    def bind(self, given: Values, made: Values) -> Run:
        """Compile for the buffers' sizes and let OpenVINO read and write them without copies."""
        alone = self._alone if len(made) == 1 else None
        graph = (alone or self._graph).clone()
        graph.reshape([1, 1, *given.shape])
        widen_at_once(graph)
        compiled = self._core.compile_model(graph, DEVICE, self._settings)
        request = compiled.create_infer_request()
        request.set_input_tensor(openvino.Tensor(given[np.newaxis, np.newaxis], shared_memory=True))
        request.set_output_tensor(openvino.Tensor(made[np.newaxis], shared_memory=True))
        return lambda: request.infer(share_outputs=True)


def open_network(
    engine: str, model: Model, content: bytes, settings: Mapping[str, Any]
) -> OpenVINONetwork:
    """Read a network.

    Parameters
    ----------
    engine : str
        Key of the engine, for messages.
    model : Model
        Whose network it is.
    content : bytes
        Of its ONNX file.
    settings : mapping
        Properties that it is compiled with.

    Raises
    ------
    EngineError
        If it cannot be read, or is not what the package says.
    """
    core = openvino.Core()
    try:
        graph = core.read_model(content)
        _check_tensors(engine, graph, model)
        return OpenVINONetwork(core, graph, settings)
    except FAILURES as error:
        words = f"{engine}: {model.onnx_path} cannot be loaded ({error}): export the model again"
        raise engine_failure(error, words) from error


def _check_tensors(engine: str, graph: Any, model: Model) -> None:  # noqa: ANN401 OpenVINO's
    """Raise EngineError unless the network has the input and the output that the model names."""
    for values, kind in ((graph.inputs, "input"), (graph.outputs, "output")):
        shapes = [value.get_partial_shape() for value in values]
        if (
            len(values) != 1
            or values[0].get_element_type() != openvino.Type.f32
            or shapes[0].rank.is_dynamic
            or shapes[0].rank.get_length() != 2 + len(model.axes)
        ):
            found = [f"{value.get_element_type()} {value.get_partial_shape()}" for value in values]
            raise EngineError(
                f"{engine}: {model.onnx_path} has the {kind}s {', '.join(found)}; "
                f"livecare runs networks with one float32 tensor (n, 1, {', '.join(model.axes)})"
            )
    made = graph.outputs[0].get_partial_shape()[1]
    if made.is_static and made.get_length() != len(model.outputs):
        raise EngineError(
            f"{engine}: {model.onnx_path} makes {made} channels, but its package names the outputs "
            f"{', '.join(model.outputs)}: mend the key 'config.livecare.outputs'"
        )
