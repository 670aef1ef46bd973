"""What lies at a path that someone wants to import, and how it is opened without trusting it."""

import hashlib
from pathlib import Path
from typing import Final

from livecare.errors import ModelError
from livecare.importers import careamics, csbdeep, zoo
from livecare.importers.candidate import Candidate
from livecare.importers.zoo_description import find_description
from livecare.models.unpack import unpacked

CAREAMICS_NAMES: Final = ("careamics.yaml", "careamics.yml", "careamics_config.yml")
WHAT: Final = (
    "a folder of CSBDeep or Noise2Void (config.json and weights_best.h5), a TF_SavedModel.zip of "
    "CSBDeep, a BioImage.IO package (folder or .zip), or a CAREamics checkpoint (.ckpt) or folder "
    "(weights and careamics.yaml)"
)


def read_source(path: Path, weights: str | None) -> Candidate:
    """Recognise and read whatever model lies at a path.

    Parameters
    ----------
    path : Path
        A file or a folder.
    weights : str or None
        Which of its weights: "best" or "last" of CSBDeep, or a format of BioImage.IO; None of what
        has one set only.

    Raises
    ------
    ModelError
        If it is no model that livecare can import, or has no such weights; says why.
    """
    refuse_links(path)
    if path.is_dir():
        return _read_folder(path, weights)
    if not path.is_file():
        raise ModelError(f"there is nothing at {path}: give {WHAT}")
    if path.suffix == ".zip":
        with unpacked(path) as folder:
            return _read_folder(_inner(folder), weights)
    if path.suffix == ".ckpt":
        _refuse_choice(weights, "a CAREamics checkpoint")
        return careamics.import_checkpoint(path)
    if path.suffix == ".h5":
        return csbdeep.import_folder(path.parent, _choice_of(path, weights))
    if path.name == csbdeep.CONFIG_FILE or path.suffix in (".yaml", ".yml"):
        return _read_folder(path.parent, weights)
    raise ModelError(f"{path} is of no kind that livecare imports: give {WHAT}")


def source_sha256(path: Path) -> str:
    """Return the sha256 of a file, or of a folder's files and their names."""
    if not path.is_dir():
        return _sha256(path).hex()
    digest = hashlib.sha256()
    for file in sorted(each for each in path.rglob("*") if each.is_file()):
        digest.update(file.relative_to(path).as_posix().encode() + b"\0" + _sha256(file))
    return digest.hexdigest()


def refuse_links(path: Path) -> None:
    """Refuse a folder that holds links out of it.

    Raises
    ------
    ModelError
        If there is one; names it.
    """
    if not path.is_dir():
        return
    root = path.resolve()
    for file in path.rglob("*"):
        if file.is_symlink() and not file.resolve().is_relative_to(root):
            raise ModelError(f"{file} is a link that leads outside {path}: do not trust it")


def _sha256(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _read_folder(folder: Path, weights: str | None) -> Candidate:
    description = find_description(folder)
    if description is not None:
        return zoo.import_package(description, weights)
    if (folder / csbdeep.BUNDLE_INDEX).is_file():
        _refuse_choice(weights, "a TF_SavedModel of CSBDeep")
        return csbdeep.import_saved_model(folder)
    if (folder / csbdeep.CONFIG_FILE).is_file():
        return csbdeep.import_folder(folder, weights)
    for name in CAREAMICS_NAMES:
        if (folder / name).is_file():
            _refuse_choice(weights, "a CAREamics folder")
            return careamics.import_export(folder, folder / name)
    raise ModelError(f"{folder} holds no model that livecare imports: give {WHAT}")


def _choice_of(file: Path, weights: str | None) -> str:
    """Return which weights of its folder a file of CSBDeep's is."""
    held = {name: choice for choice, name in csbdeep.WEIGHTS.items()}.get(file.name)
    choices = " or ".join(csbdeep.WEIGHTS)
    if held is None:
        raise ModelError(
            f"{file} is not called {' or '.join(csbdeep.WEIGHTS.values())}, as CSBDeep calls its "
            f"weights: give its folder, with --weights {choices}"
        )
    if weights not in (None, held):
        raise ModelError(
            f"--weights {weights} names others than {file}: leave --weights out, or give the "
            f"file's folder, with --weights {choices}"
        )
    return held


def _refuse_choice(weights: str | None, kind: str) -> None:
    """Refuse to choose among weights where there is one set."""
    if weights is not None:
        raise ModelError(f"--weights {weights}: {kind} has one set of weights; leave --weights out")


def _inner(folder: Path) -> Path:
    """Return the one folder in a folder, if it holds nothing else, as some zips do."""
    held = [each for each in folder.iterdir() if each.name != "__MACOSX"]
    return held[0] if len(held) == 1 and held[0].is_dir() else folder
