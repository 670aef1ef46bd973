"""What a Zarr v3 array's zarr.json says of one image: shape, shards and codecs."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from livecare.disk import replace_file
from livecare.errors import StoreError
from livecare.frame import PIXEL_TYPES, PixelType, Position
from livecare.sinks.chunk import ChunkCodec, Compression, compression_of, zarr_codecs
from livecare.sinks.differences import differences
from livecare.sinks.grid import SHARD_FRAMES_MAX, ShardGrid
from livecare.sinks.layout import METADATA, SIDECAR
from livecare.sinks.own_checksum import KEY, checksum_of

_INDEX_CODECS: Final = [
    {"name": "bytes", "configuration": {"endian": "little"}},
    {"name": "crc32c"},
]
"""How Zarr's sharding codec stores a shard's index: what `ShardIndex.page` writes."""


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
        document = self.document()
        document["attributes"] = {SIDECAR: {KEY: checksum_of(_lasting(document))}}
        replace_file(folder / METADATA, json.dumps(document, indent=2).encode())

    @classmethod
    def load(cls, folder: Path) -> "ArrayMetadata":
        """Read an array folder's zarr.json.

        Raises
        ------
        StoreError
            It is missing, damaged, or not of an array that livecare wrote. Shards would be looked
            for in the wrong places and mended to death by what it says.
        """
        path = folder / METADATA
        try:
            document = json.loads(path.read_bytes())
            found = cls._from_document(document)
            _check(found, document)
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise StoreError(
                f"{path}: not the array of a livecare store, or damaged ({error!r}); put a copy "
                "back, or that of another image of the recording with the same pixel type"
            ) from error
        return found

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


def _check(array: ArrayMetadata, document: dict[str, Any]) -> None:
    """Raise ValueError unless a document says this, only this, and what was saved."""
    sizes = (array.size_c, array.size_z, *array.shape_yx)
    shard = (array.grid.frames_t, array.grid.frames_c, array.grid.frames_z)
    whole = all(type(number) is int for number in (array.size_t, *sizes, *shard))
    if not whole or array.size_t < 0 or min(*sizes, *shard) < 1:
        raise ValueError(f"no array is {(array.size_t, *sizes)} and has shards of {shard}")
    if array.dtype not in PIXEL_TYPES or array.grid.slots > SHARD_FRAMES_MAX:
        raise ValueError(f"no array is {array.dtype} and has {array.grid.slots} frames in a shard")
    expected, found = _lasting(array.document()), _lasting(document)
    wrong = next(differences(found, expected), None)
    if wrong is not None:
        raise ValueError(f"it says {wrong}")
    checksum = document["attributes"].get(SIDECAR, {}).get(KEY)
    if checksum is not None and checksum != checksum_of(found):
        raise ValueError("it does not match its checksum")


def _lasting(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a document says for good: without attributes, and the time points so far.

    How many those are the frames tell; `recover` sets it right.
    """
    kept = {key: value for key, value in document.items() if key != "attributes"}
    return {**kept, "shape": [0, *document["shape"][1:]]}
