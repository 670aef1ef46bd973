"""Sorted string tables, LevelDB's file format, in which TensorFlow keeps the index of its weights.

A table is blocks of entries and, at the end, a block that says where they lie. In a block each key
is written as what differs from the key before it.
"""

from typing import Final

import google_crc32c

from livecare.errors import ModelError
from livecare.importers.protobuf import read_varint

FOOTER_BYTES: Final = 48
MAGIC: Final = 0xDB4775248B80FB57
"""The last eight bytes of every table."""
TRAILER_BYTES: Final = 5
"""After each block: how it is compressed, and its checksum."""
CRC_DELTA: Final = 0xA282EAD8
"""Checksums are kept rotated and shifted by this, so that a checksum of a checksum is none."""
MAX_ENTRIES: Final = 100_000
"""A U-Net has some hundred tensors."""


def read_table(content: bytes) -> dict[bytes, bytes]:
    """Return keys and values of a table.

    Raises
    ------
    ModelError
        If it is cut, damaged or compressed.
    """
    if len(content) < FOOTER_BYTES or int.from_bytes(content[-8:], "little") != MAGIC:
        raise ModelError("it does not end like a table of TensorFlow: it was cut, copy it again")
    footer = content[-FOOTER_BYTES:]
    _, _, at = _read_handle(footer, 0)
    offset, size, _ = _read_handle(footer, at)
    entries: dict[bytes, bytes] = {}
    for handle in _read_block(content, offset, size).values():
        start, length, _ = _read_handle(handle, 0)
        entries |= _read_block(content, start, length)
        if len(entries) > MAX_ENTRIES:
            raise ModelError(f"it has more than {MAX_ENTRIES} entries: do not trust it")
    return entries


def unmasked(checksum: int) -> int:
    """Return the checksum that was kept in this form."""
    shifted = (checksum - CRC_DELTA) & 0xFFFFFFFF
    return ((shifted >> 17) | (shifted << 15)) & 0xFFFFFFFF


def _read_handle(content: bytes, at: int) -> tuple[int, int, int]:
    """Return offset and size of a block, and the place behind."""
    offset, at = read_varint(content, at)
    size, at = read_varint(content, at)
    return offset, size, at


def _read_block(content: bytes, offset: int, size: int) -> dict[bytes, bytes]:
    """Return the entries of a block, its checksum compared."""
    end = offset + size
    if end + TRAILER_BYTES > len(content):
        raise ModelError("a block lies behind the end of the file: it was cut, copy it again")
    if content[end] != 0:
        raise ModelError("it is compressed, as CSBDeep's exports are not: export the model again")
    named = unmasked(int.from_bytes(content[end + 1 : end + TRAILER_BYTES], "little"))
    if google_crc32c.value(content[offset : end + 1]) != named:
        raise ModelError("a block's checksum is wrong: the file is damaged, copy it again")
    return _read_entries(content[offset:end])


def _read_entries(block: bytes) -> dict[bytes, bytes]:
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (restarts + 1)
    entries: dict[bytes, bytes] = {}
    key, at = b"", 0
    while at < end:
        shared, at = read_varint(block, at)
        own, at = read_varint(block, at)
        length, at = read_varint(block, at)
        if shared > len(key) or at + own + length > end:
            raise ModelError("an entry is cut: the file is damaged, copy it again")
        key = key[:shared] + block[at : at + own]
        at += own
        entries[key] = block[at : at + length]
        at += length
    return entries
