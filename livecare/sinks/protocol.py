"""What a frame sink is: somewhere that frames are appended to, and are safe after a while."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from livecare.frame import FrameHeader


@runtime_checkable
class FrameSink(Protocol):
    """Takes frames one at a time, from one thread."""

    @property
    def persisted(self) -> int:
        """Highest sequence that is on the disk; -1 before the first.

        Where frames are appended in the order of their sequence, as raw ones are, the disk has all
        that were appended up to it; of restored ones, some below may come later.
        """
        ...

    def append(
        self, header: FrameHeader, block: memoryview, provenance: Mapping[str, Any] | None = None
    ) -> None:
        """Write one frame at the index that its position names.

        Parameters
        ----------
        header : FrameHeader
            What the frame is.
        block : memoryview of bytes
            Page-aligned memory of `livecare.disk.pad(header.frame_bytes + 4)` bytes or more: the
            pixels in C order, then room that the sink may overwrite (a checksum goes there).
        provenance : mapping or None
            What else to record of the frame; JSON values.

        Raises
        ------
        DiskFullError
            No space left; everything appended before is intact.
        StoreError
            The frame does not fit the store (shape, type, position), or the disk failed.
        """
        ...
