"""How a PNG file is written with the standard library alone: grey pictures and palettes."""

import base64
import struct
import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
GREY, INDEXED = 0, 3
"""Colour types of the format."""


def grey_base64(image: NDArray[np.floating[Any]], black: float, white: float) -> str:
    """Return a picture as a grey PNG file, base64, for a page.

    Parameters
    ----------
    image : array, shape (y, x)
        Values.
    black, white : float
        Those that are black and white; they differ.
    """
    scaled = (image.astype(np.float64) - black) / (white - black)
    grey = np.rint(np.clip(scaled, 0, 1) * 255).astype(np.uint8)
    return base64.b64encode(encode_png(grey)).decode("ascii")


def encode_png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8] | None = None) -> bytes:
    """Return the bytes of an 8-bit PNG file.

    Parameters
    ----------
    pixels : array, shape (y, x), uint8
        Grey values, or rows of the palette.
    palette : array, shape (n, 3), uint8, or None
        Red, green and blue of up to 256 colours; None for grey.
    """
    rows, columns = pixels.shape
    unfiltered = np.hstack([np.zeros((rows, 1), np.uint8), pixels])  # each row starts with filter 0
    colour = GREY if palette is None else INDEXED
    header = struct.pack(">IIBBBBB", columns, rows, 8, colour, 0, 0, 0)
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", header),
            b"" if palette is None else _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(unfiltered.tobytes(), level=9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Wrap a chunk's body in its length, kind and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
