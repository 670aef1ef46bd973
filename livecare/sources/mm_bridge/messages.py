"""Knows the bytes of the server's protocol, as its clients see them.

A message is JSON in Latin-1; then, for every byte array, its number (4 bytes, native order) and its
bytes. In the JSON stands `[B@<number in hexadecimal>` instead of it. Any other text may contain an
`@` too, so only the value of an array reply is looked at.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from livecare.sources.mm_bridge.faults import MalformedReplyError

LATIN_1: Final = "iso-8859-1"
"""Encoding of the JSON, as the server's Java has it."""
ID_BYTES: Final = 4
"""Bytes of an array's number."""
PLACEHOLDER: Final = re.compile(r"\[B@([0-9a-f]{1,8})")
"""What stands in the JSON instead of an array: Java prints byte arrays so."""
ARRAY_SUFFIX: Final = "-array"
"""Ends the kinds of answers that have an array."""
KINDS: Final = frozenset(
    {"none", "null", "primitive", "string", "list", "object", "unserialized-object", "exception"}
    | {f"{item}{ARRAY_SUFFIX}" for item in ("byte", "short", "int", "float", "double")}
)
"""What an answer can be."""


class _Document(msgspec.Struct):
    type: str
    value: Any = None
    hash_code: str | None = msgspec.field(name="hash-code", default=None)
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the server.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    value : Any
        A primitive, a text, a list or, for an array, its bytes.
    handle : str or None
        Name of the object that the answer stands for.
    version : str or None
        Of the server, in its first answer.
    """

    kind: str
    value: Any = None
    handle: str | None = None
    version: str | None = None


def encode_request(request: Mapping[str, Any]) -> bytes:
    """Return a request without byte arrays as the server reads it."""
    return json.dumps(request).encode(LATIN_1)


def decode_reply(parts: Sequence[memoryview | bytes]) -> Reply:
    """Read an answer. Raises MalformedReplyError."""
    if len(parts) % 2 != 1:
        raise MalformedReplyError(f"an answer of {len(parts)} parts; it must be an odd number")
    document = _document(bytes(parts[0]))
    if document.type not in KINDS:
        raise MalformedReplyError(f"an answer of the unknown type {document.type[:40]!r}")
    value = document.value
    if document.type.endswith(ARRAY_SUFFIX):
        value = _array(value, parts)
    return Reply(document.type, value, document.hash_code, document.version)


def _document(text: bytes) -> _Document:
    """Read the JSON part."""
    if not text.isascii():
        text = text.decode(LATIN_1).encode()
    try:
        return msgspec.json.decode(text, type=_Document)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise MalformedReplyError(f"an answer that is no JSON of the protocol: {error}") from error


def _array(value: object, parts: Sequence[memoryview | bytes]) -> memoryview:
    """Find the bytes that a placeholder stands for."""
    found = PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise MalformedReplyError("an array without a placeholder for its bytes")
    wanted = int(found[1], 16)
    for number, content in zip(parts[1::2], parts[2::2], strict=True):
        if len(number) == ID_BYTES and int.from_bytes(number, sys.byteorder) == wanted:
            return memoryview(content)
    raise MalformedReplyError(f"an array whose bytes ({found[0]}) did not come")
