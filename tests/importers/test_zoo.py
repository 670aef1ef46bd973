"""BioImage.IO packages: their own test output is reproduced, or they are refused."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from livecare.errors import ModelError
from livecare.importers.importing import import_model
from livecare.importers.validating import validate

DESCRIPTIONS = ("bioimageio.yaml", "v0_4_0.bioimageio.yaml")


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    content = yaml.safe_load((folder / "rdf.yaml").read_text(encoding="utf-8"))
    edit(content)
    (folder / "rdf.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_onnx_weights(zoo_model: Callable[[str], Path], description: str, tmp_path: Path) -> None:
    done = import_model(zoo_model(description), out=tmp_path / "out")
    parity = done.model.provenance["parity"]
    assert parity["reference"] == "test tensors of the source"
    assert parity["max_abs_difference"] < 1e-4
    assert done.model.multiple_of == (8, 8)
    assert done.model.halo_px == (58, 58)
    assert any("probability" in note for note in done.notes)
    assert any("percentiles" in note for note in done.notes)
    findings = list(validate(done.model.folder))  # its own tensors and BioImage.IO's rules, too
    assert len(findings) == 4
    assert all(each.good for each in findings), findings


def test_a_zipped_package(zoo_model: Callable[[str], Path], tmp_path: Path) -> None:
    folder = zoo_model(DESCRIPTIONS[0])
    inner = tmp_path / "zipped"
    shutil.copytree(folder, inner / "unet2d")
    archive = shutil.make_archive(str(tmp_path / "nuclei net"), "zip", inner)
    model = import_model(Path(archive)).model
    assert model.folder == tmp_path / "library" / "nuclei-net"
    assert model.provenance["imported_from"] == "nuclei net.zip"


def test_torchscript_weights(zoo_model: Callable[[str], Path], tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
    torch.set_num_threads(1)
    done = import_model(zoo_model(DESCRIPTIONS[0]), weights="torchscript", out=tmp_path / "out")
    assert done.model.provenance["source_kind"] == "BioImage.IO 0.5.4, torchscript"
    assert done.model.provenance["parity"]["max_abs_difference"] < 1e-4
    assert done.model.halo_px == (58, 58)


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_state_dict_of_a_known_layout(zoo_model: Callable[[str], Path], tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
    folder = zoo_model(DESCRIPTIONS[0])
    torch.save(dict(torch.jit.load(folder / "weights.pt").state_dict()), folder / "state.pth")
    digest = hashlib.sha256((folder / "state.pth").read_bytes()).hexdigest()
    change(
        folder,
        lambda content: content["weights"]["pytorch_state_dict"].update(
            source="state.pth", sha256=digest
        ),
    )
    (folder / "unet2d.py").write_text("raise SystemExit('the architecture was run')")
    done = import_model(folder, weights="pytorch_state_dict", out=tmp_path / "out")
    assert done.model.provenance["parity"]["max_abs_difference"] < 1e-4
    assert done.model.halo_px == (58, 58)


def test_weights_that_miss_their_test_output(
    zoo_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = zoo_model(DESCRIPTIONS[1])
    output = np.load(folder / "test_output.npy")
    output[0, 0, 100, 100] += 0.25
    np.save(folder / "test_output.npy", output)
    with pytest.raises(ModelError, match=r"by up to 0\.25 at 1 of 262144 values"):
        import_model(folder, out=tmp_path / "out")
    assert not list(tmp_path.glob("out*"))
    assert not list(tmp_path.glob(".unfinished*"))


def test_a_package_cannot_allow_itself_everything(
    zoo_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = zoo_model(DESCRIPTIONS[1])
    np.save(folder / "test_output.npy", np.load(folder / "test_output.npy") + np.float32(0.3))
    allowed = {"test_kwargs": {"onnx": {"absolute_tolerance": 9.0, "relative_tolerance": 9.0}}}
    change(folder, lambda content: content.update(config={"bioimageio": allowed}))
    with pytest.raises(ModelError, match="miss the package's own test output"):
        import_model(folder, weights="onnx", out=tmp_path / "out")


@pytest.mark.parametrize("name", ["weights.onnx", "test_input.npy"])
def test_exchanged_files(zoo_model: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    folder = zoo_model(DESCRIPTIONS[0])
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match="damaged or was exchanged"):
        import_model(folder, weights="onnx", out=tmp_path / "out")


def test_pickles_among_the_tensors(zoo_model: Callable[[str], Path], tmp_path: Path) -> None:
    folder = zoo_model(DESCRIPTIONS[1])
    np.save(folder / "test_input.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ModelError, match="no array of plain numbers"):
        import_model(folder, out=tmp_path / "out")


def test_what_is_not_in_the_package(zoo_model: Callable[[str], Path], tmp_path: Path) -> None:
    folder = zoo_model(DESCRIPTIONS[0])
    with pytest.raises(ModelError, match="downloads nothing"):
        import_model(folder, weights="pytorch_state_dict", out=tmp_path / "out")
    change(folder, lambda content: content["weights"]["onnx"].update(source="../weights.onnx"))
    with pytest.raises(ModelError, match="outside the package"):
        import_model(folder, weights="onnx", out=tmp_path / "out")
    change(folder, lambda content: content["weights"]["onnx"].update(source="gone.onnx"))
    with pytest.raises(ModelError, match="is not in the package"):
        import_model(folder, weights="onnx", out=tmp_path / "out")


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (lambda content: content.update(type="dataset"), "describes a 'dataset'"),
        (lambda content: content.update(format_version="0.3.2"), "version 0.3.2"),
        (lambda content: content.update(inputs=content["inputs"] * 2), "2 inputs"),
        (lambda content: content["inputs"][0].update(axes="byx"), "axes 'byx'"),
        (lambda content: content.update(test_inputs=[]), "no test tensor"),
        (lambda content: content.update(weights={"keras_hdf5": {}}), "it has keras_hdf5"),
        (
            lambda content: content["inputs"][0].update(preprocessing=[{"name": "mystery"}]),
            "'mystery'",
        ),
    ],
)
def test_descriptions_that_cannot_be_taken(
    zoo_model: Callable[[str], Path],
    tmp_path: Path,
    edit: Callable[[dict[str, Any]], object],
    fault: str,
) -> None:
    folder = zoo_model(DESCRIPTIONS[1])
    change(folder, edit)
    with pytest.raises(ModelError, match=fault):
        import_model(folder, out=tmp_path / "out")


def test_there_is_no_such_format(zoo_model: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights format 'best'"):
        import_model(zoo_model(DESCRIPTIONS[0]), weights="best", out=tmp_path / "out")
