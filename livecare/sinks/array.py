"""What a Zarr v3 array's zarr.json says of one image: shape, shards and codecs."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from livecare.disk import replace_file
from livecare.errors import StoreError
from livecare.frame import PixelType, Position
from livecare.sinks.chunk import ChunkCodec, Compression, compression_of, zarr_codecs
from livecare.sinks.grid import ShardGrid
from livecare.sinks.layout import METADATA

_INDEX_CODECS = [
    {"name": "bytes", "configuration": {"endian": "little"}},
    {"name": "crc32c"},
]


@dataclass(frozen=True, slots=True)
class ArrayMetadata:
    """One image's array.

    Attributes
    ----------
    size_t, size_c, size_z : int
        Time points, channels and planes.
    shape_yx : tuple of int
        Rows and columns, pixels.
    dtype : PixelType
        Pixel type.
    grid : ShardGrid
        How the array is cut into shards.
    compression : {"zstd", "lz4"} or None
        How each frame is compressed.
    """

    size_t: int
    size_c: int
    size_z: int
    shape_yx: tuple[int, int]
    dtype: PixelType
    grid: ShardGrid
    compression: Compression | None = None

    def with_size_t(self, size_t: int) -> Self:
        """Return a copy with another number of time points."""
        return replace(self, size_t=size_t)

    def with_axes(self, size_c: int, size_z: int) -> Self:
        """Return a copy with other numbers of channels and planes."""
        return replace(self, size_c=size_c, size_z=size_z)

    def holds(self, position: Position) -> bool:
        """Tell whether a position lies within the array's channels and planes."""
        return position.t >= 0 and 0 <= position.c < self.size_c and 0 <= position.z < self.size_z

    def make_codec(self) -> ChunkCodec:
        """Return what encodes and decodes the array's frames."""
        return ChunkCodec(self.shape_yx, self.dtype, self.compression)

    def document(self) -> dict[str, Any]:
        """Return the content of zarr.json."""
        grid = self.grid
        sharding = {
            "chunk_shape": [1, 1, 1, *self.shape_yx],
            "codecs": zarr_codecs(self.dtype, self.compression),
            "index_codecs": _INDEX_CODECS,
            "index_location": "start",
        }
        chunk_shape = [grid.frames_t, grid.frames_c, grid.frames_z, *self.shape_yx]
        return {
            "zarr_format": 3,
            "node_type": "array",
            "shape": [self.size_t, self.size_c, self.size_z, *self.shape_yx],
            "data_type": self.dtype,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk_shape}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": 0.0 if self.dtype == "float32" else 0,
            "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
            "attributes": {},
            "dimension_names": ["t", "c", "z", "y", "x"],
        }

    def save(self, folder: Path) -> None:
        """Write the array folder's zarr.json, replacing it at once.

        Raises
        ------
        OSError
            It cannot be written; the one before stays.
        """
        replace_file(folder / METADATA, json.dumps(self.document(), indent=2).encode())

    @classmethod
    def load(cls, folder: Path) -> "ArrayMetadata":
        """Read an array folder's zarr.json.

        Raises
        ------
        StoreError
            It is missing, or not of an array that livecare wrote.
        """
        path = folder / METADATA
        try:
            return cls._from_document(json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise StoreError(f"{path}: not the array of a livecare store ({error!r})") from error

    @classmethod
    def _from_document(cls, document: dict[str, Any]) -> "ArrayMetadata":
        size_t, size_c, size_z, rows, columns = document["shape"]
        frames_t, frames_c, frames_z, *_ = document["chunk_grid"]["configuration"]["chunk_shape"]
        codecs = document["codecs"][0]["configuration"]["codecs"]
        return cls(
            size_t=size_t,
            size_c=size_c,
            size_z=size_z,
            shape_yx=(rows, columns),
            dtype=document["data_type"],
            grid=ShardGrid(frames_t, frames_c, frames_z),
            compression=compression_of(codecs),
        )
