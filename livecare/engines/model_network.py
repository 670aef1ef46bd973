"""What every engine asks of a model's network: a readable file, one tensor in and one out."""

from collections.abc import Sequence
from dataclasses import dataclass

from livecare.errors import EngineError
from livecare.models.package import Model


@dataclass(frozen=True, slots=True)
class NetworkTensor:
    """An input or output of a network, as the library that opened it says.

    Attributes
    ----------
    words : str
        Its type and shape, for people.
    float32 : bool
        Whether its values are of that type.
    axes : int or None
        How many it has; None where that is not fixed.
    channels : int or None
        Length of the second one; None where that is not fixed.
    """

    words: str
    float32: bool
    axes: int | None
    channels: int | None


def read_network_file(engine: str, model: Model) -> bytes:
    """Return the content of a model's ONNX file.

    Raises
    ------
    EngineError
        If it cannot be read; `engine` begins the message.
    """
    try:
        return model.onnx_path.read_bytes()
    except OSError as error:
        raise EngineError(
            f"{engine}: {model.onnx_path} cannot be read ({error}): get the package again"
        ) from error


def check_tensors(
    engine: str, model: Model, inputs: Sequence[NetworkTensor], outputs: Sequence[NetworkTensor]
) -> None:
    """Raise EngineError unless a network has the input and the output that its package names."""
    for tensors, kind in ((inputs, "input"), (outputs, "output")):
        if (
            len(tensors) != 1
            or not tensors[0].float32
            or tensors[0].axes != 2 + len(model.axes)  # n and channels before them
        ):
            raise EngineError(
                f"{engine}: {model.onnx_path} has the {kind}s "
                f"{', '.join(each.words for each in tensors) or 'none'}; "
                f"livecare runs networks with one float32 tensor (n, 1, {', '.join(model.axes)})"
            )
    made = outputs[0].channels
    if made is not None and made != len(model.outputs):
        raise EngineError(
            f"{engine}: {model.onnx_path} makes {made} channels, but its package names the outputs "
            f"{', '.join(model.outputs)}: mend the key 'config.livecare.outputs'"
        )
