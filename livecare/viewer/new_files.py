"""Knows how files are saved so that none is overwritten, and none is left half written."""

from collections.abc import Iterable, Mapping
from itertools import chain, count
from pathlib import Path

from livecare.errors import UsageError


def write_new(what: str, folder: Path, name: str, contents: Mapping[str, bytes]) -> list[Path]:
    """Write all files or, where one fails, none; a number goes behind a name that is taken.

    Parameters
    ----------
    what : str
        What they are, for people.
    folder : Path
        Where to write; made if it is not there.
    name : str
        What their names begin with.
    contents : mapping of str to bytes
        What is in each, by the end of its name.

    Raises
    ------
    UsageError
        If they cannot be written; names the folder.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in zip(_free(folder, name, contents), contents.values(), strict=True):
            with path.open("xb") as file:
                written.append(path)
                file.write(content)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise UsageError(
            f"{what} cannot be written to {folder}: {error.strerror or error}; "
            "choose a folder that can be written and has room, with --snapshots"
        ) from error
    return written


def _free(folder: Path, name: str, endings: Iterable[str]) -> list[Path]:
    """Return the first paths of which none is there yet."""
    numbered = chain([name], (f"{name}-{number}" for number in count(2)))
    choices = ([folder / f"{each}{ending}" for ending in endings] for each in numbered)
    return next(paths for paths in choices if not any(path.exists() for path in paths))
