"""How one image's array grows while frames are written to it."""

import threading
from pathlib import Path

from livecare.frame import Position
from livecare.sinks.array import ArrayMetadata
from livecare.sinks.layout import METADATA
from livecare.sinks.shard import ShardFile


class ArrayWriter:
    """An array folder that is being written: frames by one thread, its axes by any.

    Parameters
    ----------
    folder : Path
        The array's folder, with its zarr.json.
    name : str
        The same, relative to the store.
    metadata : ArrayMetadata
        What that zarr.json says.
    chunk_bytes : int
        Bytes that a frame takes at most.
    direct : bool
        Write pixels past the page cache.
    """

    def __init__(
        self, folder: Path, name: str, metadata: ArrayMetadata, chunk_bytes: int, *, direct: bool
    ) -> None:
        self.folder = folder
        self.metadata = metadata
        self.direct = direct
        self._name = name
        self._chunk_bytes = chunk_bytes
        self._turn = threading.Lock()

    def shard_name(self, position: Position) -> str:
        """Return the file of a position's shard, relative to the store."""
        return f"{self._name}/{self.metadata.grid.key(position).chunk_key}"

    def open_shard(self, position: Position) -> ShardFile:
        """Open or make the shard of a position.

        Raises
        ------
        OSError
            It cannot be opened or made, or the array is not there any more: nothing is made where
            its disk was.
        StoreDamagedError
            Its index is damaged.
        """
        grid = self.metadata.grid
        path = self.folder / grid.key(position).chunk_key
        if not path.exists():
            (self.folder / METADATA).stat()
        return ShardFile(path, grid.slots, self._chunk_bytes, direct=self.direct)

    def grow(self, t: int) -> bool:
        """Make the array's shape hold time point `t`, in whole shards; tell whether it had to.

        Raises
        ------
        OSError
            zarr.json cannot be replaced.
        """
        if t < self.metadata.size_t:
            return False
        self.resize(self.metadata.grid.size_t(t))
        return True

    def resize(self, size_t: int) -> None:
        """Set the number of time points.

        Raises
        ------
        OSError
            zarr.json cannot be replaced.
        """
        with self._turn:
            self._replace(self.metadata.with_size_t(size_t))

    def widen(self, size_c: int, size_z: int) -> None:
        """Set the numbers of channels and planes.

        Raises
        ------
        OSError
            zarr.json cannot be replaced.
        """
        with self._turn:
            self._replace(self.metadata.with_axes(size_c, size_z))

    def _replace(self, metadata: ArrayMetadata) -> None:
        metadata.save(self.folder)
        self.metadata = metadata
