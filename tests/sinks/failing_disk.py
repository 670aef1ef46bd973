"""A disk of which any operation can fail: the operating system's calls, counted and refused."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

WITH_PATH = ("open", "mkdir", "rename", "replace", "unlink")
WITH_DESCRIPTOR = ("pwrite", "fsync", "fdatasync", "posix_fallocate", "ftruncate")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class FailingDisk:
    """Lets operations on files of a folder go well until it is told otherwise.

    Parameters
    ----------
    folder : Path
        Whose files are on it.
    fails_at : int
        Number of the operation that fails, from 0.
    error : int
        How.
    for_good : bool
        Whether all operations after it fail, too.
    forgets : bool
        Whether a sync that fails loses what was written since the last one that went well, as the
        kernel may.

    Attributes
    ----------
    operations : int
        How many there were.
    failed : list of str
        What failed.
    """

    def __init__(
        self, folder: Path, fails_at: int, error: int, *, for_good: bool, forgets: bool = False
    ) -> None:
        self._folder = str(folder)
        self._fails_at, self._error, self._for_good = fails_at, error, for_good
        self._forgets = forgets
        self._synced: dict[str, bytes] = {}
        self.operations = 0
        self.failed: list[str] = []

    @contextmanager
    def in_use(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Have this process feel it."""
        with monkeypatch.context() as patched:
            for name in (*WITH_PATH, *WITH_DESCRIPTOR):
                patched.setattr(os, name, self._failing(name, getattr(os, name)))
            yield

    def _failing(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(first: Any, *others: Any, **named: Any) -> Any:  # noqa: ANN401
            reads = name == "open" and not others[0] & WRITING
            path = os.fspath(first) if name in WITH_PATH else _path_of(first)
            if reads or not str(path).startswith(self._folder):
                return real(first, *others, **named)
            self._count(name, str(path))
            result = real(first, *others, **named)
            if self._forgets and name in ("fsync", "fdatasync") and Path(path).is_file():
                self._synced[str(path)] = Path(path).read_bytes()
            return result

        return call

    def _count(self, name: str, path: str) -> None:
        number = self.operations
        self.operations += 1
        if number == self._fails_at or (self._for_good and number > self._fails_at):
            self.failed.append(f"{name} {path}")
            if self._forgets and name in ("fsync", "fdatasync") and Path(path).is_file():
                _put_back(Path(path), self._synced.get(path, b""))
            raise OSError(self._error, os.strerror(self._error), path)


def _path_of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def _put_back(path: Path, content: bytes) -> None:
    """Give a file its former content; what was appended since reads as nothing."""
    length = path.stat().st_size
    with path.open("r+b") as file:
        file.write(content.ljust(length, b"\0")[:length])
