"""BioImage.IO model descriptions of other people, versions 0.4 and 0.5, read into one form."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.importers.processing import Step, parse_steps
from livecare.models.description import FILE_NAMES, read_yaml
from livecare.models.stored_array import read_array

Values = NDArray[np.float32]

VERSIONS: Final = ("0.4", "0.5")
RELATIVE_TOLERANCE: Final = 1e-3
ABSOLUTE_TOLERANCE: Final = 1e-3
"""What BioImage.IO's own tools allow where a package names nothing."""
MOST_RELATIVE: Final = 1e-2
"""The largest relative tolerance that BioImage.IO lets a package name."""
MOST_OF_RANGE: Final = 1e-2
"""The largest absolute tolerance, as a part of the test output's largest value."""


@dataclass(frozen=True, slots=True)
class ZooDescription:
    """What matters here of a description.

    Attributes
    ----------
    folder : Path
        The package.
    content : mapping
        Everything, for its words.
    axes : str
        "yx" or "zyx".
    before, after : list of Step
        Pre- and postprocessing.
    weights : mapping
        Per format, the keys that the description gives it.
    at_least_multiple_of : int
        Steps by which sizes may grow, pixels; 1 where one size is named.
    """

    folder: Path
    content: Mapping[str, Any]
    axes: str
    before: Sequence[Step]
    after: Sequence[Step]
    weights: Mapping[str, Mapping[str, Any]]
    at_least_multiple_of: int

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a description file.

        Raises
        ------
        ModelError
            If it is damaged, of another version, or of a model that livecare cannot run.
        """
        content = read_yaml(file)
        version = str(content.get("format_version", ""))
        if content.get("type") != "model" or ".".join(version.split(".")[:2]) not in VERSIONS:
            raise ModelError(
                f"{file} describes a '{content.get('type')}' in version {version}: livecare "
                f"imports models of BioImage.IO {' and '.join(VERSIONS)}"
            )
        given, made = _single(file, content, "inputs"), _single(file, content, "outputs")
        axes = _axes(file, given)
        _axes(file, made)
        weights = content.get("weights")
        if not isinstance(weights, dict):
            raise ModelError(f"{file}: the key 'weights' is missing: get the package again")
        return cls(
            folder=file.parent,
            content=content,
            axes=axes,
            before=parse_steps(given.get("preprocessing") or (), axes),
            after=parse_steps(made.get("postprocessing") or (), axes),
            weights={name: keys for name, keys in weights.items() if isinstance(keys, dict)},
            at_least_multiple_of=_step(given),
        )

    def test_tensors(self) -> tuple[Values, Values]:
        """Return the test input and output, checksums compared where the description has them."""
        return self._tensor("inputs", "test_inputs"), self._tensor("outputs", "test_outputs")

    def file_of(self, source: Any, digest: Any) -> Path:  # noqa: ANN401 whatever the file says
        """Return a file of the package, its checksum compared where one is named.

        Raises
        ------
        ModelError
            If it is not in the package or was changed.
        """
        name = str(source)
        if "://" in name:
            raise ModelError(
                f"{self.folder}: '{name}' is not in the package, and livecare downloads nothing: "
                "get the package with its weights, as the BioImage Model Zoo's download gives it"
            )
        file = self.folder / PurePosixPath(name)
        if not file.resolve().is_relative_to(self.folder.resolve()):
            raise ModelError(f"{self.folder}: '{name}' lies outside the package: do not trust it")
        if not file.is_file():
            raise ModelError(f"{self.folder}: '{name}' is not in the package: get it again")
        if digest is not None:
            with file.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
            if found != str(digest).lower():
                raise ModelError(
                    f"{file} is damaged or was exchanged: its sha256 is {found}, but the "
                    f"description says {digest}. Get the package again"
                )
        return file

    def tolerance(self, weights_format: str, largest: float) -> tuple[float, float]:
        """Return the relative and absolute tolerance that the package names for its test output.

        Parameters
        ----------
        weights_format : str
            "onnx", "torchscript" or "pytorch_state_dict".
        largest : float
            Largest absolute value of the test output; the tolerance is held to a part of it.
        """
        config = self.content.get("config")
        keys = config.get("bioimageio") if isinstance(config, dict) else None
        keys = keys if isinstance(keys, dict) else {}
        kwargs = keys.get("test_kwargs")
        named = kwargs.get(weights_format) if isinstance(kwargs, dict) else None
        listed = keys.get("reproducibility_tolerance")
        for each in listed if isinstance(listed, list) else ():
            formats = each.get("weights_formats") or (weights_format,)
            named = named or (each if weights_format in formats else None)
        named = named if isinstance(named, dict) else {}
        relative = float(named.get("relative_tolerance", RELATIVE_TOLERANCE))
        absolute = float(named.get("absolute_tolerance", ABSOLUTE_TOLERANCE))
        most = max(ABSOLUTE_TOLERANCE, MOST_OF_RANGE * largest)
        return min(relative, MOST_RELATIVE), min(absolute, most)

    def _tensor(self, plural: str, old: str) -> Values:
        tensor = self.content[plural][0].get("test_tensor")
        listed = self.content.get(old)
        if isinstance(tensor, dict):
            file = self.file_of(tensor.get("source"), tensor.get("sha256"))
        elif isinstance(listed, list) and len(listed) == 1:
            file = self.file_of(listed[0], None)
        else:
            raise ModelError(
                f"{self.folder} has no test tensor for its {plural}: without it nothing shows that "
                "the network came through the import unchanged"
            )
        return read_array(file)


def find_description(folder: Path) -> Path | None:
    """Return the description file in a folder, or None."""
    names = (*FILE_NAMES, "model.yaml", "bioimageio.model.yaml")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _single(file: Path, content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    listed = content.get(key)
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        count = len(listed) if isinstance(listed, list) else 0
        raise ModelError(
            f"{file} describes a model of {count} {key}: livecare runs one frame to one frame"
        )
    return listed[0]


def _axes(file: Path, tensor: Mapping[str, Any]) -> str:
    """Return the space axes of a tensor that has batch and channel before them."""
    axes = tensor.get("axes")
    if isinstance(axes, list):  # 0.5
        kinds = {"batch": "b", "channel": "c"}
        axes = "".join(
            kinds.get(str(each.get("type")), str(each.get("id", "x")))  # 0.5 may leave out "x"
            for each in axes
            if isinstance(each, dict)
        )
    if axes not in ("bcyx", "bczyx"):
        raise ModelError(
            f"{file} describes a tensor of the axes '{axes}': livecare runs bcyx and bczyx"
        )
    return axes[2:]


def _step(tensor: Mapping[str, Any]) -> int:
    """Return the steps by which an input may grow, 1 where none are named."""
    axes, shape = tensor.get("axes"), tensor.get("shape")
    steps: list[Any] = []
    if isinstance(axes, list):
        sizes = [each.get("size") for each in axes if each.get("type") == "space"]
        steps = [size.get("step", 1) for size in sizes if isinstance(size, dict)]
    elif isinstance(shape, dict):
        steps = list(shape.get("step") or ())[2:]
    return max((step for step in steps if isinstance(step, int) and step > 0), default=1)
