"""Protocol-buffer messages: just the wire format, enough to read a few small ones."""

from collections.abc import Iterator
from typing import Final

from livecare.errors import ModelError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types."""
MAX_VARINT_BYTES: Final = 10
"""A 64-bit number needs no more."""

Value = int | bytes


def read_varint(content: bytes, at: int) -> tuple[int, int]:
    """Return the number at a place and the place behind it.

    Raises
    ------
    ModelError
        If the content ends within it or it is longer than 64 bits.
    """
    number = 0
    for index in range(MAX_VARINT_BYTES):
        if at + index >= len(content):
            raise ModelError("the file ends within a number: it was cut, copy it again")
        byte = content[at + index]
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 the continuation bit
            return number, at + index + 1
    raise ModelError("a number is longer than 64 bits: the file is damaged, copy it again")


def read_fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Yield number and value of each field; nested messages come as bytes.

    Raises
    ------
    ModelError
        If the message is cut or has fields of unknown kinds.
    """
    at = 0
    while at < len(message):
        tag, at = read_varint(message, at)
        value: Value
        if tag & 7 == VARINT:
            value, at = read_varint(message, at)
            yield tag >> 3, value
            continue
        if tag & 7 == BYTES:
            size, at = read_varint(message, at)
        elif tag & 7 in (FIXED32, FIXED64):
            size = 4 if tag & 7 == FIXED32 else 8
        else:
            raise ModelError(f"a field has the unknown kind {tag & 7}: the file is damaged")
        if at + size > len(message):
            raise ModelError("the file ends within a field: it was cut, copy it again")
        value = message[at : at + size]
        yield tag >> 3, value if tag & 7 == BYTES else int.from_bytes(value, "little")
        at += size
