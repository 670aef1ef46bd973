"""Micro-Manager's image stacks in several files: which files beside a stack are parts of it."""

import glob
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import tifffile

from livecare.errors import UsageError

_MARK: Final = "_MMStack"
"""Stands in the names of all files of a stack, behind the name of the recording."""
_ENDING: Final = ".tif"
"""How their names end."""
_NO_PART: Final = (KeyError, ValueError, IndexError, OSError, struct.error)
"""What tifffile raises where a file of such a name is none of the stack."""


def find_series(path: Path, tiff: tifffile.TiffFile) -> list[tifffile.TiffPageSeries]:
    """Return the series of a TIFF; those of a stack lie also in the files beside it.

    Raises
    ------
    UsageError
        A file has the name of a part, but is none; names both.
    """
    if not tiff.is_mmstack:
        return list(tiff.series)
    try:
        with _literal_names(tiff):
            return list(tiff.series)
    except _NO_PART as error:
        for other in _neighbours(path):
            if not _has_index(other):
                raise UsageError(
                    f"{path} cannot be read: by its name, {other.name} beside it is a part of the "
                    "same recording, but it has no index as Micro-Manager's files have. If it is "
                    "a restored or exported file, move it to another folder; if it is a part, it "
                    "is damaged: copy it again"
                ) from error
        raise


def is_taken_for_part(other: Path, stack: Path) -> bool:
    """Tell whether a file would be taken for a part of a stack, by its folder and name."""
    recording, mark, _ = stack.name.partition(_MARK)
    named = other.name.lower()
    alike = named.startswith((recording + mark).lower()) and named.endswith(_ENDING)
    return bool(mark) and alike and other.parent.resolve() == stack.parent.resolve()


def recording_name(stack: Path) -> str:
    """Return the name of a stack's recording, which its files' names begin with."""
    return stack.name.partition(_MARK)[0]


@contextmanager
def _literal_names(tiff: tifffile.TiffFile) -> Iterator[None]:
    """Let tifffile find folders and files with brackets in their names: it takes both for patterns.

    It has no option for that, so what it makes its pattern of is escaped meanwhile.
    """
    stream: Any = tiff.filehandle
    summary = (tiff.micromanager_metadata or {}).get("Summary", {})
    folder, name, said = stream.dirname, stream.name, dict(summary)
    stream._dir, stream._name = glob.escape(folder), glob.escape(name)  # noqa: SLF001 see above
    if "Prefix" in summary:
        summary["Prefix"] = glob.escape(str(summary["Prefix"]))
    try:
        yield
    finally:
        stream._dir, stream._name = folder, name  # noqa: SLF001 see above
        summary.update(said)


def _neighbours(path: Path) -> list[Path]:
    folder = path.resolve().parent
    return sorted(
        each
        for each in folder.iterdir()
        if each.name != path.resolve().name and is_taken_for_part(each, path.resolve())
    )


def _has_index(path: Path) -> bool:
    try:
        with tifffile.TiffFile(path) as tiff:
            return "IndexMap" in (tiff.micromanager_metadata or {})
    except _NO_PART:
        return False
