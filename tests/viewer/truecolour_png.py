"""What a test reads of a PNG in full colour."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[Any]


def decode(path: Path) -> Image:
    """Read an 8-bit truecolour PNG whose rows have the filter Sub or none, shape (y, x, 3)."""
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + size]
        (checksum,) = struct.unpack(">I", content[at + 8 + size : at + 12 + size])
        assert checksum == zlib.crc32(kind + body)
        chunks[kind] = body
        at += 12 + size
    columns, rows, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (8, 2)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(rows, -1)
    assert set(lines[:, 0]) == {1}
    return np.cumsum(lines[:, 1:].reshape(rows, columns, 3), axis=1, dtype=np.uint8)


def colours(picture: Image) -> Image:
    red, green, blue = (picture[..., each].astype(np.uint32) for each in range(3))
    return np.uint32(0xFF000000) | red << 16 | green << 8 | blue


def places(picture: Image, part: Image) -> list[tuple[int, int]]:
    """Say where a picture holds a part, rows and columns of its first pixel."""
    rows, columns = part.shape
    found = []
    for row, column in np.argwhere(picture[: 1 - rows, : 1 - columns] == part[0, 0]):
        if np.array_equal(picture[row : row + rows, column : column + columns], part):
            found.append((int(row), int(column)))
    return found
