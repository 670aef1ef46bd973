"""How one lane, raw or restored, is written: pixels, then index, then the frame's line."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from livecare.disk import PAGE_BYTES
from livecare.errors import StoreError
from livecare.frame import FrameHeader, Position
from livecare.sinks.array_writer import ArrayWriter
from livecare.sinks.backlog import Backlog
from livecare.sinks.checksum import CHECKSUM_BYTES
from livecare.sinks.chunk import Chunk, ChunkCodec
from livecare.sinks.failures import failure, is_full
from livecare.sinks.frame_line import FrameLine, FramePlace
from livecare.sinks.layout import LaneName, lines_path
from livecare.sinks.line_file import LineFile
from livecare.sinks.makers import Makers
from livecare.sinks.open_files import OPEN_SHARDS, OpenFiles
from livecare.sinks.shard import ShardFile

HURRY_BYTES: Final = 16 * 2**20
"""Bytes that may wait in the page cache, about, before they are synced: the disk then works beside
the lane all the time, and no large backlog ever stalls it."""


class Lane:
    """A `FrameSink` for one lane of a store: one thread appends, another one syncs.

    Parameters
    ----------
    root : Path
        The store.
    name : {"raw", "restored"}
        Which lane.
    arrays : sequence of ArrayWriter
        One per stage position.
    codec : ChunkCodec
        Encodes the lane's frames.
    check : callable
        Called before each frame; raises what failed in the background.
    hurry : callable
        Called when so much waits in the page cache that it should be synced early.

    Attributes
    ----------
    name : {"raw", "restored"}
        Which lane.
    size_t : int
        Time points that the frames reach.
    backlog : Backlog
        What the disk may not have yet.
    makers : Makers
        What made its frames.
    """

    def __init__(
        self,
        root: Path,
        name: LaneName,
        arrays: Sequence[ArrayWriter],
        codec: ChunkCodec,
        check: Callable[[], None],
        hurry: Callable[[], None],
    ) -> None:
        self.name: LaneName = name
        self.size_t = 0
        self.backlog = Backlog()
        self.makers = Makers()
        self._root = root
        self._arrays = arrays
        self._codec = codec
        self._check_background = check
        self._hurry = hurry
        self._shards: OpenFiles[str, ShardFile] = OpenFiles(OPEN_SHARDS)
        self._lines_path = lines_path(root, name)
        self._lines = LineFile(self._lines_path)
        self._closed = False

    @property
    def frames(self) -> int:
        """Frames appended."""
        return self.backlog.written.frames

    @property
    def positions(self) -> int:
        """Stage positions that it has an image of."""
        return len(self._arrays)

    @property
    def max_frame_bytes(self) -> int:
        """Bytes that a frame takes on the disk at most, without its line."""
        return self._codec.max_bytes

    @property
    def persisted(self) -> int:
        """Highest sequence that is on the disk; see `FrameSink`."""
        return self.backlog.synced.persisted

    def append(
        self, header: FrameHeader, block: memoryview, provenance: Mapping[str, Any] | None = None
    ) -> None:
        """Write one frame at the index that its position names; see `FrameSink.append`."""
        self._check_background()
        self._check_frame(header, block)
        chunk = self._codec.encode(block)
        try:
            self._write_with_room(header, chunk, provenance)
        except OSError as error:
            doing = f"writing {self.name} frame {header.sequence}"
            raise failure(error, doing, self._root, len(chunk.padded)) from error

    def grow(self, size_c: int, size_z: int, more: Sequence[ArrayWriter]) -> None:
        """Take frames of more channels, planes and stage positions from now on; from any thread.

        Raises
        ------
        OSError
            A zarr.json cannot be replaced.
        """
        for array in self._arrays:
            known = (array.metadata.size_c, array.metadata.size_z)
            if known != (size_c, size_z):  # a plate adds its positions one by one
                array.widen(size_c, size_z)
                self.backlog.add_paths((array.folder,))
        self._arrays = [*self._arrays, *more]
        self.backlog.add_paths(array.folder for array in more)

    def close_shards(self) -> None:
        """Give back the space reserved ahead and accept no more frames.

        Raises
        ------
        OSError
            A shard cannot be cut.
        """
        self._closed = True
        self.rest()

    def rest(self) -> None:
        """Close the shards until the next frame; for the thread that appends.

        Raises
        ------
        OSError
            A shard cannot be cut.
        """
        self.backlog.add_paths(shard.path for shard in self._shards)
        self._shards.close()

    def resize(self, size_t: int) -> None:
        """Set the number of time points of all the lane's arrays.

        Raises
        ------
        OSError
            A zarr.json cannot be replaced.
        """
        for array in self._arrays:
            array.resize(size_t)

    def close(self) -> None:
        """Close all files; a second time does nothing.

        Raises
        ------
        OSError
            A shard cannot be cut.
        """
        try:
            self._lines.close()
        finally:
            self.close_shards()

    def _check_frame(self, header: FrameHeader, block: memoryview) -> None:
        """Raise StoreError where a frame does not fit the store."""
        frame = f"{self.name} frame {header.sequence}"
        if self._closed:
            raise StoreError(f"{frame}: the store {self._root} is closed")
        kind = (header.shape_yx, header.dtype)
        expected = (self._codec.shape_yx, self._codec.dtype)
        if kind != expected:
            raise StoreError(f"{frame} is {kind} but the store {self._root} holds {expected}")
        at = header.position
        if not (0 <= at.p < len(self._arrays) and self._arrays[at.p].metadata.holds(at)):
            raise StoreError(f"{frame}: {at} lies outside the store {self._root}")
        if block.nbytes < self._codec.frame_bytes + CHECKSUM_BYTES or _address(block) % PAGE_BYTES:
            raise StoreError(
                f"{frame}: its memory must be page-aligned and hold {self._codec.max_bytes} bytes; "
                f"take it from livecare.disk.aligned_block"
            )

    def _write_with_room(
        self, header: FrameHeader, chunk: Chunk, provenance: Mapping[str, Any] | None
    ) -> None:
        """Write a frame; on a full disk, give back what is reserved ahead and try once more."""
        try:
            self._write(header, chunk, provenance)
        except OSError as error:
            trimmed = [shard.trim() for shard in self._shards] if is_full(error) else []
            if not any(trimmed):
                raise
            self._write(header, chunk, provenance)

    def _write(
        self, header: FrameHeader, chunk: Chunk, provenance: Mapping[str, Any] | None
    ) -> None:
        """Write a frame whole, or raise OSError or StoreError and leave the store as it was."""
        at = header.position
        array = self._arrays[at.p]
        shard = self._open_shard(array, at)
        slot = array.metadata.grid.slot(at)
        if shard.holds(slot):
            raise StoreError(
                f"{self.name} frame {header.sequence}: the store {self._root} already holds a "
                f"frame at {at}, and recorded frames are never overwritten"
            )
        offset = shard.append(slot, chunk)
        place = FramePlace(array.shard_name(at), offset, chunk.nbytes, chunk.crc32c)
        try:
            self._lines.append(FrameLine.of(header, place, provenance))
        except (OSError, StoreError):
            shard.withdraw(slot)
            raise
        self.makers.add(provenance)
        self.size_t = max(self.size_t, at.t + 1)
        waiting = self.backlog.add_frame(
            header.sequence,
            (shard.path, self._lines_path),
            self._lines.size,
            0 if array.direct else chunk.nbytes,
        )
        if waiting >= HURRY_BYTES:
            self._hurry()

    def _open_shard(self, array: ArrayWriter, at: Position) -> ShardFile:
        """Return a position's shard, the array grown to hold it."""
        grown = array.grow(at.t)
        shard = self._shards.get(array.shard_name(at), lambda: array.open_shard(at))
        if shard.created or grown:
            shard.created = False
            depth = shard.path.relative_to(array.folder).parts
            self.backlog.add_paths(shard.path.parents[: len(depth)])
        return shard


def _address(block: memoryview) -> int:
    return int(np.frombuffer(block, np.uint8).__array_interface__["data"][0])
