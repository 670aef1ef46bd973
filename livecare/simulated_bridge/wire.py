"""Knows the bytes of Micro-Manager's server protocol, as the server sees them.

Byte arrays travel beside the JSON. The server writes `[B@<number in hexadecimal>` for one, as Java
prints it; its clients write `@<number>_<bytes per item>`.
"""

import json
import random
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from livecare.errors import ProtocolError

LATIN_1: Final = "iso-8859-1"
"""Encoding of the JSON, as Java's server has it."""
ID_BYTES: Final = 4
"""Bytes of an array's number."""
LARGEST_ID: Final = 2**31 - 1
"""Java's identity hash codes are positive."""
FROM_CLIENT: Final = re.compile(r"@(-?\d+)_\d+")
"""What clients write into the JSON instead of an array."""


def encode_reply(reply: Mapping[str, Any]) -> list[bytes]:
    """Return an answer's parts; values that are bytes go beside the JSON.

    Characters that are not in Latin-1 become question marks, as Java makes them.
    """
    arrays: list[bytes] = []
    document = {}
    for key, value in reply.items():
        document[key] = value
        if isinstance(value, bytes):
            number = random.randint(1, LARGEST_ID)
            document[key] = f"[B@{number:x}"
            arrays += [number.to_bytes(ID_BYTES, sys.byteorder), value]
    text = json.dumps(document, ensure_ascii=False)
    return [text.encode(LATIN_1, "replace"), *arrays]


def decode_request(parts: Sequence[bytes]) -> dict[str, Any]:
    """Read a request. Raises ProtocolError."""
    try:
        request = json.loads(parts[0].decode(LATIN_1))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a request that is no JSON: {error}") from error
    if not isinstance(request, dict) or not isinstance(request.get("command"), str):
        raise ProtocolError("a request without a command")
    arrays = {
        int.from_bytes(number, sys.byteorder, signed=True): content
        for number, content in zip(parts[1::2], parts[2::2], strict=False)
    }
    filled: dict[str, Any] = _fill(request, arrays)
    return filled


def _fill(value: Any, arrays: Mapping[int, bytes]) -> Any:  # noqa: ANN401 any JSON
    """Put the byte arrays where their placeholders stand."""
    if isinstance(value, dict):
        return {key: _fill(item, arrays) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, arrays) for item in value]
    found = FROM_CLIENT.fullmatch(value) if isinstance(value, str) else None
    return arrays.get(int(found[1]), value) if found else value
