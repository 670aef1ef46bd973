"""The user's own models: where imported and trained packages lie, and what they are called."""

import re
from pathlib import Path
from typing import Final

import platformdirs

from livecare.errors import ModelError
from livecare.models.description import FILE_NAMES

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Names that are a folder's name on every operating system and need no quotes in a shell."""


def library_folder() -> Path:
    """Return the folder that holds a folder per model of this user."""
    return platformdirs.user_data_path("livecare") / "models"


def user_names() -> tuple[str, ...]:
    """Return the names of the user's models, in alphabetical order."""
    try:
        held = list(library_folder().iterdir())
    except OSError:  # there is none, or it is somebody else's
        return ()
    return tuple(sorted(each.name for each in held if _holds_a_package(each)))


def user_folder(name: str) -> Path:
    """Return where a user's model of this name lies, or would lie.

    Raises
    ------
    ModelError
        If the name cannot be a folder's name everywhere.
    """
    if not NAME.fullmatch(name) or name.endswith("."):
        raise ModelError(
            f"'{name}' cannot be the name of a model: use up to 64 letters, digits, '.', '_' and "
            "'-', beginning with a letter or digit"
        )
    return library_folder() / name


def _holds_a_package(folder: Path) -> bool:
    try:
        held = any((folder / name).is_file() for name in FILE_NAMES)
    except OSError:  # it may not be looked into
        return False
    return held and NAME.fullmatch(folder.name) is not None
