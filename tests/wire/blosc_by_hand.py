"""A reader of compressed pixels as docs/wire.md describes them, without any library for it."""

import struct

import numpy as np

MATCH_AT_LEAST = 4
LONG = 15
GO_ON = 255


def unpack_chunk(chunk: bytes) -> bytes:
    """Return the pixels of a chunk."""
    _, _, flags, item, size, block, length = struct.unpack_from("<4B3I", chunk)
    assert length == len(chunk)
    if flags & 2:
        return chunk[16:]
    starts = struct.unpack_from(f"<{-(-size // block)}I", chunk, 16)
    pixels = b""
    for start in starts:
        left = min(block, size - len(pixels))
        split = flags & 16 == 0 and left == block and block // item >= 128
        pixels += _unshuffle(_unpack_block(chunk, start, left, item if split else 1), item)
    return pixels


def _unpack_block(chunk: bytes, at: int, size: int, streams: int) -> bytes:
    block = b""
    for _ in range(streams):
        (length,) = struct.unpack_from("<I", chunk, at)
        stream = chunk[at + 4 : at + 4 + length]
        block += stream if length == size // streams else _unpack_lz4(stream)
        at += 4 + length
    return block


def _unpack_lz4(stream: bytes) -> bytes:
    out, at = bytearray(), 0
    while True:
        token = stream[at]
        literals, at = _length(stream, at + 1, token >> 4)
        out += stream[at : at + literals]
        at += literals
        if at == len(stream):
            return bytes(out)
        back = stream[at] + 256 * stream[at + 1]
        copied, at = _length(stream, at + 2, token & LONG)
        for _ in range(copied + MATCH_AT_LEAST):
            out.append(out[-back])


def _length(stream: bytes, at: int, length: int) -> tuple[int, int]:
    if length == LONG:
        more = GO_ON
        while more == GO_ON:
            more = stream[at]
            length, at = length + more, at + 1
    return length, at


def _unshuffle(block: bytes, item: int) -> bytes:
    count = len(block) // item
    if count % 8:
        return block
    bits = np.unpackbits(np.frombuffer(block, np.uint8), bitorder="little")
    return np.packbits(bits.reshape(8 * item, count).T, bitorder="little").tobytes()
