"""What must not be trusted is refused, and leaves nothing behind."""

import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from importer_files import GOLDEN

from livecare.errors import MissingExtraError, ModelError
from livecare.importers import extras, keras_h5
from livecare.importers.importing import import_model
from livecare.importers.keras_h5 import read_keras_h5
from livecare.models import unpack as unpack_module


def zip_of(path: Path, entries: dict[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "C:\\evil"])
def test_zips_that_leave_their_folder(tmp_path: Path, name: str) -> None:
    archive = zip_of(tmp_path / "model.zip", {"rdf.yaml": b"", name: b"x"})
    with pytest.raises(ModelError, match="leads outside"):
        import_model(archive, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.rglob("evil"))


def test_zips_with_links(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("config.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ModelError, match="is a link"):
        import_model(zip_of(tmp_path / "model.zip", {link: b"/etc/passwd"}), out=tmp_path / "out")


def test_zip_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack_module, "MAX_UNPACKED_BYTES", 10_000)
    archive = zip_of(tmp_path / "model.zip", {"rdf.yaml": bytes(10_001)})
    with pytest.raises(ModelError, match="do not trust it"):
        import_model(archive, out=tmp_path / "out")


@pytest.mark.parametrize("name", ["rdf.yaml", "careamics.yaml"])
def test_descriptions_that_would_be_a_billion_words(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights.pth").write_bytes(b"")
    lines = [f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 10)}]" for n in range(1, 10)]
    (folder / name).write_text("\n".join(["type: model", "k0: &k0 word", *lines]))
    with pytest.raises(ModelError, match=rf"{name} holds references that never end"):
        import_model(folder, out=tmp_path / "out")


def test_a_place_that_cannot_be_written_to_is_named(
    golden_copy: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelError, match=r"out cannot be written .*another place"):
        import_model(golden_copy("care5"), out=tmp_path / "file" / "out")


def test_what_was_unpacked_is_gone_afterwards(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "model.zip", {"rdf.yaml": b"type: model"})
    seen = []
    with unpack_module.unpacked(archive) as folder:
        seen.append(folder)
        assert (folder / "rdf.yaml").is_file()
    assert not seen[0].exists()


def test_folders_with_links_out(golden_copy: Callable[[str], Path], tmp_path: Path) -> None:
    folder = golden_copy("care5")
    outside = tmp_path / "outside.h5"
    shutil.move(folder / "weights_best.h5", outside)
    try:
        (folder / "weights_best.h5").symlink_to(outside)
    except OSError:
        pytest.skip("this account may not make links (Windows)")
    with pytest.raises(ModelError, match="a link that leads outside"):
        import_model(folder, out=tmp_path / "out")


def test_keras_files_with_functions(tmp_path: Path) -> None:
    file = tmp_path / "weights.h5"
    shutil.copy(GOLDEN / "care5" / "weights_best.h5", file)
    with h5py.File(file, "a") as opened:
        opened.attrs["model_config"] = '{"layers": [{"class_name": "Lambda", "function": "gASV"}]}'
    with pytest.raises(ModelError, match="a program that livecare will not run"):
        read_keras_h5(file)


def test_keras_files_with_links(tmp_path: Path) -> None:
    for link in (h5py.ExternalLink("other.h5", "/"), h5py.SoftLink("/elsewhere")):
        file = tmp_path / "weights.h5"
        with h5py.File(file, "w") as opened:
            opened["conv2d"] = link
        with pytest.raises(ModelError, match="leads elsewhere"):
            read_keras_h5(file)


def test_keras_files_with_weights_elsewhere(tmp_path: Path) -> None:
    file, secret = tmp_path / "weights.h5", tmp_path / "secret"
    secret.write_bytes(bytes(64))
    with h5py.File(file, "w") as opened:
        opened.create_dataset("conv2d/kernel:0", (16,), "f4", external=[(os.fspath(secret), 0, 64)])
    with pytest.raises(ModelError, match="in another file"):
        read_keras_h5(file)


def test_keras_files_that_claim_too_much(tmp_path: Path) -> None:
    file = tmp_path / "weights.h5"
    with h5py.File(file, "w") as opened:  # chunks that are never written take no room
        opened.create_dataset("conv2d/kernel:0", (1 << 16, 1 << 16), "f4", chunks=(64, 64))
    assert file.stat().st_size < 100_000
    with pytest.raises(ModelError, match=f"more than {keras_h5.MAX_BYTES} bytes"):
        read_keras_h5(file)


def test_keras_files_with_other_values(tmp_path: Path) -> None:
    for values, fault in ((np.array([b"text"]), "not numbers"), (np.array([np.nan]), "not finite")):
        file = tmp_path / "weights.h5"
        with h5py.File(file, "w") as opened:
            opened["conv2d/kernel:0"] = values
        with pytest.raises(ModelError, match=fault):
            read_keras_h5(file)


def test_files_that_are_no_hdf5(tmp_path: Path) -> None:
    file = tmp_path / "weights.h5"
    file.write_bytes(b"not HDF5 at all")
    with pytest.raises(ModelError, match="cannot be read as HDF5"):
        read_keras_h5(file)


def test_paths_with_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is nothing at"):
        import_model(tmp_path / "gone", out=tmp_path / "out")
    with pytest.raises(ModelError, match="no model that livecare imports"):
        import_model(tmp_path, out=tmp_path / "out")
    other = tmp_path / "model.bin"
    other.touch()
    with pytest.raises(ModelError, match="of no kind"):
        import_model(other, out=tmp_path / "out")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "no_such_package", "import")
    with pytest.raises(MissingExtraError, match=r"pip install 'livecare\[import\]'"):
        extras.load_extra("no_such_package")


def test_a_taken_name_is_kept(tmp_path: Path) -> None:
    taken = tmp_path / "library" / "mine"
    taken.mkdir(parents=True)
    with pytest.raises(ModelError, match="choose another --name"):
        import_model(GOLDEN / "care5", name="mine")
    assert not list(taken.iterdir())
    for name in ("../evil", "a b", ".hidden", "x" * 65):
        with pytest.raises(ModelError, match="cannot be the name"):
            import_model(tmp_path / "gone", name=name)
