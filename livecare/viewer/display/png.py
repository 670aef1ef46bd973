"""Knows how a picture in full colour becomes a PNG file, with the standard library alone."""

import struct
import zlib
from typing import Final

import numpy as np

from livecare.models.png import SIGNATURE
from livecare.viewer.display.colours import Screen

_TRUECOLOUR: Final = 2
"""Colour type of the format: red, green and blue."""
_SUB: Final = 1
"""The filter: each byte less the one of the pixel before, which halves smooth pictures."""
_LEVEL: Final = 1
"""Effort of the compression: a fifth of the time of the usual one, and a tenth larger files."""


def encode_screen(screen: Screen) -> bytes:
    """Return the bytes of a PNG file of a picture, shape (y, x), uint32 0xffRRGGBB."""
    rows, columns = screen.shape
    filtered = np.empty((rows, 1 + 3 * columns), np.uint8)
    filtered[:, 0] = _SUB
    for place, shift in enumerate((16, 8, 0), 1):
        part = (screen >> np.uint32(shift)).astype(np.uint8)
        filtered[:, place] = part[:, 0]
        np.subtract(part[:, 1:], part[:, :-1], out=filtered[:, place + 3 :: 3])
    header = struct.pack(">IIBBBBB", columns, rows, 8, _TRUECOLOUR, 0, 0, 0)
    pixels = zlib.compress(filtered.data, _LEVEL)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
    return SIGNATURE + b"".join(chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Wrap a chunk's body in its length, kind and checksum."""
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", checksum)))
