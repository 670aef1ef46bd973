"""How a frame's pixels become the bytes of a Zarr chunk, and back."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from livecare.disk import aligned_block, pad
from livecare.errors import MissingExtraError, StoreDamagedError
from livecare.frame import Pixels, PixelType
from livecare.sinks.checksum import CHECKSUM_BYTES, is_intact, stamp

Compression = Literal["zstd", "lz4"]

_LEVEL: Final = 1
"""Blosc's fastest level: camera noise hardly compresses better at a higher one, only slower."""

_OVERHEAD_BYTES: Final = 16
"""What Blosc adds, at most, to pixels that it cannot compress."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A frame as it is written.

    Attributes
    ----------
    padded : memoryview of bytes
        Page-aligned, whole pages: the encoded pixels, their checksum, then anything.
    nbytes : int
        Bytes that count: encoded pixels and checksum.
    crc32c : int
        The checksum.
    """

    padded: memoryview
    nbytes: int
    crc32c: int


class ChunkCodec:
    """Encodes and decodes the frames of one lane; for one thread.

    Parameters
    ----------
    shape_yx : tuple of int
        Rows and columns, pixels.
    dtype : PixelType
        Pixel type.
    compression : {"zstd", "lz4"} or None
        Blosc's compressor, after a shuffle of bits; None writes the pixels from where they lie.

    Raises
    ------
    MissingExtraError
        Compression needs a package that is not installed.
    """

    def __init__(
        self, shape_yx: tuple[int, int], dtype: PixelType, compression: Compression | None = None
    ) -> None:
        self.shape_yx = shape_yx
        self.dtype = dtype
        self.compression = compression
        self.frame_bytes = shape_yx[0] * shape_yx[1] * np.dtype(dtype).itemsize
        self._blosc = None if compression is None else _load_blosc(compression)
        self._scratch: memoryview | None = None

    @property
    def max_bytes(self) -> int:
        """Bytes that a chunk takes on the disk at most."""
        overhead = 0 if self.compression is None else _OVERHEAD_BYTES
        return pad(self.frame_bytes + overhead + CHECKSUM_BYTES)

    def encode(self, block: memoryview) -> Chunk:
        """Make a frame's chunk.

        Parameters
        ----------
        block : memoryview of bytes
            The pixels in page-aligned memory, with room for a checksum behind them.

        Returns
        -------
        Chunk
            In `block` itself, or in memory that the next call overwrites.
        """
        size = self.frame_bytes
        if self._blosc is not None:
            encoded = self._blosc.encode(np.frombuffer(block[:size], self.dtype))
            size = len(encoded)
            self._scratch = block = self._scratch or aligned_block(self.max_bytes)
            block[:size] = encoded
        checksum = stamp(block, size)
        nbytes = size + CHECKSUM_BYTES
        return Chunk(block[: pad(nbytes)], nbytes, checksum)

    def decode(self, content: bytes) -> Pixels:
        """Make the pixels, shape (y, x), of a chunk's bytes.

        Raises
        ------
        StoreDamagedError
            The bytes do not match their checksum, or are too few.
        """
        if not is_intact(content):
            raise StoreDamagedError("the frame's pixels do not match their checksum")
        encoded = content[:-CHECKSUM_BYTES]
        pixels = encoded if self._blosc is None else self._blosc.decode(encoded)
        if len(pixels) != self.frame_bytes:
            raise StoreDamagedError(
                f"the frame has {len(pixels)} bytes of pixels instead of {self.frame_bytes}"
            )
        return np.frombuffer(pixels, self.dtype).reshape(self.shape_yx)


def zarr_codecs(dtype: PixelType, compression: Compression | None) -> list[dict[str, Any]]:
    """Return what zarr.json says of a chunk's bytes."""
    itemsize = np.dtype(dtype).itemsize
    codecs: list[dict[str, Any]] = [{"name": "bytes"}]
    if itemsize > 1:
        codecs[0]["configuration"] = {"endian": "little"}
    if compression is not None:
        settings = {"cname": compression, "clevel": _LEVEL, "shuffle": "bitshuffle"}
        settings |= {"typesize": itemsize, "blocksize": 0}
        codecs.append({"name": "blosc", "configuration": settings})
    return [*codecs, {"name": "crc32c"}]


def compression_of(codecs: list[dict[str, Any]]) -> Compression | None:
    """Return the compression of what `zarr_codecs` returned."""
    for codec in codecs:
        if codec["name"] == "blosc":
            compressor: Compression = codec["configuration"]["cname"]
            return compressor
    return None


def _load_blosc(compression: Compression) -> Any:  # noqa: ANN401  # numcodecs has no types
    try:
        blosc = importlib.import_module("numcodecs.blosc")
    except ImportError as error:
        raise MissingExtraError(
            "numcodecs", "compression", f"compression = {compression!r}"
        ) from error
    make: Callable[..., Any] = blosc.Blosc
    return make(cname=compression, clevel=_LEVEL, shuffle=blosc.BITSHUFFLE)
