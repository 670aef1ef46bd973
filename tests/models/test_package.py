import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from package_files import WEIGHTS, description, write_package
from window_package import WINDOW_PACKAGE

from livecare.errors import ConfigError, ModelError
from livecare.models import IntensityWindow, Model, bundled_names, find_model, load_bundled
from livecare.models.normalise import KINDS, Fixed

MISSING = object()


def change(described: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    """Set or delete a dotted key."""
    *parents, last = key.split(".")
    inner = described
    for parent in parents:
        inner = inner[parent]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return described


@pytest.mark.parametrize("name", ["bioimageio.yaml", "rdf.yaml"])
def test_a_whole_package(tmp_path: Path, name: str) -> None:
    folder = write_package(tmp_path / "tiny", description(), name)
    model = Model.load(folder)
    assert model.name == "tiny"
    assert model.onnx_path.read_bytes() == WEIGHTS
    assert model.sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    assert (model.axes, model.outputs) == ("yx", ("estimate",))
    assert (model.multiple_of, model.halo_px) == ((8, 8), (50, 50))
    assert (model.normalisation.low_percentile, model.normalisation.high_percentile) == (2.0, 99.8)
    assert model.provenance == {"seed": 1}


def test_the_window_is_locked_to_the_packages_percentiles(tmp_path: Path) -> None:
    keys = "config.livecare.normalisation"
    described = change(description(), f"{keys}.low_percentile", 25)
    model = Model.load(write_package(tmp_path, change(described, f"{keys}.high_percentile", 75)))
    frame = np.arange(101, dtype=np.uint16).reshape(1, 101)
    locked = model.lock([frame])
    assert isinstance(locked, Fixed)
    assert locked.window == IntensityWindow(25.0, 75.0)


def test_a_stack_model_with_its_spread(tmp_path: Path) -> None:
    described = change(description(), "config.livecare.axes", "zyx")
    described = change(described, "config.livecare.outputs", ["estimate", "scale"])
    described = change(described, "config.livecare.halo_px", [4, 9, 9])
    model = Model.load(write_package(tmp_path, described))
    assert (model.axes, model.probabilistic) == ("zyx", True)
    assert (model.multiple_of, model.halo_px) == ((8, 8, 8), (4, 9, 9))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_normalisation_is_read(tmp_path: Path, kind: str) -> None:
    described = change(description(), "config.livecare.normalisation.kind", kind)
    if kind == "anscombe":
        change(described, "config.livecare.normalisation", {"kind": kind})
    assert Model.load(write_package(tmp_path, described)).normalisation.kind == kind


def test_a_window_of_the_models_own(tmp_path: Path) -> None:
    own = {"kind": "fixed", "low": 10, "high": 30.5}
    described = change(description(), "config.livecare.normalisation", own)
    model = Model.load(write_package(tmp_path, described))
    assert not model.needs_frames()
    assert model.lock([]).of(np.zeros((4, 4), np.uint16)) == IntensityWindow(10.0, 30.5)
    with pytest.raises(ConfigError, match="'tiny' was trained with one window"):
        model.lock([], kind="ema")


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("type", "notebook", "not 'model'"),
        ("type", MISSING, "is missing"),
        ("format_version", "0.4.10", "reads 0.5.x"),
        ("format_version", 0.5, "no str"),
        ("name", MISSING, "is missing"),
        ("weights.onnx", MISSING, "is missing"),
        ("weights.onnx.source", "../model.onnx", "outside the package"),
        ("weights.onnx.source", "/etc/passwd", "outside the package"),
        ("weights.onnx.source", "gone.onnx", "not in the package"),
        ("weights.onnx.sha256", MISSING, "is missing"),
        ("weights.onnx.sha256", "0" * 64, "damaged or was exchanged"),
        ("config", MISSING, "is missing"),
        ("config.livecare", MISSING, "is missing"),
        ("config.livecare", "yes", "no dict"),
        ("config.livecare.multiple_of", 0, "less than 1"),
        ("config.livecare.multiple_of", True, "no int"),
        ("config.livecare.halo_px", -1, "less than 0"),
        ("config.livecare.halo_px", 12.5, "no int"),
        ("config.livecare.halo_px", MISSING, "is missing"),
        ("config.livecare.halo_px", [1, 2, 3], "per axis of yx"),
        ("config.livecare.halo_px", [1, True], "per axis of yx"),
        ("config.livecare.multiple_of", [8, 0], "less than 1"),
        ("config.livecare.axes", "xy", "livecare knows yx and zyx"),
        ("config.livecare.axes", 2, "no str"),
        ("config.livecare.outputs", ["mean"], "livecare knows ['estimate']"),
        ("config.livecare.outputs", "estimate", "no list"),
        ("config.livecare.normalisation.kind", "fixed-window", "livecare knows"),
        ("config.livecare.normalisation.kind", MISSING, "is missing"),
        ("config.livecare.normalisation", {"kind": "fixed", "low": 3, "high": 3}, "a low of"),
        ("config.livecare.normalisation", {"kind": "ema", "low": 1, "high": 3}, "not fixed"),
        ("config.livecare.normalisation", {"kind": "fixed", "low": 1}, "is missing"),
        ("config.livecare.normalisation", {"kind": "fixed"}, "is missing"),
        ("config.livecare.normalisation.low_percentile", 99.9, "wants a low_percentile"),
        ("config.livecare.normalisation.high_percentile", 100.5, "wants a low_percentile"),
        ("config.livecare.provenance", MISSING, "is missing"),
    ],
)
def test_wrong_keys_are_named(tmp_path: Path, key: str, value: object, fault: str) -> None:
    folder = write_package(tmp_path, change(description(), key, value))
    with pytest.raises(ModelError, match=re.escape(fault)) as caught:
        Model.load(folder)
    assert str(folder / "bioimageio.yaml") in str(caught.value)
    assert key.rpartition(".")[2] in str(caught.value)


@pytest.mark.parametrize(
    "content", ["a: [", "- a list", "", "\x00", "!!python/object:os.system {}"]
)
def test_descriptions_that_are_none(tmp_path: Path, content: str) -> None:
    write_package(tmp_path, description())
    (tmp_path / "bioimageio.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"bioimageio\.yaml"):
        Model.load(tmp_path)


def test_a_description_of_a_megabyte_is_refused(tmp_path: Path) -> None:
    write_package(tmp_path, description())
    with (tmp_path / "bioimageio.yaml").open("a", encoding="utf-8") as stream:
        stream.write("#" * (1 << 20))
    with pytest.raises(ModelError, match="no model description"):
        Model.load(tmp_path)


def test_weights_behind_a_link_out_of_the_package(tmp_path: Path) -> None:
    folder = write_package(tmp_path / "tiny", description())
    outside = tmp_path / "outside.onnx"
    shutil.move(folder / "model.onnx", outside)
    try:
        (folder / "model.onnx").symlink_to(outside)
    except OSError:
        pytest.skip("this account may not make links (Windows)")
    with pytest.raises(ModelError, match="outside the package"):
        Model.load(folder)


def test_folders_without_a_package(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"rdf\.yaml or bioimageio\.yaml"):
        Model.load(tmp_path)
    with pytest.raises(ModelError, match="no folder"):
        Model.load(tmp_path / "gone")


def test_a_model_is_found_by_name_or_path(tmp_path: Path) -> None:
    assert find_model("default") == load_bundled("default")
    assert find_model("default-fast") == load_bundled() != load_bundled("default")
    assert find_model(str(write_package(tmp_path / "tiny", description()))).name == "tiny"
    assert bundled_names() == ("default", "default-fast", "default-gpu")
    with pytest.raises(ModelError, match="default, default-fast"):
        find_model("second")
    with pytest.raises(ModelError, match="default, default-fast"):
        load_bundled("../bundled/default")


def test_damaged_weights(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(WINDOW_PACKAGE, folder)
    weights = bytearray((folder / "model.onnx").read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / "model.onnx").write_bytes(weights)
    with pytest.raises(ModelError, match="damaged or was exchanged"):
        Model.load(folder)


@pytest.mark.parametrize("call", ["open", "is_file", "is_dir"])
def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    folder = write_package(tmp_path / "tiny", description())
    real = getattr(Path, call)

    def deny(path: Path, *given: Any, **named: Any) -> Any:  # noqa: ANN401
        if path.suffix == ".onnx" or call == "is_dir":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *given, **named)

    monkeypatch.setattr(Path, call, deny)
    with pytest.raises(ModelError, match=r"tiny.* cannot be read .*: mend its permissions"):
        Model.load(folder)


def test_a_path_that_may_not_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", deny)
    with pytest.raises(ModelError, match="far/away cannot be read"):
        find_model("far/away")
