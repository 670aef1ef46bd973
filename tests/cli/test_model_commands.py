"""`livecare import` and `livecare models`, as they are typed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("h5py", reason="the extra 'import' is missing")
pytest.importorskip("onnx", reason="the extra 'import' is missing")
pytest.importorskip("onnxruntime", reason="the extra 'import' is missing")

from livecare.cli.main import app
from livecare.errors import ModelError
from livecare.models import bundled_names, library

GOLDEN = Path(__file__).parents[1] / "importers" / "golden"


@pytest.fixture(autouse=True)
def _own_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "library_folder", lambda: tmp_path / "library")


def run(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_import_list_show(tmp_path: Path) -> None:
    said = run("import", str(GOLDEN / "n2v"), "--name", "my-n2v", "--weights", "best")
    folder = tmp_path / "library" / "my-n2v"
    assert f"wrote {folder}" in said
    assert "no golden output in the source" in said
    assert "halo 23 px, sides multiples of 4" in said
    listed = run("models", "list").splitlines()
    assert any(line.split()[:2] == ["my-n2v", "yours"] for line in listed)
    assert any(line.split()[:2] == [bundled_names()[0], "bundled"] for line in listed)
    shown = run("models", "show", str(folder))
    for words in ("100.5 counts become 0, 113 become 1", "halo", "23 px", "imported_from: n2v"):
        assert words in shown


def test_validate(tmp_path: Path) -> None:
    run("import", str(GOLDEN / "prob"), "--out", str(tmp_path / "prob"))
    said = run("models", "validate", str(tmp_path / "prob"))
    assert "FAIL" not in said
    assert "ok    test tensors: largest difference" in said
    output = tmp_path / "prob" / "test_output.npy"
    content = bytearray(output.read_bytes())
    content[-1] ^= 0x40
    output.write_bytes(content)
    result = CliRunner().invoke(app, ["models", "validate", str(tmp_path / "prob")])
    assert result.exit_code == 1
    assert "FAIL  checksums" in result.output
    assert "FAIL  test tensors" in result.output


def test_damaged_models_are_listed_as_such(tmp_path: Path) -> None:
    run("import", str(GOLDEN / "care5"), "--name", "broken")
    (tmp_path / "library" / "broken" / "model.onnx").write_bytes(b"x")
    line = next(each for each in run("models", "list").splitlines() if "broken" in each)
    assert "damaged: " in line
    for name in (str(tmp_path / "library" / "broken"), "broken"):
        result = CliRunner().invoke(app, ["models", "validate", name])
        assert result.exit_code == 1
        assert "FAIL  structure" in result.output


def test_a_name_comes_before_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("import", str(GOLDEN / "care5"), "--name", "mine")
    (tmp_path / "library" / "mine" / "model.onnx").write_bytes(b"x")
    (tmp_path / "here" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    result = CliRunner().invoke(app, ["models", "validate", "mine"])
    assert str(tmp_path / "library" / "mine") in result.output


def test_errors_come_through(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is nothing at"):
        run("import", str(tmp_path / "gone"))
    with pytest.raises(ModelError, match="there is no model 'gone'"):
        run("models", "show", "gone")
