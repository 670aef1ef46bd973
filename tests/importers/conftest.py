from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("h5py", reason="the extra 'import' is missing")
pytest.importorskip("onnx", reason="the extra 'import' is missing")
pytest.importorskip("onnxruntime", reason="the extra 'import' is missing")

from importer_files import GOLDEN
from writable_copy import writable_copy

from livecare.models import library, unpack


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "library_folder", lambda: tmp_path / "library")
    monkeypatch.setattr(unpack, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def golden_copy(tmp_path: Path) -> Callable[[str], Path]:
    """A tiny model folder of its own, to be damaged."""

    def copy(name: str) -> Path:
        return writable_copy(GOLDEN / name, tmp_path / name)

    return copy


@pytest.fixture
def zoo_model(recorded_data: Path, tmp_path: Path) -> Callable[[str], Path]:
    """The example package of BioImage.IO with one of its two descriptions."""

    def copy(description: str) -> Path:
        source = recorded_data / "models" / "bioimageio_unet2d"
        folder = writable_copy(source, tmp_path / "unet2d")
        content = (folder / description).read_bytes()
        for file in folder.glob("*.yaml"):
            file.unlink()
        (folder / "rdf.yaml").write_bytes(content)
        return folder

    return copy
