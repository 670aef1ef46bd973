"""What a shard's index looks like: one page at the head of the file, replaced by one write."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from livecare.disk import PAGE_BYTES, pad
from livecare.errors import StoreDamagedError
from livecare.sinks.checksum import CHECKSUM_BYTES, is_intact, sealed
from livecare.sinks.grid import ENTRY_BYTES

_MISSING: Final = 2**64 - 1
"""Offset and size of a frame that is not there, as Zarr's sharding codec has it."""


class ShardIndex:
    """Where each frame of one shard stands in the shard's file.

    Parameters
    ----------
    slots : int
        Frames that the shard can hold.
    """

    __slots__ = ("_entries",)

    def __init__(self, slots: int) -> None:
        self._entries = np.full((slots, 2), _MISSING, "<u8")

    @classmethod
    def from_page(cls, page: bytes, slots: int) -> "ShardIndex":
        """Read the index from a shard's first page.

        Raises
        ------
        StoreDamagedError
            The page is too short or its checksum is wrong.
        """
        content = page[: slots * ENTRY_BYTES + CHECKSUM_BYTES]
        if len(content) < slots * ENTRY_BYTES + CHECKSUM_BYTES or not is_intact(content):
            raise StoreDamagedError("the shard's index does not match its checksum")
        index = cls(slots)
        index._entries[:] = np.frombuffer(content[:-CHECKSUM_BYTES], "<u8").reshape(slots, 2)
        return index

    def page(self) -> bytes:
        """Return the page to write at the head of the file."""
        return sealed(self._entries.tobytes()).ljust(PAGE_BYTES, b"\0")

    def get(self, slot: int) -> tuple[int, int] | None:
        """Return a frame's offset and size in bytes, None where it is missing."""
        offset, nbytes = self._entries[slot].tolist()
        return None if offset == _MISSING else (offset, nbytes)

    def put(self, slot: int, offset: int, nbytes: int) -> None:
        """Say where a frame stands."""
        self._entries[slot] = (offset, nbytes)

    def clear(self, slot: int) -> None:
        """Say that a frame is missing."""
        self._entries[slot] = _MISSING

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Yield slot, offset and size of the frames that are there, as they stand in the file."""
        there = [
            (slot, offset, nbytes)
            for slot, (offset, nbytes) in enumerate(self._entries.tolist())
            if offset != _MISSING
        ]
        return iter(sorted(there, key=lambda entry: entry[1]))

    @property
    def end(self) -> int:
        """Offset behind the last frame, in whole pages: where the next frame goes."""
        return max((pad(offset + nbytes) for _, offset, nbytes in self), default=PAGE_BYTES)
