"""How what livecare writes into a zarr.json carries its own checksum.

JSON may be laid out anew by any program: the checksum is that of the content, not of the bytes.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from livecare.sinks.checksum import crc32c

KEY: Final = "crc32c"
"""Where the checksum stands, beside what it covers or among a document's attributes."""


def checksum_of(content: Mapping[str, Any]) -> int:
    """Return the CRC32C of a JSON object: keys sorted, nothing between.

    Raises
    ------
    TypeError
        It is none.
    """
    plain = json.loads(json.dumps(content))  # keys that are no strings become such
    return crc32c(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode())


def with_checksum(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON object with its checksum in it."""
    return {**content, KEY: checksum_of(content)}


def is_changed(content: Mapping[str, Any]) -> bool:
    """Tell whether an object differs from what its checksum was taken of; one without has none."""
    bare = {key: value for key, value in content.items() if key != KEY}
    return KEY in content and content[KEY] != checksum_of(bare)
