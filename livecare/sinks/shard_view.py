"""How one shard's file is read, finished or still being written."""

from pathlib import Path
from typing import Final

from livecare.disk import PAGE_BYTES, PositionedFile
from livecare.errors import StoreDamagedError
from livecare.sinks.index import ShardIndex

_INDEX_TRIES: Final = 3
"""How often the index is read before it counts as damaged: a reader may meet the writer in the
middle of replacing it, but hardly twice."""


class ShardView:
    """A shard open for reading, with its index as it was then.

    Parameters
    ----------
    path : Path
        The shard's file.
    slots : int
        Frames that it can hold.

    Raises
    ------
    OSError
        It cannot be opened; FileNotFoundError where it does not exist.
    StoreDamagedError
        Its index is damaged.
    """

    __slots__ = ("_file", "index", "path")

    def __init__(self, path: Path, slots: int) -> None:
        self.path = path
        self._file = PositionedFile(path)
        try:
            self.index = self._read_index(slots)
        except StoreDamagedError:
            self._file.close()
            raise

    def read(self, offset: int, nbytes: int) -> bytes:
        """Return a frame's bytes, fewer where the file ends before.

        Raises
        ------
        OSError
            The disk failed.
        """
        return self._file.read_at(offset, nbytes)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read_index(self, slots: int) -> ShardIndex:
        for _ in range(_INDEX_TRIES - 1):
            try:
                return ShardIndex.from_page(self._file.read_at(0, PAGE_BYTES), slots)
            except StoreDamagedError:
                continue
        return ShardIndex.from_page(self._file.read_at(0, PAGE_BYTES), slots)
