"""Engines: the table of what can run a model, and how one of it is made.

The table holds import paths, so that the recorder's process never imports an engine's library.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Final

from livecare.engines.packages import has_distribution, has_module
from livecare.engines.protocol import Engine, Precision
from livecare.errors import ConfigError, MissingExtraError

__all__ = [
    "AUTO",
    "ENGINES",
    "Engine",
    "EngineEntry",
    "available_engines",
    "make_engine",
    "resolve_engine",
]


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """Where an engine is found.

    Attributes
    ----------
    module, class_name : str
        The engine's class, made with a precision; imported only when it is made.
    packages : tuple of str
        Packages beyond livecare's own of which it needs one; none for none.
    extra : str or None
        The extra of livecare that brings one of them.
    distribution : str or None
        The distribution that has to have brought the package, where several do.
    precisions : tuple of Precision
        What it can compute in, the one that it takes by itself first; none where nothing runs.
    """

    module: str
    class_name: str
    packages: tuple[str, ...] = ()
    extra: str | None = None
    distribution: str | None = None
    precisions: tuple[Precision, ...] = ()

    @property
    def available(self) -> bool:
        """Whether a package that it needs is installed; it is looked for, not imported."""
        found = not self.packages or any(map(has_module, self.packages))
        return found and (self.distribution is None or has_distribution(self.distribution))


ENGINES: Final[dict[str, EngineEntry]] = {
    "tensorrt": EngineEntry(
        module="livecare.engines.tensorrt.engine",
        class_name="TensorRTEngine",
        packages=("tensorrt", "tensorrt_rtx"),
        extra="tensorrt",
        precisions=("fp16", "fp32"),
    ),
    "onnxruntime-cuda": EngineEntry(
        module="livecare.engines.onnx_runtime.cuda",
        class_name="CudaEngine",
        packages=("onnxruntime",),
        extra="onnxruntime-gpu",
        distribution="onnxruntime-gpu",
        precisions=("fp32", "fp16"),
    ),
    "onnxruntime-directml": EngineEntry(
        module="livecare.engines.onnx_runtime.directml",
        class_name="DirectMLEngine",
        packages=("onnxruntime",),
        extra="onnxruntime-directml",
        distribution="onnxruntime-directml",
        precisions=("fp32", "fp16"),
    ),
    "openvino": EngineEntry(
        module="livecare.engines.openvino_cpu",
        class_name="OpenVINOEngine",
        packages=("openvino",),
        extra="openvino",
        precisions=("fp32", "bf16", "int8"),
    ),
    "onnxruntime": EngineEntry(
        module="livecare.engines.onnx_runtime.cpu",
        class_name="OnnxRuntimeEngine",
        packages=("onnxruntime",),
        extra="onnxruntime",
        precisions=("fp32", "int8"),
    ),
    "identity": EngineEntry(module="livecare.engines.identity", class_name="IdentityEngine"),
}

AUTO: Final = "auto"
"""Name that stands for the best engine that is installed."""
AUTO_ORDER: Final = (
    "tensorrt",
    "onnxruntime-cuda",
    "onnxruntime-directml",
    "openvino",
    "onnxruntime",
)
"""Engines that restore, best first: graphics cards before processors, and what is built for them
before what runs anywhere."""


def available_engines() -> tuple[str, ...]:
    """Return the names of the engines whose packages are installed."""
    return tuple(name for name, entry in ENGINES.items() if entry.available)


def resolve_engine(name: str = AUTO) -> str:
    """Return the name of an installed engine, "auto" resolved, without importing it.

    Raises
    ------
    ConfigError
        If there is no engine of that name.
    MissingExtraError
        If its package is not installed; says which extra brings it.
    """
    if name == AUTO:
        name = next((each for each in AUTO_ORDER if ENGINES[each].available), AUTO_ORDER[-1])
    if name not in ENGINES:
        raise ConfigError(
            f"engine: there is no '{name}'; choose {AUTO} or one of {', '.join(ENGINES)}"
        )
    entry = ENGINES[name]
    if not entry.available:
        raise MissingExtraError(
            entry.distribution or " or ".join(entry.packages),
            entry.extra or name,
            f"the engine '{name}'",
        )
    return name


def make_engine(name: str, precision: Precision | None = None) -> Engine:
    """Import and make an engine that computes in a precision, None for the one that it prefers.

    Raises
    ------
    ConfigError
        If there is no engine of that name, or it knows no such precision.
    MissingExtraError
        If its package is not installed; says which extra brings it.
    """
    name = resolve_engine(name)
    entry = ENGINES[name]
    if precision is not None and precision not in entry.precisions:
        raise ConfigError(
            f"engine: '{name}' does not compute in {precision}; it knows "
            f"{', '.join(entry.precisions) or 'no arithmetic at all'}"
        )
    make = getattr(import_module(entry.module), entry.class_name)
    made = make(precision or entry.precisions[0]) if entry.precisions else make()
    if not isinstance(made, Engine):
        raise ConfigError(f"engine: {entry.module}.{entry.class_name} is no livecare engine")
    return made
