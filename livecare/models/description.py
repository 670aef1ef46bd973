"""The description file of a BioImage.IO package: where it lies and how a key of it is asked for.

Every question names the key, so that every error can name the file, the key and the cure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import yaml

from livecare.errors import ModelError

FILE_NAMES: Final = ("rdf.yaml", "bioimageio.yaml")
"""Names that the BioImage.IO specification gives the description file."""

MAX_DESCRIPTION_BYTES: Final = 1 << 20
"""A description is a few kilobytes; a megabyte of YAML is no description."""

MAX_VALUES: Final = 100_000
"""Keys and values of a description, each counted as often as something refers to it: a few lines of
YAML can be a billion otherwise, as soon as anybody writes them down."""

SPEC_VERSION: Final = "0.5"
"""The BioImage.IO model specification that livecare reads: any 0.5.x."""

Kind = TypeVar("Kind", str, int, float, dict[str, Any], list[Any])


@dataclass(frozen=True, slots=True)
class Description:
    """A model's description file.

    Attributes
    ----------
    file : Path
        Where it was read from.
    content : mapping
        Its keys and values.
    """

    file: Path
    content: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the description in a package's folder.

        Raises
        ------
        ModelError
            If there is none, or it is not a BioImage.IO 0.5 model description.
        """
        file = _find(folder)
        content = read_yaml(file)
        description = cls(file, content)
        description._check_kind()
        return description

    def get(self, kind: type[Kind], *keys: str) -> Kind:
        """Return the value under nested keys.

        Raises
        ------
        ModelError
            If a key is missing or its value is of another kind; names file and key.
        """
        value: Any = self.content
        for key in keys:
            if not isinstance(value, Mapping) or key not in value:
                raise self.error("is missing", *keys)
            value = value[key]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return kind(value)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.error(f"is {value!r}, which is no {kind.__name__}", *keys)
        return value

    def error(self, fault: str, *keys: str) -> ModelError:
        """Return the error that says what is wrong with a key."""
        return ModelError(
            f"{self.file}: the key '{'.'.join(keys)}' {fault}. Use a model exported by "
            "livecare, or mend the key (livecare.models.package lists them)"
        )

    def _check_kind(self) -> None:
        if self.get(str, "type") != "model":
            raise self.error(f"is {self.content['type']!r}, not 'model'", "type")
        version = self.get(str, "format_version")
        if version.split(".")[:2] != SPEC_VERSION.split("."):
            raise self.error(f"is {version}; livecare reads {SPEC_VERSION}.x", "format_version")


def read_yaml(file: Path) -> dict[str, Any]:
    """Return the keys and values of a YAML file that came with a model.

    Raises
    ------
    ModelError
        If it cannot be read, is too large, or holds anything else; names it.
    """
    try:
        if file.stat().st_size > MAX_DESCRIPTION_BYTES:
            raise ModelError(
                f"{file} has {file.stat().st_size} bytes, more than {MAX_DESCRIPTION_BYTES}: it is "
                "no model description"
            )
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise ModelError(
            f"{file} cannot be read as YAML ({error}): get the package again"
        ) from error
    if not _is_small(content):
        raise ModelError(f"{file} holds references that never end: do not trust it")
    if not isinstance(content, dict):
        raise ModelError(f"{file} holds no keys and values: get the package again")
    return content


def _is_small(content: object) -> bool:
    """Tell whether all keys and values can be walked over, or written down."""
    waiting, count = [content], 0
    while waiting:
        value = waiting.pop()
        count += 1
        if count > MAX_VALUES:
            return False
        if isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set):
            waiting += value
    return True


def _find(folder: Path) -> Path:
    """Return the description file of a package's folder."""
    for name in FILE_NAMES:
        file = folder / name
        if file.is_file():
            return file
    raise ModelError(
        f"{folder} has no {' or '.join(FILE_NAMES)}: give the folder or .zip of a BioImage.IO model"
    )
