"""Which few of many files stay open: those used last."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack
from typing import Final, Generic, Protocol, TypeVar

OPEN_SHARDS: Final = 32
"""Shards of a lane that are kept open: enough to go round the positions of most plates' wells
without opening one per frame, and few beside the 1024 files that a process may open."""


class Closable(Protocol):
    """Something that is open until it is closed."""

    def close(self) -> None:
        """Close it."""
        ...


Key = TypeVar("Key", bound=Hashable)
File = TypeVar("File", bound=Closable)


class OpenFiles(Generic[Key, File]):
    """Files by key, the least recently used one closed when there are too many; for one thread.

    Parameters
    ----------
    most : int
        Files to keep open.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._files: OrderedDict[Key, File] = OrderedDict()

    def get(self, key: Key, open_file: Callable[[], File]) -> File:
        """Return a file, opened if it is not open.

        Raises
        ------
        OSError
            What `open_file`, or the closing of another file, raises.
        """
        file = self._files.get(key)
        if file is None:
            while len(self._files) >= self._most:
                self._files.popitem(last=False)[1].close()
            file = self._files[key] = open_file()
        self._files.move_to_end(key)
        return file

    def __iter__(self) -> Iterator[File]:
        return iter(self._files.values())

    def close(self) -> None:
        """Close all files.

        Raises
        ------
        OSError
            What the closing of a file raises; the others are closed all the same.
        """
        with ExitStack() as stack:
            while self._files:
                stack.callback(self._files.popitem()[1].close)
