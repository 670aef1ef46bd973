"""Which TensorRT is installed, the full one or TensorRT for RTX, and what its version knows."""

import re
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Literal

from livecare.engines.packages import has_module
from livecare.errors import EngineError, MissingExtraError

FlavourName = Literal["tensorrt", "tensorrt_rtx"]
FLAVOURS: Final[dict[FlavourName, str]] = {
    "tensorrt": "tensorrt",
    "tensorrt_rtx": "tensorrt-rtx",
}
"""Modules, best first, and the extras of livecare that bring them: the full one picks its kernels
by timing them and knows the data-centre GPUs; that for RTX needs no long build."""
PURPOSE: Final = "the engine 'tensorrt'"


@dataclass(frozen=True, slots=True)
class Flavour:
    """An imported TensorRT.

    Attributes
    ----------
    name : {"tensorrt", "tensorrt_rtx"}
        Its Python module.
    version : tuple of int
        For example (11, 4, 0, 106).
    module : module
        The imported bindings; typed Any since the two differ and neither has complete types.
    """

    name: FlavourName
    version: tuple[int, ...]
    module: Any

    @property
    def is_rtx(self) -> bool:
        """Whether it is TensorRT for RTX, whose engines are compiled on the GPU that runs them."""
        return self.name == "tensorrt_rtx"

    @property
    def title(self) -> str:
        """The name and the version, for messages and keys: "tensorrt 11.4.0.106"."""
        return f"{self.name} {'.'.join(map(str, self.version))}"

    @property
    def strongly_typed(self) -> bool:
        """Whether the types in the network are orders; TensorRT before 10 takes them as hints."""
        return hasattr(self.module.NetworkDefinitionCreationFlag, "STRONGLY_TYPED")

    @property
    def network_flags(self) -> int:
        """What `create_network` is given: those of our flags that this version has."""
        return flags(self.module.NetworkDefinitionCreationFlag, "EXPLICIT_BATCH", "STRONGLY_TYPED")


def flags(enum: Any, *names: str) -> int:  # noqa: ANN401 the bindings have no types
    """Return the bit set of those members that an enumeration of TensorRT has."""
    found = (getattr(enum, name) for name in names if hasattr(enum, name))
    return sum(1 << int(flag) for flag in found)


def find_flavour(wanted: FlavourName | None = None) -> Flavour:
    """Import the best TensorRT that is installed, or the one that is wanted.

    Raises
    ------
    MissingExtraError
        If there is none; names the extra.
    EngineError
        If one is installed but cannot be imported, for example without NVIDIA's libraries.
    """
    names = FLAVOURS if wanted is None else (wanted,)
    name = next((name for name in names if has_module(name)), None)
    if name is None:
        missing = wanted or "tensorrt"
        raise MissingExtraError(missing, FLAVOURS[missing], PURPOSE)
    try:
        module = import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineError(
            f"tensorrt: the package '{name}' is installed but cannot be imported ({error}): "
            f"install it again with  pip install --force-reinstall 'livecare[{FLAVOURS[name]}]'"
        ) from error
    return Flavour(name, _version(module.__version__), module)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))
