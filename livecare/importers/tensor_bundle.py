"""TensorFlow's tensor bundles, read without TensorFlow.

`variables.index` is a sorted table from a tensor's name to its type, shape and place in
`variables.data-…`; the empty name stands for the bundle itself.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.importers.protobuf import Value, read_fields
from livecare.importers.sorted_table import read_table, unmasked

FLOAT32: Final = 1
"""TensorFlow's number for the only type that weights have."""
MAX_BYTES: Final = 1 << 30
"""A gibibyte of weights: a hundred times a large U-Net."""
MAX_INDEX_BYTES: Final = 1 << 24
"""An index takes a kilobyte for a network of 32 tensors."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a tensor lies."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int

    @classmethod
    def parse(cls, message: bytes) -> Self:
        """Read a BundleEntryProto."""
        fields: dict[int, Value] = dict(read_fields(message))
        if 7 in fields:  # noqa: PLR2004 `slices`
            raise ModelError("a tensor is cut in slices, which CSBDeep's exports are not")
        return cls(
            dtype=_number(fields, 1),
            shape=_shape(fields.get(2, b"")),
            shard=_number(fields, 3),
            offset=_number(fields, 4),
            size=_number(fields, 5),
            checksum=unmasked(_number(fields, 6)),
        )


def read_tensor_bundle(index: Path) -> dict[str, NDArray[np.float32]]:
    """Return the float32 tensors of a bundle by their names; others, as counters, are left out.

    Parameters
    ----------
    index : Path
        The `.index` file; the `.data-…` files lie beside it.

    Raises
    ------
    ModelError
        If a file is missing or damaged.
    """
    try:
        table = read_table(_read_index(index))
        shards = _number(dict(read_fields(table.pop(b"", b""))), 1)
        entries = {name.decode(): _Entry.parse(message) for name, message in table.items()}
        return {
            name: _read_tensor(_shard_file(index, entry.shard, shards), name, entry)
            for name, entry in entries.items()
            if entry.dtype == FLOAT32
        }
    except (OSError, UnicodeDecodeError, ModelError) as error:
        raise ModelError(f"{index} cannot be read: {error}") from error


def _read_index(index: Path) -> bytes:
    if index.stat().st_size > MAX_INDEX_BYTES:
        raise ModelError(f"it has more than {MAX_INDEX_BYTES} bytes: do not trust it")
    return index.read_bytes()


def _read_tensor(file: Path, name: str, entry: _Entry) -> NDArray[np.float32]:
    expected = 4 * math.prod(entry.shape)
    if entry.size != expected or entry.size > MAX_BYTES:
        raise ModelError(f"the tensor '{name}' of shape {entry.shape} has {entry.size} bytes")
    with file.open("rb") as stream:
        stream.seek(entry.offset)
        content = stream.read(entry.size)
    if len(content) != entry.size or google_crc32c.value(content) != entry.checksum:
        raise ModelError(
            f"the tensor '{name}' in {file.name} is cut or its checksum is wrong: copy it again"
        )
    return np.frombuffer(content, "<f4").reshape(entry.shape).astype(np.float32)


def _shard_file(index: Path, shard: int, shards: int) -> Path:
    return index.with_suffix(f".data-{shard:05d}-of-{shards:05d}")


def _shape(message: Value) -> tuple[int, ...]:
    """Read a TensorShapeProto: its sizes, in order."""
    if not isinstance(message, bytes):
        raise ModelError("a tensor has no shape")
    sizes = (dim for number, dim in read_fields(message) if number == 2)  # noqa: PLR2004 `dim`
    return tuple(_number(dict(read_fields(dim)), 1) for dim in sizes if isinstance(dim, bytes))


def _number(fields: dict[int, Value], key: int) -> int:
    """Return a field that is a number; protocol buffers leave out zeros."""
    value = fields.get(key, 0)
    if not isinstance(value, int):
        raise ModelError("an entry is of an unknown form: the file is damaged")
    return value
