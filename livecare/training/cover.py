"""Cover pictures: how a grey PNG is written with the standard library alone."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY_8_BIT = (8, 0, 0, 0, 0)
"""Bit depth, colour type, compression, filter and interlace of an 8-bit grey picture."""


def before_after(
    before: NDArray[np.float32], after: NDArray[np.float32], enlarge: int = 2
) -> bytes:
    """Return a PNG of two frames in window units side by side; 0 is black and 1 is white.

    Parameters
    ----------
    before, after : array, shape (y, x)
        Frames of the same shape.
    enlarge : int
        Pixels of the picture per pixel of a frame, along each axis.
    """
    both = np.hstack([before, after])
    grey = np.rint(np.clip(both, 0.0, 1.0) * 255).astype(np.uint8)
    return encode_png(np.repeat(np.repeat(grey, enlarge, axis=0), enlarge, axis=1))


def encode_png(grey: NDArray[np.uint8]) -> bytes:
    """Return the bytes of a PNG file of an 8-bit grey picture, shape (y, x)."""
    rows, columns = grey.shape
    unfiltered = np.hstack([np.zeros((rows, 1), np.uint8), grey])  # each row starts with filter 0
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, *GREY_8_BIT)),
            _chunk(b"IDAT", zlib.compress(unfiltered.tobytes(), level=9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Wrap a chunk's body in its length, kind and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
