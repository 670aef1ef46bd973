"""How OpenVINO compiles a network for frames of one size and runs it between two buffers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from livecare.engines.faults import engine_failure
from livecare.engines.model_network import NetworkTensor, check_tensors
from livecare.engines.openvino_graph import keep_estimate, widen_at_once
from livecare.engines.openvino_runtime import openvino
from livecare.engines.workspace import Run, Values
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
        check_tensors(engine, model, [*_told(graph.inputs)], [*_told(graph.outputs)])
        return OpenVINONetwork(core, graph, settings)
    except FAILURES as error:
        words = f"{engine}: {model.onnx_path} cannot be loaded ({error}): export the model again"
        raise engine_failure(error, words) from error


def _told(values: Sequence[Any]) -> Iterator[NetworkTensor]:
    """Yield what a graph says of its inputs or outputs."""
    for value in values:
        shape = value.get_partial_shape()
        axes = shape.rank.get_length() if shape.rank.is_static else None
        fixed = axes is not None and axes > 1 and shape[1].is_static
        yield NetworkTensor(
            words=f"{value.get_element_type()} {shape}",
            float32=value.get_element_type() == openvino.Type.f32,
            axes=axes,
            channels=shape[1].get_length() if fixed else None,
        )
