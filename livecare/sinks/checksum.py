"""How bytes are checksummed: CRC32C, as Zarr's codec of that name stores it."""

import struct
from typing import Final

import google_crc32c
import numpy as np

CHECKSUM_BYTES: Final = 4
"""Bytes of a stored CRC32C: little-endian, behind what it covers."""

_FORMAT: Final = struct.Struct("<I")
"""How a checksum is stored: little-endian, as Zarr's codec has it."""


def crc32c(content: bytes | memoryview) -> int:
    """Return the CRC32C of some bytes; memory is read in place, not copied."""
    return int(google_crc32c.value(np.frombuffer(content, np.uint8)))


def stamp(block: memoryview, size: int) -> int:
    """Write the CRC32C of a block's first `size` bytes behind them, and return it."""
    checksum = crc32c(block[:size])
    _FORMAT.pack_into(block, size, checksum)
    return checksum


def sealed(content: bytes) -> bytes:
    """Return some bytes with their CRC32C behind them."""
    return content + _FORMAT.pack(crc32c(content))


def stored(content: bytes | memoryview) -> int:
    """Return the CRC32C that stands at the end of some bytes."""
    return int(_FORMAT.unpack_from(content, len(content) - CHECKSUM_BYTES)[0])


def is_intact(content: bytes | memoryview) -> bool:
    """Tell whether some bytes end with the CRC32C of what stands before."""
    if len(content) < CHECKSUM_BYTES:
        return False
    return crc32c(memoryview(content)[:-CHECKSUM_BYTES]) == stored(content)
