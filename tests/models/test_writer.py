from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from contracts.package import check_with_bioimageio

from livecare.models import IntensityWindow, Model
from livecare.models import library as library_module
from livecare.models.library import user_folder, user_names
from livecare.models.writer import PackageSpec, title, write_package

RAW = np.random.default_rng(1).poisson(50, (1, 1, 64, 48)).astype(np.float32)
DOCUMENT = "# A model\n\nIt is for tests.\n"


def write(folder: Path, **keys: Any) -> Model:  # noqa: ANN401 fields of PackageSpec
    fields: dict[str, Any] = {
        "name": "a tiny model",
        "description": "For tests.",
        "document": DOCUMENT,
        "provenance": {"seed": 1},
        "multiple_of": 8,
        "halo_px": 20,
    }
    raw = keys.pop("raw", RAW)
    outputs = len(keys.get("outputs", ("estimate",)))
    made = np.repeat(raw, outputs, axis=1)
    return write_package(folder, PackageSpec(**(fields | keys)), b"network", raw, made)


def described(model: Model) -> Any:  # noqa: ANN401 YAML
    return yaml.safe_load((model.folder / "bioimageio.yaml").read_text(encoding="utf-8"))


STACK = RAW[:, :, np.newaxis].repeat(16, axis=2)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"normalisation": ("per-frame", 1.0, 99.0), "licence": "MIT", "authors": ("A. Person",)},
        {"window": (100.0, 160.0), "outputs": ("estimate", "scale")},
        {
            "normalisation": ("anscombe", 0.0, 0.0),
            "cite": ({"text": "Us", "url": "https://x.org"},),
        },
        {"axes": "zyx", "raw": STACK, "multiple_of": (4, 8, 8), "halo_px": (5, 20, 20)},
        {"halo_px": 40},
    ],
)
def test_packages_pass_bioimageios_checker(tmp_path: Path, keys: dict[str, Any]) -> None:
    check_with_bioimageio(write(tmp_path / "model", **keys).folder)


def test_what_was_written_is_loaded(tmp_path: Path) -> None:
    keys = {"axes": "zyx", "raw": STACK, "multiple_of": (4, 8, 8), "halo_px": (5, 20, 20)}
    model = write(tmp_path, outputs=("estimate", "scale"), **keys)
    assert (model.axes, model.multiple_of, model.halo_px) == ("zyx", (4, 8, 8), (5, 20, 20))
    assert model.outputs == ("estimate", "scale")
    assert model.provenance == {"seed": 1}
    assert model.onnx_path.read_bytes() == b"network"
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == DOCUMENT
    np.testing.assert_array_equal(np.load(tmp_path / "test_input.npy"), STACK)


def test_windows_and_percentiles(tmp_path: Path) -> None:
    fixed = write(tmp_path / "fixed", window=(100.0, 160.0))
    assert fixed.normalisation.window == IntensityWindow(100.0, 160.0)
    assert described(fixed)["inputs"][0]["preprocessing"] == [
        {"id": "fixed_zero_mean_unit_variance", "kwargs": {"mean": 100.0, "std": 60.0}}
    ]
    locked = write(tmp_path / "locked", normalisation=("ema", 1.0, 99.0))
    recipe = locked.normalisation
    assert (recipe.kind, recipe.low_percentile, recipe.high_percentile) == ("ema", 1.0, 99.0)
    assert described(locked)["inputs"][0]["preprocessing"][0]["id"] == "scale_range"
    noise = write(tmp_path / "noise", normalisation=("anscombe", 0.0, 0.0))
    assert "preprocessing" not in described(noise)["inputs"][0]


def test_a_halo_too_large_for_the_test_tensor_is_kept_for_livecare(tmp_path: Path) -> None:
    model = write(tmp_path, halo_px=40)
    assert model.halo_px == (40, 40)
    axes = described(model)["outputs"][0]["axes"]
    assert [each["halo"] for each in axes if each["type"] == "space"] == [31, 23]


def test_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_module, "library_folder", lambda: tmp_path / "models")
    assert user_names() == ()
    write(user_folder("b-model"))
    write(user_folder("a.model"))
    (tmp_path / "models" / ".unfinished-1").mkdir()
    (tmp_path / "models" / "empty").mkdir()
    assert user_names() == ("a.model", "b-model")


def test_what_may_not_be_looked_at_is_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "library_folder", lambda: tmp_path / "models")
    write(user_folder("mine"))
    write(user_folder("theirs"))
    real = Path.is_file

    def deny(path: Path) -> bool:
        if path.parent.name == "theirs":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "is_file", deny)
    assert user_names() == ("mine",)

    def deny_all(path: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", deny_all)
    assert user_names() == ()


def test_titles_are_names_that_others_take() -> None:
    assert title("abc", "ensemble of 2") == "abc (ensemble of 2)"
    assert title("v1.2", "n2v") == "v1 2 (n2v)"
    assert len(title("x" * 200, "n2v")) == 128
