"""The packages that quantise: `onnx`, and the part of ONNX Runtime that needs it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import EngineError, MissingExtraError

try:
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process
except ImportError as error:
    raise MissingExtraError(error.name or "onnx", "build", "quantising a model") from error

from livecare.engines.onnx_runtime.session import FAILURES, open_plain

__all__ = ["estimates", "onnx", "prepare", "quantise_file"]

UNREADABLE: Final[tuple[type[Exception], ...]] = (OSError, ValueError, *FAILURES)
"""What is raised for a network that cannot be read."""

Values = NDArray[np.float32]


def prepare(source: Path, prepared: Path) -> onnx.ModelProto:
    """Write a network with constants folded, shapes inferred and a name for each operator.

    Raises
    ------
    EngineError
        If it is no network that ONNX Runtime can read.
    """
    try:
        with _silent():
            quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    except UNREADABLE as error:
        raise EngineError(
            f"int8: {source} cannot be quantised ({error}): export the model again"
        ) from error
    model = onnx.load(prepared)
    for index, node in enumerate(model.graph.node):
        node.name = f"{index} {node.name}"
    onnx.save(model, prepared)
    return model


def quantise_file(
    prepared: Path, made: Path, frames: Sequence[Values], left: Sequence[str]
) -> None:
    """Quantise the convolutions of a prepared network, with the rectifiers behind them.

    Weights are int8, symmetric, a scale for each channel made. Activations are uint8 between the
    least and the greatest value of all frames: percentiles, or what keeps most entropy, cut off the
    brightest structures. Weights use 7 bits, since two products of 8 bits overflow the 16 bits that
    processors without VNNI add them in: with the bundled models that costs less than 0.04 dB.

    Parameters
    ----------
    prepared, made : Path
        See `prepare`; and where to write.
    frames : sequence of array, each of shape (1, 1, y, x)
        What ranges are measured on, network units.
    left : sequence of str
        Names of operators that stay fp32.
    """
    with _silent():
        quantization.quantize_static(
            str(prepared),
            str(made),
            _Reader(frames, _input_name(prepared)),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=["Conv", "Relu"],
            nodes_to_exclude=list(left),
            calibrate_method=quantization.CalibrationMethod.MinMax,
        )


def estimates(network: str | bytes, frames: Sequence[Values], threads: int) -> list[Values]:
    """Return what a network makes of frames, each of shape (1, 1, y, x): their first channels."""
    session = open_plain(network, threads)
    name = session.get_inputs()[0].name
    return [session.run(None, {name: frame})[0][0, 0] for frame in frames]


class _Reader(quantization.CalibrationDataReader):  # type: ignore[misc]  # it has no types
    """Hands frames to the calibration, one at a time."""

    def __init__(self, frames: Sequence[Values], name: str) -> None:
        self._frames = iter(frames)
        self._name = name

    def get_next(self) -> dict[str, Values] | None:
        """Return the next frame under the input's name; None after the last one."""
        frame = next(self._frames, None)
        return None if frame is None else {self._name: frame}


def _input_name(prepared: Path) -> str:
    """Return what a prepared network calls its frames; weights can be among its inputs, too."""
    graph = onnx.load(prepared).graph
    weights = {each.name for each in graph.initializer}
    return next(str(each.name) for each in graph.input if each.name not in weights)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep advice of ONNX Runtime's quantisation, which is logged as if the program gave it."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(disabled)
