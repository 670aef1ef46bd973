"""What the keys of a model package may say, and how each is read; see `livecare.models.package`."""

import hashlib
from pathlib import Path, PurePosixPath
from typing import Final

from livecare.errors import ModelError
from livecare.models.description import Description

AXES: Final = ("yx", "zyx")
"""Spatial axes that a network can have."""


def read_file(description: Description, *keys: str) -> tuple[Path, str]:
    """Return a file that the description names, and its sha256, lower-case hex.

    Parameters
    ----------
    description : Description
        Of the package.
    keys : str
        Under which `source` names the file and `sha256` its checksum.

    Raises
    ------
    ModelError
        If the file lies outside the package, is not there, cannot be read, or has another checksum;
        names the file and the key.
    """
    source = PurePosixPath(description.get(str, *keys, "source"))
    folder = description.file.parent
    file = folder / source
    if not file.resolve().is_relative_to(folder.resolve()):
        raise description.error(f"is {source}, which lies outside the package", *keys, "source")
    if not file.is_file():
        raise description.error(f"is {source}, which is not in the package", *keys, "source")
    named = description.get(str, *keys, "sha256").lower()
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error}): mend its permissions") from error
    if found != named:
        raise ModelError(
            f"{file} is damaged or was exchanged: its sha256 is {found}, but the key "
            f"'{'.'.join((*keys, 'sha256'))}' of {description.file} says {named}. Get the package "
            "again"
        )
    return file, found


def read_axes(description: Description) -> str:
    """Return the spatial axes; rows and columns where the package says nothing."""
    keys = ("config", "livecare", "axes")
    if keys[-1] not in description.get(dict, *keys[:-1]):
        return AXES[0]
    axes = description.get(str, *keys)
    if axes not in AXES:
        raise description.error(f"is '{axes}'; livecare knows {' and '.join(AXES)}", *keys)
    return axes


def read_per_axis(description: Description, axes: str, least: int, key: str) -> tuple[int, ...]:
    """Return a number per axis: one for all of them, or a list."""
    keys = ("config", "livecare", key)
    found = description.get(dict, *keys[:-1]).get(key)
    listed = found if isinstance(found, list) else [description.get(int, *keys)] * len(axes)
    if len(listed) != len(axes) or not all(type(each) is int for each in listed):
        raise description.error(f"is {found}; give a number of pixels per axis of {axes}", *keys)
    if min(listed) < least:
        raise description.error(f"is {found}, less than {least}", *keys)
    return tuple(listed)
