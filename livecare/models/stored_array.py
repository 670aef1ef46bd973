"""Knows how an array that a package names is read: from inside it, and never more than is there."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError

MAX_ARRAY_BYTES: Final = 1 << 30
"""A gibibyte: a sample is one frame, or one stack."""


def inside(folder: Path, named: str) -> Path:
    """Return the file that a package names; one outside it is refused. Raises ModelError."""
    file = folder / named
    if not named or not file.resolve().is_relative_to(folder.resolve()):
        raise ModelError(
            f"{folder} names the file '{named}', which lies outside the package: do not trust it"
        )
    return file


def read_array(file: Path) -> NDArray[np.float32]:
    """Read a .npy file of plain numbers.

    It is mapped before anything is copied: a file that announces more than it holds costs nothing.

    Raises
    ------
    ModelError
        If it cannot be read, or holds anything else.
    """
    try:
        if file.stat().st_size > MAX_ARRAY_BYTES:
            raise ModelError(f"{file} has more than {MAX_ARRAY_BYTES} bytes: do not trust it")
        stored = np.lib.format.open_memmap(file, mode="r")
    except (OSError, EOFError, ValueError, TypeError, OverflowError, SyntaxError) as error:
        raise ModelError(
            f"{file} is no array of plain numbers ({error}): get the package again"
        ) from error
    if not np.issubdtype(stored.dtype, np.number) or np.iscomplexobj(stored):
        raise ModelError(f"{file} is no array of plain numbers: get the package again")
    return stored.astype(np.float32)
