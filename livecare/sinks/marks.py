"""How the events that people mark are kept in a recording: a line each, on the disk at once."""

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from livecare.disk import PositionedFile, sync_path
from livecare.errors import StoreDamagedError, StoreError, UsageError
from livecare.shown_text import has_unwanted
from livecare.sinks.checked_line import LineFault, seal, unseal
from livecare.sinks.failures import failure
from livecare.sinks.layout import marks_path

MAX_TEXT: Final = 500
"""Longest text of a mark, characters: a note, not a report."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An event that somebody marked.

    Attributes
    ----------
    sequence : int
        The frame that it belongs to.
    text : str
        What happened, in the words of whoever marked it.
    wall_ns : int
        When it was marked, ns since 1970, UTC.
    """

    sequence: int
    text: str
    wall_ns: int

    def check(self) -> None:
        """Raise UsageError where it cannot be kept."""
        if self.sequence < 0:
            raise UsageError(f"there is no frame {self.sequence}: mark one from 0")
        if len(self.text) > MAX_TEXT:
            raise UsageError(
                f"the text of a mark has {len(self.text)} characters: {MAX_TEXT} at most"
            )
        if has_unwanted(self.text):
            raise UsageError("the text of a mark has control characters: leave them out")


class MarkFile:
    """Appends marks to a recording's file, which is made for the first one; thread-safe.

    Parameters
    ----------
    root : Path
        The store, open.

    Attributes
    ----------
    count : int
        Marks that it has.
    """

    def __init__(self, root: Path) -> None:
        self._path = marks_path(root)
        self._lock = threading.Lock()
        self._closed = False
        self.count = 0

    def append(self, mark: Mark) -> None:
        """Write a mark, and return when the disk has it.

        Raises
        ------
        UsageError
            Its text is too long, or has control characters.
        StoreError, DiskFullError
            The recording is closed, or the disk does not take it; the file is as it was.
        """
        mark.check()
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._path}: the recording is closed, nothing is marked in it")
            try:
                self._write(seal(msgspec.json.encode(mark)))
            except OSError as error:
                raise failure(error, "marking an event", self._path) from error
            self.count += 1

    def close(self) -> None:
        """Take no more marks."""
        with self._lock:
            self._closed = True

    def _write(self, line: bytes) -> None:
        with PositionedFile(self._path, "create") as file:
            size = file.size
            try:
                file.write_at(size, line)
                file.sync()
                if size == 0:
                    sync_path(self._path.parent)
            except OSError:
                file.truncate(size)
                raise


def scan_marks(root: Path) -> Iterator[tuple[int, Mark | LineFault]]:
    """Yield every line of a store's marks by its number, from 1; none where there is no file.

    Raises
    ------
    StoreError
        The file cannot be read.
    """
    try:
        lines = io.BytesIO(marks_path(root).read_bytes())
    except FileNotFoundError:
        return
    except OSError as error:
        raise failure(error, "reading the marks", marks_path(root)) from error
    for number, encoded in enumerate(lines, 1):
        yield number, unseal(encoded, Mark, "a mark")


def read_marks(root: Path) -> list[Mark]:
    """Return a store's marks in the order of writing; one that is being written is left out.

    Raises
    ------
    StoreDamagedError
        A line is damaged.
    StoreError
        The file cannot be read.
    """
    marks: list[Mark] = []
    for number, found in scan_marks(root):
        if isinstance(found, Mark):
            marks.append(found)
        elif not found.torn:
            raise StoreDamagedError(f"{marks_path(root)}, line {number}: {found.reason}")
    return marks


def drop_torn_mark(root: Path) -> str | None:
    """Cut off a last line that was never finished; return what was done, None for nothing.

    Raises
    ------
    OSError
        The file cannot be changed.
    """
    path = marks_path(root)
    content = path.read_bytes() if path.exists() else b""
    whole = content.rfind(b"\n") + 1
    if whole == len(content):
        return None
    with PositionedFile(path, "update") as file:
        file.truncate(whole)
        file.sync()
    return f"{path.relative_to(root).as_posix()}: a mark that was never finished is dropped"
