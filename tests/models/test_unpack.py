import stat
import zipfile
from pathlib import Path

import pytest
from package_files import description, write_package, zip_package

from livecare.errors import ModelError
from livecare.models import Model
from livecare.models import unpack as unpack_module
from livecare.models.unpack import unpack


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(unpack_module, "cache_folder", lambda: folder)
    return folder


def write_zip(path: Path, entries: dict[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_zipped_package_is_unpacked_once(tmp_path: Path, cache: Path) -> None:
    archive = zip_package(write_package(tmp_path / "tiny", description()))
    model = Model.load(archive)
    assert model.name == "tiny"
    assert model.folder.parent == cache
    (model.folder / "witness").touch()
    assert (Model.load(archive).folder / "witness").exists()
    assert [entry.name for entry in cache.iterdir()] == [model.folder.name]


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/evil", "..\\evil", "C:\\evil", "C:evil"]
)
def test_paths_that_leave_the_folder(tmp_path: Path, cache: Path, name: str) -> None:
    archive = write_zip(tmp_path / "bad.zip", {"rdf.yaml": b"", name: b"x"})
    with pytest.raises(ModelError, match="leads outside"):
        unpack(archive)
    assert not list(tmp_path.rglob("evil"))
    assert not list(cache.iterdir())


def test_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("model.onnx")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ModelError, match="is a link"):
        unpack(write_zip(tmp_path / "bad.zip", {link: b"/etc/passwd"}))


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_zip(tmp_path / "bomb.zip", {"zeros": bytes(2000)})
    monkeypatch.setattr(unpack_module, "MAX_UNPACKED_BYTES", 1999)
    with pytest.raises(ModelError, match="do not trust"):
        unpack(archive)


def test_swarms_are_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "swarm.zip", {f"{i}": b"" for i in range(1001)})
    with pytest.raises(ModelError, match="1001 files"):
        unpack(archive)


@pytest.mark.parametrize("content", [b"", b"PK no zip"])
def test_what_is_no_zip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.zip"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"no readable \.zip"):
        unpack(path)


def test_a_damaged_entry_leaves_nothing_behind(tmp_path: Path, cache: Path) -> None:
    archive = write_zip(tmp_path / "cut.zip", {"rdf.yaml": bytes(range(256)) * 40})
    content = bytearray(archive.read_bytes())
    content[60:80] = bytes(20)
    archive.write_bytes(content)
    with pytest.raises(ModelError, match=r"no readable \.zip"):
        unpack(archive)
    assert not list(cache.iterdir())


def test_a_missing_zip(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="check the path"):
        Model.load(tmp_path / "gone.zip")


def test_what_was_damaged_in_the_cache_is_unpacked_anew(tmp_path: Path) -> None:
    archive = zip_package(write_package(tmp_path / "tiny", description()))
    folder = Model.load(archive).folder
    for name, content in (("model.onnx", b"cut"), ("bioimageio.yaml", b"")):
        (folder / name).write_bytes(content)
        assert Model.load(archive).name == "tiny"
    (folder / "model.onnx").unlink()
    assert Model.load(archive).folder == folder


def test_a_zipped_package_that_is_none_stays_refused(tmp_path: Path) -> None:
    described = description()
    del described["config"]["livecare"]["halo_px"]
    archive = zip_package(write_package(tmp_path / "tiny", described))
    for _ in range(2):
        with pytest.raises(ModelError, match="halo_px' is missing"):
            Model.load(archive)
