"""Engines: the table of what can run a model, and how one is chosen.

The table holds import paths, so that the recorder's process never imports an engine's library.
"""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from livecare.engines.protocol import Engine
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
        The engine's class; imported only when it is made.
    package : str or None
        The package that it needs beyond livecare's own; None for none.
    extra : str or None
        The extra of livecare that brings that package.
    """

    module: str
    class_name: str
    package: str | None = None
    extra: str | None = None

    @property
    def available(self) -> bool:
        """Whether the package is installed; it is looked for, not imported."""
        return self.package is None or find_spec(self.package) is not None


ENGINES: dict[str, EngineEntry] = {
    "onnxruntime": EngineEntry(
        module="livecare.engines.onnx_cpu",
        class_name="OnnxRuntimeEngine",
        package="onnxruntime",
        extra="onnxruntime",
    ),
    "identity": EngineEntry(module="livecare.engines.identity", class_name="IdentityEngine"),
}

AUTO = "auto"
"""Name that stands for the best engine that is installed."""
AUTO_ORDER = ("onnxruntime",)
"""Engines that restore, best first."""


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
        raise MissingExtraError(entry.package or name, entry.extra or name, f"the engine '{name}'")
    return name


def make_engine(name: str = AUTO) -> Engine:
    """Import and make an engine; name and errors as for `resolve_engine`."""
    entry = ENGINES[resolve_engine(name)]
    made = getattr(import_module(entry.module), entry.class_name)()
    if not isinstance(made, Engine):
        raise ConfigError(f"engine: {entry.module}.{entry.class_name} is no livecare engine")
    return made
