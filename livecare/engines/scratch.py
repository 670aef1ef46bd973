"""Scratch: a folder for files that are needed for a while, and what it is called if it fails."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livecare.errors import EngineError


@contextmanager
def scratch_folder(prefix: str, doing: str) -> Iterator[Path]:
    """Yield a folder among the temporary ones that is gone afterwards.

    Parameters
    ----------
    prefix : str
        Of its name.
    doing : str
        What it is for: an error begins with that.

    Raises
    ------
    EngineError
        If it cannot be made or filled: on any OSError.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
            yield Path(name)
    except OSError as error:
        raise EngineError(
            f"{doing}: the folder of temporary files, {tempfile.tempdir or 'whichever it is'}, "
            f"cannot be written ({error}): make room there, or let the environment variable TMPDIR "
            "name another one"
        ) from error
