import sys
from enum import IntEnum
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from livecare.engines import packages
from livecare.engines.tensorrt import flavour as flavours
from livecare.engines.tensorrt.flavour import Flavour, FlavourName, find_flavour, flags
from livecare.errors import EngineError, MissingExtraError


def install(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    """Pretend that these modules are installed, and no others."""
    for name, version in versions.items():
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(__version__=version))
    specs = {name: ModuleSpec(name, None, origin=f"{name}.py") for name in versions}
    monkeypatch.setattr(packages, "find_spec", specs.get)


@pytest.mark.parametrize(
    ("versions", "name", "version"),
    [
        ({"tensorrt": "11.4.0.106", "tensorrt_rtx": "1.7.1.116"}, "tensorrt", (11, 4, 0, 106)),
        ({"tensorrt": "8.6.0"}, "tensorrt", (8, 6, 0)),
        ({"tensorrt": "10.16.0b1"}, "tensorrt", (10, 16, 0, 1)),
        ({"tensorrt_rtx": "1.7.1.116"}, "tensorrt_rtx", (1, 7, 1, 116)),
    ],
)
def test_the_full_one_comes_first(
    monkeypatch: pytest.MonkeyPatch,
    versions: dict[str, str],
    name: FlavourName,
    version: tuple[int, ...],
) -> None:
    install(monkeypatch, **versions)
    found = find_flavour()
    assert (found.name, found.version, found.is_rtx) == (name, version, name == "tensorrt_rtx")
    assert found.title == f"{name} {'.'.join(map(str, version))}"


def test_a_wanted_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, tensorrt="11.4.0.106", tensorrt_rtx="1.7.1.116")
    assert find_flavour("tensorrt_rtx").is_rtx


@pytest.mark.parametrize(
    ("wanted", "extra"),
    [(None, "tensorrt"), ("tensorrt", "tensorrt"), ("tensorrt_rtx", "tensorrt-rtx")],
)
def test_none_is_installed(
    monkeypatch: pytest.MonkeyPatch, wanted: FlavourName | None, extra: str
) -> None:
    install(monkeypatch)
    with pytest.raises(MissingExtraError, match=rf"livecare\[{extra}\]"):
        find_flavour(wanted)


def test_a_folder_of_that_name_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tensorrt").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(flavours, "FLAVOURS", {"tensorrt": "tensorrt"})
    if (spec := find_spec("tensorrt")) is not None and spec.origin is not None:
        pytest.skip("the full TensorRT is installed here")
    with pytest.raises(MissingExtraError):
        find_flavour()


def test_one_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, tensorrt_rtx="1.7")

    def fail(_: str) -> None:
        raise ImportError("libnvinfer.so.11: cannot open shared object file")

    monkeypatch.setattr(flavours, "import_module", fail)
    with pytest.raises(EngineError, match=r"libnvinfer\.so\.11.*livecare\[tensorrt-rtx\]"):
        find_flavour()


class Old(IntEnum):
    """As in 8.6."""

    EXPLICIT_BATCH = 0
    EXPLICIT_PRECISION = 1


class Both(IntEnum):
    """As in 10."""

    EXPLICIT_BATCH = 0
    STRONGLY_TYPED = 1


class New(IntEnum):
    """As in 11 and RTX."""

    STRONGLY_TYPED = 0


@pytest.mark.parametrize(
    ("enum", "expected", "strong"), [(Old, 1, False), (Both, 3, True), (New, 1, True)]
)
def test_only_flags_that_the_version_has(
    enum: type[IntEnum], expected: int, *, strong: bool
) -> None:
    found = Flavour("tensorrt", (0,), SimpleNamespace(NetworkDefinitionCreationFlag=enum))
    assert (found.network_flags, found.strongly_typed) == (expected, strong)
    assert flags(enum, "NEVER") == 0
