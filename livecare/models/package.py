"""Model packages: BioImage.IO 0.5 with ONNX weights, and what livecare adds to them.

What livecare adds stands under `config: livecare:` of the description file, where other tools
ignore it; the weights, the test tensors and the document are for everybody::

    normalisation:
      kind: fixed-window     # locked to percentiles of a run's first frames
      low_percentile: 2.0    # becomes 0
      high_percentile: 99.8  # becomes 1
    multiple_of: 8           # stride, pixels
    halo_px: 50              # how far one pixel reaches, pixels, as measured
    provenance: {...}        # script, settings, data and versions of the training
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self

from livecare.errors import ModelError
from livecare.frame import Pixels
from livecare.models.description import Description
from livecare.models.normalise import IntensityWindow
from livecare.models.unpack import unpack

BUNDLED_FOLDER = Path(__file__).parent / "bundled"
"""Holds a folder per model that comes with livecare."""

NORMALISATION_KIND = "fixed-window"
"""The only normalisation so far: a window locked to percentiles of a run's first frames."""


@dataclass(frozen=True, slots=True)
class Normalisation:
    """How the model wants its window locked.

    Attributes
    ----------
    kind : str
        `NORMALISATION_KIND`.
    low_percentile, high_percentile : float
        Percentiles of the calibration frames that become 0 and 1.
    """

    kind: str
    low_percentile: float
    high_percentile: float


@dataclass(frozen=True, slots=True)
class Model:
    """A model package that was found whole.

    Attributes
    ----------
    name, description : str
        What people call it and what it does, in the package's words.
    folder : Path
        The unpacked package.
    onnx_path : Path
        The network: float32 (n, 1, y, x) in window units to the same.
    sha256 : str
        Of the bytes of `onnx_path`, lower-case hex; identifies the model in recordings and caches.
    multiple_of : int
        Rows and columns must be a multiple of this, pixels.
    halo_px : int
        How far one pixel reaches in the output, as measured; tiles overlap by that much.
    normalisation : Normalisation
        How the window is locked.
    provenance : mapping
        Script, seed, data and versions of the training, as the package says.
    """

    name: str
    description: str
    folder: Path
    onnx_path: Path
    sha256: str
    multiple_of: int
    halo_px: int
    normalisation: Normalisation
    provenance: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a package from a folder or a .zip file and check it.

        Raises
        ------
        ModelError
            If it is missing, damaged or not a livecare model; names the file and the key.
        """
        path = Path(path)
        if path.suffix == ".zip":
            path = unpack(path)
        elif not path.is_dir():
            raise ModelError(f"{path} is no folder and no .zip: give a BioImage.IO model package")
        description = Description.read(path)
        onnx_path = _onnx_path(description)
        return cls(
            name=description.get(str, "name"),
            description=description.get(str, "description"),
            folder=path,
            onnx_path=onnx_path,
            sha256=_check_sha256(description, onnx_path),
            multiple_of=_at_least(description, 1, "config", "livecare", "multiple_of"),
            halo_px=_at_least(description, 0, "config", "livecare", "halo_px"),
            normalisation=_normalisation(description),
            provenance=description.get(dict, "config", "livecare", "provenance"),
        )

    def lock_window(self, frames: Sequence[Pixels]) -> IntensityWindow:
        """Lock the window of a run to its first frames, as the model was trained for."""
        chosen = self.normalisation
        return IntensityWindow.from_frames(frames, chosen.low_percentile, chosen.high_percentile)


def bundled_names() -> tuple[str, ...]:
    """Return the names of the models that come with livecare, in alphabetical order."""
    return tuple(sorted(folder.name for folder in BUNDLED_FOLDER.iterdir() if folder.is_dir()))


def load_bundled(name: str = "first") -> Model:
    """Load a model that comes with livecare.

    Raises
    ------
    ModelError
        If there is none of that name; lists those that there are.
    """
    if name not in bundled_names():
        raise ModelError(
            f"livecare brings no model named '{name}': choose one of {', '.join(bundled_names())}"
        )
    return Model.load(BUNDLED_FOLDER / name)


def find_model(name_or_path: str) -> Model:
    """Load a model that comes with livecare by its name, or any package by its path.

    Raises
    ------
    ModelError
        If there is neither, or the package is damaged.
    """
    if name_or_path in bundled_names():
        return load_bundled(name_or_path)
    if not Path(name_or_path).exists():
        raise ModelError(
            f"there is no model '{name_or_path}': give the path of a BioImage.IO package, or one "
            f"of {', '.join(bundled_names())}"
        )
    return Model.load(name_or_path)


def _onnx_path(description: Description) -> Path:
    """Return the weights file, which must lie inside the package."""
    keys = ("weights", "onnx", "source")
    source = PurePosixPath(description.get(str, *keys))
    folder = description.file.parent
    onnx_path = folder / source
    if not onnx_path.resolve().is_relative_to(folder.resolve()):
        raise description.error(f"is {source}, which lies outside the package", *keys)
    if not onnx_path.is_file():
        raise description.error(f"is {source}, which is not in the package", *keys)
    return onnx_path


def _check_sha256(description: Description, onnx_path: Path) -> str:
    """Return the checksum of the weights, which must be the one that the description names."""
    keys = ("weights", "onnx", "sha256")
    named = description.get(str, *keys).lower()
    with onnx_path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != named:
        raise ModelError(
            f"{onnx_path} is damaged or was exchanged: its sha256 is {found}, but the key "
            f"'{'.'.join(keys)}' of {description.file} says {named}. Get the package again"
        )
    return found


def _normalisation(description: Description) -> Normalisation:
    keys = ("config", "livecare", "normalisation")
    kind = description.get(str, *keys, "kind")
    if kind != NORMALISATION_KIND:
        raise description.error(
            f"is '{kind}'; livecare knows '{NORMALISATION_KIND}'", *keys, "kind"
        )
    low = description.get(float, *keys, "low_percentile")
    high = description.get(float, *keys, "high_percentile")
    if not 0 <= low < high <= 100:  # noqa: PLR2004 percent
        raise description.error(
            f"wants a low_percentile of {low} and a high_percentile of {high}", *keys
        )
    return Normalisation(kind, low, high)


def _at_least(description: Description, least: int, *keys: str) -> int:
    number = description.get(int, *keys)
    if number < least:
        raise description.error(f"is {number}, less than {least}", *keys)
    return number
