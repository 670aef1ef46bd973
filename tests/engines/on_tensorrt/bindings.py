"""TensorRT's real Python API without TensorRT: every call is held against what the bindings accept.

NVIDIA's own libraries are not on PyPI, but their bindings are (`tensorrt-cu13-bindings`). They load
beside three empty libraries, and their docstrings say what each call takes and returns. `Checked`
objects answer calls that fit and refuse all others, so that code of ours runs against the API of a
version that no test machine has.
"""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from inspect import Parameter, Signature
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

MODULE = "tensorrt_bindings"
FOLDER_VARIABLE = "LIVECARE_TENSORRT_BINDINGS"
"""Environment variable: a folder with the unpacked wheel, where it is not installed."""
EMPTY_LIBRARIES = {
    "nvinfer": (
        "createInferBuilder_INTERNAL",
        "createInferRefitter_INTERNAL",
        "createInferRuntime_INTERNAL",
        "getBuilderPluginRegistry",
        "getPluginRegistry",
    ),
    "nvinfer_plugin": ("initLibNvInferPlugins",),
    "nvonnxparser": (
        "createNvOnnxParser_INTERNAL",
        "createNvOnnxParserRefitter_INTERNAL",
        "getNvOnnxParserVersion",
    ),
}
"""What the bindings look for, by library."""
SONAME_VERSION = 11
SIGNATURE = re.compile(r"^(?:\d+\. )?\w+\((?P<given>.*)\) -> (?P<made>.+)$", re.MULTILINE)


def load_bindings(folder: Path) -> ModuleType:
    """Import the bindings of TensorRT 11, or skip with the reason; empty libraries go to folder."""
    if os.environ.get(FOLDER_VARIABLE):
        sys.path.append(os.environ[FOLDER_VARIABLE])
    if find_spec(MODULE) is None:
        pytest.skip("the package 'tensorrt-cu13-bindings' is missing: pip install it")
    if sys.platform != "linux" or shutil.which("gcc") is None:
        pytest.skip("empty libraries for TensorRT's bindings are made with gcc on Linux")
    if MODULE not in sys.modules and find_spec("tensorrt_libs") is None:
        for name, symbols in EMPTY_LIBRARIES.items():
            ctypes.CDLL(str(_make_library(folder, name, symbols)))
    return import_module(MODULE)


def _make_library(folder: Path, name: str, symbols: tuple[str, ...]) -> Path:
    source, made = folder / f"{name}.c", folder / f"lib{name}.so.{SONAME_VERSION}"
    source.write_text("".join(f"void *{each}(void) {{ return 0; }}\n" for each in symbols))
    subprocess.run(
        ["gcc", "-shared", "-fPIC", f"-Wl,-soname,{made.name}", "-o", str(made), str(source)],  # noqa: S607
        check=True,
    )
    return made


@dataclass
class Api:
    """A version of TensorRT whose calls are checked; stands in for its module.

    Attributes
    ----------
    bindings : module
        The real one. Its enumerations, types and ILogger are used as they are.
    answers : dict
        What calls and properties give back, by "Class.name", where it matters; a callable is given
        the arguments. Otherwise it follows from what the docstring says.
    called : list of str
        "Class.name" of all calls and properties, in order.
    """

    bindings: ModuleType
    answers: dict[str, Any] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 whatever the bindings have
        real = getattr(self.bindings, name)
        if name not in ("Builder", "OnnxParser", "Runtime"):
            return real

        def make(*given: object, **named: object) -> "Checked":
            self.call(f"{name}.__init__", real.__init__, (real, *given), named)
            return Checked(self, real)

        return make

    def call(
        self,
        name: str,
        real: Any,  # noqa: ANN401
        given: tuple[Any, ...],
        named: dict[str, Any],
    ) -> Any:  # noqa: ANN401
        """Check a call and answer it. Raises TypeError if no signature of it fits."""
        self.called.append(name)
        signatures = list(SIGNATURE.finditer(real.__doc__ or ""))
        for signature in signatures:
            if _fits(signature["given"], given, named):
                answer = self.answers.get(name, self.default(signature["made"]))
                return answer(*given[1:], **named) if callable(answer) else answer
        raise TypeError(f"{name}{given[1:]}{named} fits none of {[each[0] for each in signatures]}")

    def default(self, made: str) -> Any:  # noqa: ANN401
        """Return something of the type that a docstring names."""
        plain = {"bool": True, "int": 1, "str": "x", "None": None, "float": 1.0}
        name = _last_name(made)
        if name in plain:
            return plain[name]
        if name == "IHostMemory":
            return b"plan"
        real = getattr(self.bindings, name, None)
        assert isinstance(real, type), f"no answer is known for a result of type {made}"
        return Checked(self, real)


class Checked:
    """An object of one of the bindings' classes."""

    def __init__(self, api: Api, real: type) -> None:
        object.__setattr__(self, "_api", api)
        object.__setattr__(self, "_real", real)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name not in self._real.__dict__ and not hasattr(self._real, name):
            raise AttributeError(f"{self._real.__name__} has no '{name}'")
        real, full = getattr(self._real, name), f"{self._real.__name__}.{name}"
        if isinstance(real, property):
            self._api.called.append(full)
            made = (SIGNATURE.search(f"x{real.fget.__doc__}") or {"made": "None"})["made"]
            return self._api.answers[full] if full in self._api.answers else self._api.default(made)
        return lambda *given, **named: self._api.call(full, real, (self, *given), named)

    def __setattr__(self, name: str, value: object) -> None:
        real = getattr(self._real, name, None)
        if not isinstance(real, property) or real.fset is None:
            raise AttributeError(f"{self._real.__name__}.{name} cannot be set")
        self._api.called.append(f"{self._real.__name__}.{name}")


def _fits(parameters: str, given: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Say whether arguments fit a signature as pybind11 writes it: names, count and plain types."""
    found = []
    for each in re.split(r", (?=\w+:)", parameters):
        name, _, rest = each.partition(": ")
        kind, _, default = rest.partition(" = ")
        found.append(
            Parameter(
                name,
                Parameter.POSITIONAL_OR_KEYWORD,
                default=default or Parameter.empty,
                annotation=kind,
            )
        )
    signature = Signature(found)
    try:
        bound = signature.bind(*given, **named)
    except TypeError:
        return False
    return all(
        _is_a(value, str(signature.parameters[name].annotation))
        for name, value in list(bound.arguments.items())[1:]
    )


def _last_name(kind: str) -> str:
    """Return a type's own name; the parser's error is called IParserError in C++ alone."""
    return re.split(r"\.|::", kind)[-1].replace("IParserError", "ParserError")


def _is_a(value: Any, kind: str) -> bool:  # noqa: ANN401
    if isinstance(value, Checked):
        return _last_name(kind) == value._real.__name__
    plain = {
        "bool": bool,
        "str": str,
        "typing.SupportsInt": int,
        "int": int,
        "typing_extensions.Buffer": bytes,
    }
    if kind in plain:
        return isinstance(value, plain[kind])
    if kind.endswith(".Dims"):
        return isinstance(value, tuple) and all(isinstance(each, int) for each in value)
    return any(_last_name(kind) == base.__name__ for base in type(value).__mro__)
