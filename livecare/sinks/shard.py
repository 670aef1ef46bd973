"""How frames are appended to one shard's file: space, pixels, index, in this order."""

from pathlib import Path
from typing import Final

from livecare.disk import PAGE_BYTES, PositionedFile, free_bytes, replace_file
from livecare.errors import StoreDamagedError
from livecare.sinks.chunk import Chunk
from livecare.sinks.index import ShardIndex

AHEAD_BYTES: Final = 64 * 2**20
"""How far ahead of the frames space is reserved, bytes: rarely enough to cost nothing, and little
beside the space that must be free for it."""

AHEAD_SHARE: Final = 16
"""Space is reserved ahead only while this many times `AHEAD_BYTES` are free: below 1 GiB each frame
reserves its own, so that no lane keeps from the other what it does not need yet."""


class ShardFile:
    """A shard that frames are appended to; for one thread.

    The file always begins with a valid index: it gets its name only once an empty one is in it.

    Parameters
    ----------
    path : Path
        The shard's file.
    slots : int
        Frames that it can hold.
    chunk_bytes : int
        Bytes that a frame takes at most.
    direct : bool
        Write pixels past the page cache.

    Raises
    ------
    OSError
        The file cannot be made or opened.
    StoreDamagedError
        The file exists and its index is damaged.
    """

    __slots__ = ("_end", "_index", "_limit", "_pages", "_pixels", "_reserved", "created", "path")

    def __init__(self, path: Path, slots: int, chunk_bytes: int, *, direct: bool) -> None:
        self.path = path
        self.created = not path.exists()
        if self.created:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, ShardIndex(slots).page(), durable=False)
        self._pages = PositionedFile(path, "update")
        self._pixels = PositionedFile(path, "update", direct=True) if direct else self._pages
        try:
            self._index = ShardIndex.from_page(self._pages.read_at(0, PAGE_BYTES), slots)
        except StoreDamagedError as error:
            self._close()
            raise StoreDamagedError(
                f"{path}: {error}; close the recording, then run 'livecare recover'"
            ) from error
        self._end = self._index.end
        self._reserved = self._pages.size
        self._limit = PAGE_BYTES + slots * chunk_bytes

    def holds(self, slot: int) -> bool:
        """Tell whether a frame is there."""
        return self._index.get(slot) is not None

    def append(self, slot: int, chunk: Chunk) -> int:
        """Write a frame behind the others, then its entry in the index.

        Parameters
        ----------
        slot : int
            The frame's place in the index; nothing may be there.
        chunk : Chunk
            The frame.

        Returns
        -------
        int
            Offset of the frame in the file, bytes.

        Raises
        ------
        OSError
            Nothing was appended.
        """
        offset = self._end
        end = offset + len(chunk.padded)
        self._reserve(end)
        self._pixels.write_at(offset, chunk.padded)
        self._index.put(slot, offset, chunk.nbytes)
        try:
            self._pages.write_at(0, self._index.page())
        except OSError:
            self._index.clear(slot)
            raise
        self._end = end
        return offset

    def withdraw(self, slot: int) -> None:
        """Take back the frame that was appended last.

        Raises
        ------
        OSError
            The index cannot be written.
        """
        self._index.clear(slot)
        self._end = self._index.end
        self._pages.write_at(0, self._index.page())

    def trim(self) -> bool:
        """Give back the space that was reserved ahead; tell whether there was any."""
        if self._reserved <= self._end:
            return False
        self._pages.truncate(self._end)
        self._reserved = self._end
        return True

    def close(self) -> None:
        """Give back what was reserved ahead and close the file.

        Raises
        ------
        OSError
            The file cannot be cut; it is closed all the same.
        """
        try:
            self.trim()
        finally:
            self._close()

    def _close(self) -> None:
        self._pixels.close()
        self._pages.close()

    def _reserve(self, end: int) -> None:
        if end <= self._reserved:
            return
        ahead = max(end, min(self._reserved + AHEAD_BYTES, self._limit))
        roomy = free_bytes(self.path) >= AHEAD_SHARE * AHEAD_BYTES
        try:
            self._allocate(ahead if roomy else end)
        except OSError:
            self._allocate(end)  # someone else took the space: ask for this frame's only

    def _allocate(self, size: int) -> None:
        try:
            self._pages.allocate(size, start=self._reserved)
        except OSError:
            self._pages.truncate(self._reserved)
            raise
        self._reserved = size
