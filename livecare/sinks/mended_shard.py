"""How one shard is repaired: its index against the bytes that are there."""

from pathlib import Path

from livecare.disk import PAGE_BYTES, PositionedFile
from livecare.errors import StoreDamagedError
from livecare.sinks.checksum import is_intact, stored
from livecare.sinks.index import ShardIndex


class MendedShard:
    """A shard open for repair; a damaged index counts as empty and is rebuilt.

    Parameters
    ----------
    path : Path
        The shard's file.
    slots : int
        Frames that it can hold.

    Raises
    ------
    OSError
        It cannot be opened, or from any method: it cannot be read or written.

    Attributes
    ----------
    index : ShardIndex
        The index, as it stands in the file.
    was_damaged : bool
        The index did not match its checksum and was begun anew.
    """

    __slots__ = ("_file", "index", "was_damaged")

    def __init__(self, path: Path, slots: int) -> None:
        self._file = PositionedFile(path, "update")
        self.was_damaged = False
        try:
            self.index = ShardIndex.from_page(self._file.read_at(0, PAGE_BYTES), slots)
        except StoreDamagedError:
            self.was_damaged = True
            self.index = ShardIndex(slots)
            self._write_index()

    def is_intact(self, offset: int, nbytes: int, crc32c: int | None = None) -> bool:
        """Tell whether a frame's bytes match their checksum, and that one `crc32c` if given."""
        content = self._file.read_at(offset, nbytes)
        if len(content) != nbytes or not is_intact(content):
            return False
        return crc32c is None or stored(content) == crc32c

    def checksum(self, offset: int, nbytes: int) -> int:
        """Return the checksum at the end of a frame's bytes."""
        return stored(self._file.read_at(offset, nbytes))

    def put(self, slot: int, offset: int, nbytes: int) -> None:
        """Enter a frame in the index."""
        self.index.put(slot, offset, nbytes)
        self._write_index()

    def clear(self, slot: int) -> None:
        """Take a frame out of the index."""
        self.index.clear(slot)
        self._write_index()

    def trim(self) -> int:
        """Cut off what was reserved ahead; return how many bytes that were."""
        ahead = self._file.size - self.index.end
        if ahead > 0:
            self._file.truncate(self.index.end)
        return max(ahead, 0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write_index(self) -> None:
        self._file.write_at(0, self.index.page())
        self._file.sync()
