"""How a folder appears whole or not at all: it is filled beside its place, and then renamed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livecare.errors import ModelError


def refuse_existing(folder: Path) -> None:
    """Raise ModelError if the folder that a model is to be written to is there already."""
    if folder.exists():
        raise ModelError(f"{folder} exists: choose another --name or --out, or delete it")


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """Yield a new folder to fill; it gets its name when all went well, and is removed if not.

    Parameters
    ----------
    folder : Path
        Its name; those above it are made if they are missing.

    Raises
    ------
    ModelError
        If it cannot be made, filled or renamed: on any OSError.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=".unfinished-", ignore_cleanup_errors=True
        ) as unfinished:
            filled = Path(unfinished) / folder.name
            filled.mkdir()
            yield filled
            filled.rename(folder)
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written ({error}): make room there, or choose another place"
        ) from error
